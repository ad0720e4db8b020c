"""What the agent and the process of one check say to each other: one JSON line each."""

from typing import Annotated, Any

from msgspec import Meta, Raw, Struct

from checks.registry import Access
from contract.message import Message
from contract.outcome import CheckStatus
from contract.reason import Reason
from contract.report import Device, Measurement


class Order(Struct, frozen=True, kw_only=True):
    """Down, as the first line of standard input, so that neither token nor key is ever on a command line."""

    check: str
    options: Raw
    privacy_key: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    deadline_s: float
    root: str = "/"
    access: Access | None = None


class Progress(Struct, frozen=True, kw_only=True, tag="progress"):
    """Up, any number of times: what the check is doing, and the share done (0 to 1) when it knows."""

    stage: Message
    share: float | None = None


class Found(Struct, frozen=True, kw_only=True, tag="found", omit_defaults=True):
    """Up, once: how it ended and what it found."""

    status: CheckStatus
    reason: Reason | None = None
    measurements: Annotated[list[Measurement], Meta(max_length=512)] = []
    devices: Annotated[list[Device], Meta(max_length=8192)] = []


class Evidence(Struct, frozen=True, kw_only=True, tag="evidence"):
    """Up, after :class:`Found`, on a line of its own: oversize evidence then costs nothing but itself."""

    evidence: dict[Annotated[str, Meta(max_length=256)], Any]


Upward = Progress | Found | Evidence
EVIDENCE_MARK = b'{"evidence":'
"""How an evidence line begins in canonical JSON: its only other key, ``type``, sorts behind."""
