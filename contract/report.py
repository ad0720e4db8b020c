"""
Report v1: what one run of the agent sends.

A report is a fact for ever: it is stored as received, and every score can be computed again from it. The golden file
``tests/contract/golden/report-v1.json`` may be added to, never edited.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from contract.outcome import Bound, CheckStatus, Path, Provenance
from contract.reason import Reason
from contract.units import Unit

SCHEMA = 1
"""Number of the wire format. A collector accepts this one and the one before it."""

Identifier = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
"""Of schools and agents: 1 to 64 letters, digits, dot, underscore, hyphen. Never starts with punctuation."""
MeasureName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\Z", max_length=96)]
CheckId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]
ShortText = Annotated[str, Meta(max_length=256)]
AwareTime = Annotated[datetime, Meta(tz=True)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Number: TypeAlias = Annotated[int, Meta(ge=-(2**53), le=2**53)] | Annotated[float, Meta(ge=-1e15, le=1e15)]
Value: TypeAlias = bool | Number | ShortText | None


class Measurement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One named value.

    ``value`` None means: looked, and could not tell; ``because`` then says why. ``subject`` tells several values of one
    name apart (a network card, a target, an address family). ``bound`` marks a value that is only a limit to the true one.
    """

    name: MeasureName
    value: Value
    unit: Unit
    subject: ShortText | None = None
    bound: Bound = Bound.EXACT
    because: Reason | None = None
    path: Path | None = None
    provenance: Provenance = Provenance.AGENT_MEASURED
    offset_s: Seconds = 0.0
    """Seconds from the report's start to this value, on the monotonic clock."""


class DeviceKind(StrEnum):
    """What a device is for, as far as its own words and its maker tell."""

    UNKNOWN = "unknown"
    PC = "pc"
    SERVER = "server"
    PHONE = "phone"
    TABLET = "tablet"
    PRINTER = "printer"
    AP = "ap"
    SWITCH = "switch"
    ROUTER = "router"
    CAMERA = "camera"
    RECORDER = "recorder"
    PANEL = "panel"
    """The interactive display of a classroom (班班通)."""
    NAS = "nas"
    VM = "vm"


class Device(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    A device seen on the agent's LAN.

    A personal device (phone, tablet, or locally administered MAC) has no ``mac``, no addresses, no vendor and no name here:
    only its kind and ``key``, a keyed hash that lets it be counted once. The key never leaves the school.
    """

    key: Annotated[str, Meta(pattern=r"^[0-9a-f:]{4,40}\Z")]
    """The MAC for equipment; 16 hex digits of HMAC-SHA256 for a personal device."""
    mac: Annotated[str, Meta(pattern=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}\Z")] | None = None
    ipv4: Annotated[list[ShortText], Meta(max_length=64)] = []
    ipv6: Annotated[list[ShortText], Meta(max_length=64)] = []
    personal: bool = False
    proxied: bool = False
    """More than two IPv4 addresses answer with this MAC: a router answering for others."""
    gateway: bool = False
    proxied_ipv4: Annotated[list[ShortText], Meta(max_length=64)] = []
    """Addresses that only answer through this device; no hosts of their own."""
    conflicts: Annotated[list[ShortText], Meta(max_length=64)] = []
    """Own IPv4 addresses that another device claims too."""
    kind: DeviceKind = DeviceKind.UNKNOWN
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    """Of ``kind``; 1 when an administrator said so."""
    evidence: Annotated[list[ShortText], Meta(max_length=16)] = []
    """What ``kind`` rests on, such as ``mdns:_ipp._tcp`` or ``vendor``."""
    vendor: ShortText | None = None
    name: ShortText | None = None
    pinned: bool = False
    """On the administrator's list of the school's own devices."""


class CheckRun(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one check went. A crash, a hang or oversize evidence of one check shows here and nowhere else."""

    check: CheckId
    version: Annotated[int, Meta(ge=1, le=10_000)]
    status: CheckStatus
    reason: Reason | None = None
    offset_s: Seconds = 0.0
    duration_s: Seconds = 0.0
    measurements: Annotated[list[Measurement], Meta(max_length=512)] = []
    devices: Annotated[list[Device], Meta(max_length=8192)] = []
    evidence: dict[ShortText, Any] = {}
    """Raw material behind the measurements, for a person who disputes them. JSON, bounded by the runner."""


class Platform(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the agent runs on. No host name and no user name: they can name a person."""

    system: ShortText
    release: ShortText = ""
    machine: ShortText = ""
    python: ShortText = ""


class SpoolState(Struct, frozen=True, kw_only=True):
    """What the agent had waiting when it made this report, and what it has had to give up since its first run."""

    waiting: Count = 0
    parked: Count = 0
    dropped: Count = 0


class Report(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything one run found. ``report_id`` is a UUIDv7 made once, before the report is first written to disk."""

    schema: Literal[1]
    report_id: UUID
    school_id: Identifier
    agent_id: Identifier
    agent_version: ShortText
    sequence: Count
    """Number of this report among those of the same installation; grows by one each run."""
    started_at: AwareTime
    """The agent's own wall clock: shown, never used for order."""
    duration_s: Seconds
    platform: Platform
    runs: Annotated[list[CheckRun], Meta(max_length=64)]
    spool: SpoolState = SpoolState()
    privileged: bool = False
    """True when raw sockets were available."""
