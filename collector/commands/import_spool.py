"""``campus-collector import-spool``: reports that came by hand, from schools without a working uplink."""

import argparse
import base64
import hashlib
import hmac
import zipfile
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct
from sqlalchemy import Connection, select

from collector import ingest
from collector.commands.desk import Desk, school_of, subcommand
from collector.errors import CarriedError
from collector.store.arrivals import Arrival, arrival
from collector.store.reports import Taken, take_in
from collector.store.schema import agent, token
from contract.carry import CHAIN, MANIFEST, Carried, Carry, Received, proof_by_digest
from contract.exit_code import ExitCode
from contract.signing import signed_bytes
from contract.wire import decode, encode
from locales.texts import Texts

MOST_MANIFEST = 4_000_000
"""Bytes: 10,000 reports of some 350 bytes each."""


class Known(Struct, frozen=True):
    """What this collector can confirm of an agent's word. ``public_key`` is None when it never showed one."""

    digests: list[str]
    public_key: str | None


def add(group: Any, texts: Texts) -> None:
    """Declare the command."""
    parser = subcommand(group, texts, "import-spool", "import_spool", load)
    parser.add_argument("file", type=Path, metavar="FILE", help=texts("collector.import_spool.file"))
    parser.add_argument("--receipt", type=Path, metavar="FILE", help=texts("collector.import_spool.receipt"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))


def load(desk: Desk, arguments: argparse.Namespace) -> int:
    """Take in every report of the file, or none: a proof that is wrong means that the file was changed on its way."""
    now = desk.clock.now()
    try:
        with zipfile.ZipFile(arguments.file) as archive, desk.store() as store:
            contents = decode(_member(archive, MANIFEST, MOST_MANIFEST), Carry)
            school_of(store, contents.school_id)
            with store.reading() as connection:
                known = _known(connection, contents)
            items = [_arrival(desk, archive, contents, item, known) for item in contents.reports]
            stored = store.write(take_in, items) if items else []
            desk.scoring(store).catch_up()
    except (OSError, zipfile.BadZipFile) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise CarriedError("collector.import_spool.unreadable", path=str(arguments.file), problem=problem) from error
    counts = {taken: sum(item.taken is taken for item in stored) for taken in Taken}
    there = [item.report_id for item, kept in zip(items, stored, strict=True) if kept.taken in (Taken.NEW, Taken.AGAIN)]
    receipt = arguments.receipt or arguments.file.with_name(arguments.file.name + ".receipt")
    receipt.write_bytes(encode(Received(schema=1, agent_id=contents.agent_id, received_at=now, report_ids=there)))
    if arguments.json:
        desk.show({"receipt": str(receipt), **{taken.value: count for taken, count in counts.items()}})
    else:
        desk.say(
            "collector.import_spool.done",
            school=contents.school_id,
            new=counts[Taken.NEW],
            again=counts[Taken.AGAIN],
            other=counts[Taken.OTHER_BODY],
            receipt=str(receipt),
        )
    return int(ExitCode.BAD_DATA if counts[Taken.OTHER_BODY] else ExitCode.DONE)


def _arrival(desk: Desk, archive: zipfile.ZipFile, contents: Carry, item: Carried, known: Known) -> Arrival:
    """One report, whole, of this agent and confirmed by its key or its token."""
    body = _member(archive, item.name, desk.config.max_body_kib * 1024)
    if hashlib.sha256(body).hexdigest() != item.sha256:
        raise CarriedError("collector.import_spool.damaged", name=item.name)
    if not _confirmed(contents, item, body, known):
        raise CarriedError("collector.import_spool.forged", name=item.name, agent=contents.agent_id)
    plain = ingest.inflate(body, "gzip", desk.config.max_report_kib * 1024)
    report = ingest.decode_report(plain)
    if (report.school_id, report.agent_id, str(report.report_id)) != (
        contents.school_id,
        contents.agent_id,
        item.report_id,
    ):
        raise CarriedError("collector.import_spool.other", name=item.name)
    # How long the file was under way nobody knows, so nothing is said about the agent's clock.
    return arrival(report, body, plain, "gzip", desk.clock.now(), 0.0, desk.config.zone, signed=known.public_key is not None)


def _confirmed(contents: Carry, item: Carried, body: bytes, known: Known) -> bool:
    """By the signature where the agent has shown a key, else by its token."""
    if known.public_key is None:
        return any(hmac.compare_digest(proof_by_digest(digest, body), item.proof) for digest in known.digests)
    kind, _, text = (item.signature or "").partition(" ")
    message = signed_bytes(contents.agent_id, item.report_id, item.sequence, CHAIN, body)
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(known.public_key))
        key.verify(_bytes(text), message)
    except (InvalidSignature, ValueError):
        return False
    return kind == "ed25519"


def _known(connection: Connection, contents: Carry) -> Known:
    """The agent's live tokens and its key. A revoked token proves nothing any more."""
    digests = connection.scalars(
        select(token.c.digest).where(
            token.c.school_id == contents.school_id,
            token.c.agent_id == contents.agent_id,
            token.c.revoked_at.is_(None),
        )
    ).all()
    row = (
        connection.execute(
            select(agent).where(agent.c.school_id == contents.school_id, agent.c.agent_id == contents.agent_id)
        )
        .mappings()
        .first()
    )
    if row is None:
        raise CarriedError("collector.import_spool.stranger", school=contents.school_id, agent=contents.agent_id)
    return Known(list(digests), row.get("public_key"))


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member's bytes, never more than ``most`` of them whatever the archive says of itself."""
    try:
        with archive.open(name) as stream:
            raw = stream.read(most + 1)
    except KeyError as error:
        raise CarriedError("collector.import_spool.damaged", name=name) from error
    if len(raw) > most:
        raise CarriedError("collector.import_spool.too_large", name=name, most=most)
    return raw


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
