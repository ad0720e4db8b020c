"""What works here, what is off and why, and how to get it. Changes nothing; sends one request, to the collector."""

import datetime as dt
import ipaddress
import platform as system_platform
import shutil
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from agent import backoff, durable, history, identity, permits, signing
from agent.config import Configuration
from agent.errors import AgentError, IdentityError, StateError
from agent.spool import Spool
from agent.uplink import Uplink
from checks.registry import Check
from contract.exit_code import ExitCode
from contract.message import Bilingual, Message, Param

PARTS = {"psutil": "psutil", "PyYAML": "yaml", "cryptography": "cryptography"}
LOW_DISK_BYTES = 100_000_000
CLOCK_TOLERANCE_S = 300
"""Beyond five minutes the collector marks the report's own times as doubtful."""


class State(StrEnum):
    """How an area stands."""

    GOOD = "good"
    LIMITED = "limited"
    """It works, but less is measured or something waits."""
    BAD = "bad"


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the table. ``remedy`` says how to get what is missing."""

    area: str
    state: State
    message: Message
    remedy: Message | None = None
    detail: Bilingual | None = None
    """What a check would do beyond this with privileges."""
    exit_code: int = 0


class Diagnosis(Struct, frozen=True, kw_only=True):
    """``campus-agent doctor --json``."""

    findings: list[Finding]
    exit_code: int
    """78 before 77 before 69 before 0."""


def diagnose(
    config: Configuration,
    checks: Iterable[Check],
    connect: Callable[[identity.Credentials], Uplink],
    *,
    wall: Callable[[], dt.datetime],
    version: str,
    platform: str,
    open_socket: permits.OpenSocket,
    scheduled: Callable[[], Sequence[str]],
    has: Callable[[str], bool],
) -> Diagnosis:
    """
    Look at everything once, in the order in which things depend on each other.

    ``scheduled`` names the schedulers that hold our entry; ``has`` says whether a Python package is installed.
    """
    raw = permits.raw_sockets(open_socket, platform)
    findings = [_version(version), *_parts(has), _config(config), *_state(config.state)]
    enrolled, found = _identity(config.state)
    findings.append(found)
    findings.append(_schedule(scheduled()))
    if enrolled is not None:
        findings.append(_signing(config.state, enrolled))
        with connect(enrolled) as uplink:
            findings += _collector(uplink, wall)
    findings += _spool(config, wall)
    findings.append(_last_run(config.state))
    findings += _network(raw, open_socket)
    findings += [_check(item, config, platform, raw=raw) for item in checks]
    codes = {finding.exit_code for finding in findings}
    order = (ExitCode.BAD_CONFIG, ExitCode.NOT_PERMITTED, ExitCode.TRY_AGAIN, ExitCode.UNREACHABLE)
    return Diagnosis(findings=findings, exit_code=next((int(code) for code in order if code in codes), 0))


def _finding(
    area: str,
    state: State,
    code: str,
    remedy: str | None = None,
    exit_code: int = 0,
    /,
    **params: Param,
) -> Finding:
    return Finding(
        area=area,
        state=state,
        message=Message(f"agent.doctor.{code}", params),
        remedy=None if remedy is None else Message(f"agent.doctor.{remedy}", params),
        exit_code=exit_code,
    )


def _version(version: str) -> Finding:
    system = f"{system_platform.system()} {system_platform.release()} {system_platform.machine()}"
    return _finding(
        "version", State.GOOD, "version", version=version, python=system_platform.python_version(), system=system
    )


def _parts(has: Callable[[str], bool]) -> list[Finding]:
    """Packages without which less is measured (loongarch64 has no wheels of them)."""
    return [
        _finding("parts", State.LIMITED, f"parts.{name.lower()}", "parts.remedy", package=name)
        for name, module in PARTS.items()
        if not has(module)
    ]


def _schedule(kinds: Sequence[str]) -> Finding:
    if kinds:
        return _finding("schedule", State.GOOD, "schedule", kinds=", ".join(kinds))
    return _finding("schedule", State.LIMITED, "schedule.none", "schedule.none.remedy")


def _signing(state: Path, enrolled: identity.Credentials) -> Finding:
    signer = signing.Signer(state, enrolled.agent_id, enrolled.key)
    if signer.last().cloned:
        return _finding("signing", State.BAD, "cloned", "cloned.remedy", ExitCode.NOT_PERMITTED)
    if not signer.signs:
        return _finding("signing", State.LIMITED, "signing.no", "signing.no.remedy")
    return _finding("signing", State.GOOD, "signing.yes")


def _config(config: Configuration) -> Finding:
    if config.path is None:
        return _finding("config", State.GOOD, "config.default")
    return _finding("config", State.GOOD, "config.file", path=str(config.path))


def _state(state: Path) -> list[Finding]:
    existing = next(folder for folder in (state, *state.parents) if folder.is_dir())
    free = shutil.disk_usage(existing).free
    if not durable.writable(existing):
        return [_finding("disk", State.BAD, "disk.readonly", "disk.readonly.remedy", ExitCode.TRY_AGAIN, path=str(existing))]
    if free < LOW_DISK_BYTES:
        return [
            _finding(
                "disk", State.BAD, "disk.low", "disk.low.remedy", ExitCode.TRY_AGAIN, path=str(state), free=free // 10**6
            )
        ]
    return [_finding("disk", State.GOOD, "disk.free", path=str(state), free=free // 10**6)]


def _identity(state: Path) -> tuple[identity.Credentials | None, Finding]:
    try:
        enrolled = identity.credentials(state)
    except (IdentityError, StateError) as error:
        path = str(state / identity.CREDENTIALS)
        remedy = "identity.exposed.remedy" if isinstance(error, IdentityError) else "identity.damaged.remedy"
        found = Finding(
            area="identity",
            state=State.BAD,
            message=error.message,
            remedy=Message(f"agent.doctor.{remedy}", {"path": path}),
            exit_code=ExitCode.NOT_PERMITTED,
        )
        return None, found
    if enrolled is None:
        return None, _finding("identity", State.BAD, "identity.none", "identity.none.remedy", ExitCode.NOT_PERMITTED)
    return enrolled, _finding(
        "identity", State.GOOD, "identity.enrolled", agent=enrolled.agent_id, school=enrolled.school_id
    )


def _collector(uplink: Uplink, wall: Callable[[], dt.datetime]) -> list[Finding]:
    try:
        offset = uplink.time(wall)
    except AgentError as error:
        return [
            Finding(
                area="collector",
                state=State.BAD,
                message=error.message,
                remedy=Message("agent.doctor.collector.remedy", {"url": uplink.url}),
                exit_code=ExitCode.UNREACHABLE,
            )
        ]
    findings = [_finding("collector", State.GOOD, "collector.reached", url=uplink.url)]
    proxy = uplink.proxy
    if proxy is not None:
        findings.append(_finding("proxy", State.GOOD, "proxy.used", proxy=proxy))
    if offset is None:
        findings.append(_finding("clock", State.LIMITED, "clock.unknown"))
    elif abs(offset) > CLOCK_TOLERANCE_S:
        findings.append(_finding("clock", State.LIMITED, "clock.off", "clock.off.remedy", offset_s=round(offset)))
    else:
        findings.append(_finding("clock", State.GOOD, "clock.right", offset_s=round(offset)))
    return findings


def _spool(config: Configuration, wall: Callable[[], dt.datetime]) -> list[Finding]:
    spool = Spool(config.state / "spool", config.agent.spool)
    state, trimmed = spool.state(), spool.ledger().trimmed
    figures: dict[str, Param] = {
        "waiting": state.waiting,
        "parked": state.parked,
        "dropped": state.dropped,
        "trimmed": trimmed,
    }
    quiet = not (state.waiting or state.parked or state.dropped)
    found = [
        _finding("spool", State.GOOD if quiet else State.LIMITED, "spool", None if quiet else "spool.remedy", **figures)
    ]
    pause = backoff.load(spool.folder)
    remaining = 0.0 if pause is None else pause.remaining_s(wall().timestamp())
    if pause is not None and state.waiting and remaining > 0:
        found.append(
            Finding(
                area="spool",
                state=State.LIMITED,
                message=Message(
                    "agent.doctor.pause", {"minutes": max(1, round(remaining / 60)), "failures": pause.failures}
                ),
                remedy=pause.because,
            )
        )
    return found


def _last_run(state: Path) -> Finding:
    kept = history.reports(state)
    if not kept:
        return _finding("last_run", State.LIMITED, "last_run.none", "last_run.none.remedy")
    return _finding(
        "last_run", State.GOOD, "last_run", at=f"{kept[-1].started_at:%Y-%m-%d %H:%M %Z}", sequence=kept[-1].sequence
    )


def _network(raw: bool, open_socket: permits.OpenSocket) -> list[Finding]:
    return [
        _finding("raw", State.GOOD, "raw.yes") if raw else _finding("raw", State.LIMITED, "raw.no", "raw.no.remedy"),
        _finding("ping", State.GOOD, "ping.yes")
        if permits.ping_sockets(open_socket)
        else _finding("ping", State.LIMITED, "ping.no", "ping.no.remedy"),
        _ipv6(permits.ipv6_route(open_socket)),
    ]


def _ipv6(address: str | None) -> Finding:
    if address is None:
        return _finding("ipv6", State.LIMITED, "ipv6.no", "ipv6.no.remedy")
    if not ipaddress.ip_address(address.partition("%")[0]).is_global:
        return _finding("ipv6", State.LIMITED, "ipv6.not_global", "ipv6.no.remedy", address=address)
    return _finding("ipv6", State.GOOD, "ipv6.yes", address=address)


def _check(item: Check, config: Configuration, platform: str, *, raw: bool) -> Finding:
    area = f"check:{item.id}"
    if platform not in item.platforms:
        return _finding(area, State.LIMITED, "check.platform", system=platform)
    if not config.check(item).enabled:
        return _finding(area, State.LIMITED, "check.disabled", "check.disabled.remedy", id=item.id)
    if item.privileges is not None and not raw:
        found = _finding(area, State.LIMITED, "check.unprivileged", "raw.no.remedy")
        return replace(found, detail=item.privileges)
    return _finding(area, State.GOOD, "check.ready", seconds=item.cost.seconds, megabytes=item.cost.megabytes)
