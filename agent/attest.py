"""
``campus-agent attest``: the form in which a school answers what no agent can measure; made, checked and sent.

Without a file the form goes to standard output, prefilled with the last answers. With one, every fault is told at once with
its line, and nothing is sent before there is none.
"""

import argparse
import datetime as dt
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_bytes

from agent import identity
from agent.desk import Host, own_uplink
from agent.errors import SetupError
from agent.uplink import Uplink
from contract.attestation import LARGEST_ATTACHMENT, Answer, Attachment, Attestation, AttestationReceipt, MediaType
from contract.document import Document, DocumentError, Fault
from contract.exit_code import ExitCode
from contract.ids import uuid7
from criteria import pack as packs
from criteria.form import Form, blank, check_form, longest, read_form
from criteria.pack import Pack
from criteria.reading import CHINA
from locales.texts import Texts

_MAGIC: dict[bytes, MediaType] = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}


def attest(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """Print the form, or check and send a filled-in one."""
    config = host.configuration(args)
    enrolled = identity.credentials(config.state)
    if enrolled is None:
        raise SetupError("attest.not_enrolled")
    today = dt.datetime.now(CHINA).date()
    with own_uplink(config, enrolled) as uplink:
        school = uplink.school().school
        if args.file is None:
            pack = packs.find(args.pack)
            known = uplink.attestations()
            last = {item.answer.criterion: item for item in reversed(known.items) if item.pack == pack.id}
            print(blank(pack, school, last, texts, today), end="", file=host.out)
            return ExitCode.DONE
        document = read_form(packs.read_file(args.file), args.file)
        pack = packs.find(document.value.pack)
        answers, files = gather(document, pack, args.file.parent)
        check_form(document, pack, school, answers, today)
        receipt = send(uplink, document.value, answers, files, lambda: int(time.time() * 1000))
    print(texts("attest.sent", answers=len(answers), id=receipt.attestation_id), file=host.out)
    return ExitCode.DONE


def gather(document: Document[Form], pack: Pack, folder: Path) -> tuple[list[Answer], dict[str, bytes]]:
    """
    The answers, and the contents of their attachments by SHA-256.

    Raises :class:`contract.document.DocumentError` with every attachment that cannot be read, is too large or of a type
    that is not taken; its type is told by its first bytes, whatever its name says.
    """
    form = document.value
    faults: list[Fault] = []
    files: dict[str, bytes] = {}
    answers: list[Answer] = []
    for place, given in enumerate(form.answers):
        attached: list[Attachment] = []
        for number, name in enumerate(given.attachments):
            key = f"answers[{place}].attachments[{number}]"
            found = _attachment(folder / name)
            if isinstance(found, str):
                faults.append(document.fault(key, found, file=name, most=LARGEST_ATTACHMENT // 1024 // 1024))
            else:
                attached.append(found[0])
                files[found[0].sha256] = found[1]
        item = pack.criterion(given.criterion)
        until = form.answered_on + (longest(item) if item else dt.timedelta(days=1)) - dt.timedelta(days=2)
        answers.append(
            Answer(
                criterion=given.criterion,
                answer=given.answer,
                answered_on=form.answered_on,
                answered_by=form.answered_by,
                valid_until=given.valid_until or until,
                figure=given.figure,
                note=given.note,
                attachments=attached,
            )
        )
    if faults:
        raise DocumentError(document.source, faults)
    return answers, files


def _attachment(path: Path) -> tuple[Attachment, bytes] | str:
    """The attachment with its content, or the code of what is wrong with it."""
    try:
        if path.stat().st_size > LARGEST_ATTACHMENT:
            return "attest.attachment_large"
        content = path.read_bytes()
    except OSError:
        return "attest.attachment_unreadable"
    kind = next((name for magic, name in _MAGIC.items() if content.startswith(magic)), None)
    if kind is None:
        return "attest.attachment_type"
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(name=path.name[:128], sha256=digest, bytes=len(content), media_type=kind), content


def send(
    uplink: Uplink, form: Form, answers: list[Answer], files: dict[str, bytes], unix_ms: Callable[[], int]
) -> AttestationReceipt:
    """Send the answers, then what the collector does not have of their attachments."""
    body = Attestation(
        schema=1, attestation_id=uuid7(unix_ms(), token_bytes), school_id=form.school, pack=form.pack, answers=answers
    )
    receipt = uplink.attest(body)
    for digest in receipt.missing:
        uplink.attach(digest, files[digest])
    return receipt
