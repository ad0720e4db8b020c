"""
Who this agent is: an installation made once, and the credentials that enrolment gave it.

Two files in the state folder, both of mode 0600 from their first moment. No hardware id goes into either: such ids are
cloned with disk images and not unique (fleetdm/fleet#102).

The installation is what the next enrolment presents, the credentials are what the last one gave. Each holds its own copy of
the signing key, so that an enrolment that fails half-way leaves the old identity whole.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from agent import durable, signing
from agent.errors import IdentityError, StateError
from contract.report import AwareTime, Identifier
from contract.wire import WireError, decode, encode

T = TypeVar("T")

INSTALLATION = "installation.json"
CREDENTIALS = "credentials.json"
SEQUENCE = "sequence"


class Installation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Made at the first run or enrolment; changed by :func:`renewed` only."""

    install_id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    """128 random bits."""
    privacy_key: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    """Key for the hashes of personal devices; it never leaves this machine."""
    key: signing.PrivateKey | None = None
    """None where this machine cannot sign (no ``cryptography``)."""


class Credentials(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What enrolment gave. ``token`` goes into the Authorization header and nowhere else."""

    collector_url: str
    agent_id: Identifier
    school_id: Identifier
    token: Annotated[str, Meta(min_length=1, max_length=512)]
    enrolled_at: AwareTime
    install_id: str | None = None
    """The installation that was enrolled."""
    key: signing.PrivateKey | None = None
    """The key whose public half the collector was given; None when it was given none."""


def installation(state: Path, random_bytes: Callable[[int], bytes]) -> Installation:
    """The installation of this state folder; made on first use, given a key as soon as this machine can sign."""
    path = state / INSTALLATION
    raw = _private(path)
    if raw is None:
        privacy_key = random_bytes(32).hex()
        return _keep(state, Installation(install_id=random_bytes(16).hex(), privacy_key=privacy_key), random_bytes)
    found = _decoded(path, raw, Installation)
    return found if found.key or not signing.possible() else _keep(state, found, random_bytes)


def renewed(state: Path, random_bytes: Callable[[int], bytes]) -> Installation:
    """
    An installation of its own for a machine that shares one with its clone; also how a key is rotated.

    One that was made and not enrolled yet is taken again: its enrolment's answer may have been lost. ``privacy_key`` stays,
    or every personal device of the school would be counted anew.
    """
    found = installation(state, random_bytes)
    enrolled = credentials(state)
    if enrolled is not None and enrolled.install_id not in (None, found.install_id):
        return found
    return _keep(state, replace(found, install_id=random_bytes(16).hex(), key=None), random_bytes)


def _keep(state: Path, made: Installation, random_bytes: Callable[[int], bytes]) -> Installation:
    if signing.possible():
        made = replace(made, key=signing.make_key(random_bytes))
    durable.make_folder(state)
    durable.write(state / INSTALLATION, encode(made))
    return made


def credentials(state: Path) -> Credentials | None:
    """The credentials, or None before enrolment; :class:`IdentityError` when others can read them."""
    path = state / CREDENTIALS
    raw = _private(path)
    return None if raw is None else _decoded(path, raw, Credentials)


def keep_credentials(state: Path, given: Credentials) -> None:
    """Store credentials, replacing earlier ones."""
    durable.make_folder(state)
    durable.write(state / CREDENTIALS, encode(given))


def next_sequence(state: Path) -> int:
    """Number of the next report; durable before it is used, so that a kill may leave a gap and never a repetition."""
    path = state / SEQUENCE
    raw = durable.read(path)
    try:
        last = 0 if raw is None else int(raw)
    except ValueError as error:
        raise StateError("agent.state.damaged", path=str(path)) from error
    durable.make_folder(state)
    durable.write(path, str(last + 1).encode())
    return last + 1


def exposed_mode(path: Path) -> str | None:
    """The file's mode in octal when other accounts may read or write it, else None. Windows keeps no such bits."""
    if os.name == "nt" or not path.exists():
        return None
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"{mode:04o}" if mode & (stat.S_IRWXG | stat.S_IRWXO) else None


def _private(path: Path) -> bytes | None:
    mode = exposed_mode(path)
    if mode is not None:
        raise IdentityError("agent.identity.exposed", path=str(path), mode=mode)
    return durable.read(path)


def _decoded(path: Path, raw: bytes, type_: type[T]) -> T:
    try:
        return decode(raw, type_)
    except WireError as error:
        raise StateError("agent.state.damaged", path=str(path)) from error
