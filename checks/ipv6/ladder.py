"""
The IPv6 ladder: from what was seen to the rung that was reached, and why it was not the next one.

Pure: evidence in, verdict out. A rung is passed, failed or open; open means that it could not be tried, or that the deadline
cut it, and never counts as failed.

====  =================================================================
rung  passed when
====  =================================================================
0     the stack is on, on an interface that is up
1     there is a link-local address (or a global one on a tunnel)
2     there is an address that can leave the site, and a default route
3     the gateway answers, or is in the neighbour table
4     TCP over IPv6 to two targets of two operators (one, if only one is configured)
5     HTTP over IPv6 gives an answer
6     names have AAAA records, and the address is a native one
7     IPv6 performs like IPv4 (not measured yet)
8     all of it
====  =================================================================
"""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from checks.network.addresses import TRANSITION, AddressClass
from contract.outcome import Path
from contract.reason import Reason, ReasonCode, because


class Probe(StrEnum):
    """How an attempt ended."""

    OPEN = "open"
    """Not tried, or cut by the deadline."""
    PASSED = "passed"
    REJECTED = "rejected"
    """Something answered, and said no: reset, unreachable, prohibited."""
    SILENT = "silent"
    """Nothing came back."""


class Name(StrEnum):
    """What name resolution said to a question for AAAA."""

    OPEN = "open"
    ANSWERED = "answered"
    EMPTY = "empty"
    """The name has no AAAA record."""
    MISSING = "missing"
    """NXDOMAIN."""
    SILENT = "silent"
    """No server answered, or all refused: says nothing about the name."""


class SeenAddress(Struct, frozen=True):
    """An IPv6 address of this machine."""

    interface: str
    address: str
    kind: AddressClass


class SeenTarget(Struct, frozen=True, kw_only=True):
    """A target and how TCP and HTTP to it went. ``http`` None: no HTTP is spoken there."""

    name: str
    address: str
    port: int
    operator: str
    tcp: Probe = Probe.OPEN
    http: Probe | None = None
    path: Path | None = None
    connect_ms: float | None = None
    problem: str | None = None


class SeenName(Struct, frozen=True, kw_only=True):
    """A name, and what was said about its AAAA records."""

    name: str
    result: Name = Name.OPEN
    addresses: list[str] = []
    server: str | None = None


class Evidence(Struct, frozen=True, kw_only=True):
    """Everything the ladder is decided on. ``limit_s`` is the outer deadline that cut what is still open."""

    enabled: bool
    links_up: int
    addresses: list[SeenAddress] = []
    default_route: bool = False
    gateway: str | None = None
    gateway_probe: Probe = Probe.OPEN
    source: str | None = None
    """The address the system would send from (RFC 6724)."""
    targets: list[SeenTarget] = []
    names: list[SeenName] = []
    resolvers: list[str] = []
    limit_s: float = 5.5

    def of(self, *kinds: AddressClass) -> list[SeenAddress]:
        """The addresses of these classes."""
        return [item for item in self.addresses if item.kind in kinds]


class Rung(NamedTuple):
    """``passed`` None means open; ``reason`` is given for everything but a pass."""

    passed: bool | None
    reason: Reason | None = None


class Verdict(NamedTuple):
    """
    ``level``: the highest rung passed without a gap. ``exact`` False: the next rung is open, so the level is at least this.

    ``reason`` says why it is not more. ``ready`` None: cannot be told, ``ready_reason`` says why. ``path`` is how far the
    packets went that carried rung 4.
    """

    level: int
    exact: bool
    reason: Reason | None
    ready: bool | None
    ready_reason: Reason | None
    path: Path | None


_PASSED = Rung(True)
_READY_RUNGS = (0, 1, 2, 4, 6)
"""Native global address, default route, TCP and AAAA. A silent gateway that forwards is no fault, and HTTP is rung 5's."""


def judge(seen: Evidence) -> Verdict:
    """Level, readiness and reasons for this evidence."""
    rungs = ladder(seen)
    level = next((place for place, rung in enumerate(rungs) if not rung.passed), len(rungs))
    stop = rungs[level] if level < len(rungs) else Rung(None, because(ReasonCode.IPV6_PARITY_NOT_MEASURED))
    needed = [rungs[place] for place in _READY_RUNGS]
    fault = next((rung for rung in needed if rung.passed is False), None)
    doubt = next((rung for rung in needed if rung.passed is None), None)
    decided = fault or doubt
    return Verdict(
        level=max(level - 1, 0),
        exact=stop.passed is False,
        reason=stop.reason,
        ready=False if fault else None if doubt else True,
        ready_reason=decided.reason if decided else None,
        path=_widest(seen),
    )


def ladder(seen: Evidence) -> list[Rung]:
    """Rungs 0 to 6, each decided on its own; all open on a machine without a link."""
    if not seen.links_up:
        return [Rung(None, because(ReasonCode.NO_LAN))] * 7
    return [_stack(seen), _link_local(seen), _usable(seen), _gateway(seen), _tcp(seen), _http(seen), _names(seen)]


def _stack(seen: Evidence) -> Rung:
    return _PASSED if seen.enabled else Rung(False, because(ReasonCode.IPV6_DISABLED))


def _link_local(seen: Evidence) -> Rung:
    if seen.of(AddressClass.LINK_LOCAL, AddressClass.GLOBAL):
        return _PASSED
    return Rung(False, because(ReasonCode.IPV6_NO_LINK_LOCAL if seen.enabled else ReasonCode.IPV6_DISABLED))


def _usable(seen: Evidence) -> Rung:
    leaving = seen.of(AddressClass.GLOBAL, *TRANSITION)
    inside = seen.of(AddressClass.UNIQUE_LOCAL)
    if not leaving and not inside:
        return Rung(False, because(ReasonCode.IPV6_LINK_LOCAL_ONLY))
    if not seen.default_route:
        return Rung(False, because(ReasonCode.IPV6_NO_DEFAULT_ROUTE))
    if leaving or _beyond(seen):
        return _PASSED
    return Rung(False, because(ReasonCode.IPV6_ULA_ONLY))


def _gateway(seen: Evidence) -> Rung:
    if not seen.default_route:
        return Rung(False, because(ReasonCode.IPV6_NO_DEFAULT_ROUTE))
    if seen.gateway is None or seen.gateway_probe is Probe.PASSED or _beyond(seen):
        return _PASSED  # no gateway on a point-to-point link; one that forwards is alive, whatever it answers
    if seen.gateway_probe is Probe.OPEN:
        return Rung(None, _cut(seen) if seen.targets else because(ReasonCode.IPV6_NO_TARGETS))
    return Rung(False, because(ReasonCode.IPV6_GATEWAY_SILENT))


def _tcp(seen: Evidence) -> Rung:
    targets = _deciding(seen)
    if not targets:
        return Rung(None, because(ReasonCode.IPV6_NO_TARGETS))
    reached = [item for item in targets if item.tcp is Probe.PASSED]
    needed = min(2, len({item.operator for item in targets}))
    if len({item.operator for item in reached}) >= needed:
        return _PASSED
    if any(item.tcp is Probe.OPEN for item in targets):
        return Rung(None, _cut(seen))
    if reached:  # IPv6 does work, but one operator's answer is not enough to say that it works towards all
        return Rung(None, because(ReasonCode.TOO_FEW_SAMPLES, found=len(reached), needed=needed))
    if all(item.tcp is Probe.SILENT for item in targets):
        return Rung(False, because(ReasonCode.IPV6_UPSTREAM_BLACK_HOLE))
    return Rung(False, because(ReasonCode.IPV6_UPSTREAM_REJECTED))


def _http(seen: Evidence) -> Rung:
    targets = _deciding(seen)
    if not targets:
        return Rung(None, because(ReasonCode.IPV6_NO_TARGETS))
    tried = [item.http for item in targets if item.http is not None and item.tcp is Probe.PASSED]
    if Probe.PASSED in tried:
        return _PASSED
    if not tried:  # no target speaks HTTP, or none of those that do was reached: nothing is known of HTTP
        return Rung(None, because(ReasonCode.TOO_FEW_SAMPLES, found=0, needed=1))
    return Rung(None, _cut(seen)) if Probe.OPEN in tried else Rung(False, because(ReasonCode.IPV6_HTTP_FAILS))


def _names(seen: Evidence) -> Rung:
    native = _native(seen)
    if native.passed is False:
        return native
    results = [item.result for item in seen.names]
    if Name.ANSWERED in results:
        return native
    if not results:
        return Rung(None, because(ReasonCode.IPV6_NO_NAMES))
    if Name.SILENT in results:
        return Rung(None, because(ReasonCode.READING_FAILED, problem=f"DNS: {', '.join(seen.resolvers) or 'resolv.conf'}"))
    return Rung(None, _cut(seen)) if Name.OPEN in results else Rung(False, because(ReasonCode.IPV6_NO_AAAA))


def _native(seen: Evidence) -> Rung:
    if seen.of(AddressClass.GLOBAL):
        return _PASSED
    transition = seen.of(*TRANSITION)
    if transition:
        return Rung(False, because(ReasonCode.IPV6_TRANSITION_ONLY, kind=str(transition[0].kind)))
    if seen.of(AddressClass.UNIQUE_LOCAL) and _beyond(seen):
        return Rung(False, because(ReasonCode.IPV6_NAT66))
    return Rung(False, because(ReasonCode.IPV6_LINK_LOCAL_ONLY))


def _deciding(seen: Evidence) -> list[SeenTarget]:
    """Targets beyond the gateway; those on the LAN or on this machine only when there are no others."""
    return [item for item in seen.targets if item.path in (Path.WAN, None)] or seen.targets


def _beyond(seen: Evidence) -> bool:
    """True when TCP over IPv6 came back from behind the gateway."""
    return any(item.tcp is Probe.PASSED and item.path is Path.WAN for item in seen.targets)


def _widest(seen: Evidence) -> Path | None:
    order = [Path.LOCAL, Path.LAN, Path.WAN]
    return max(
        (item.path for item in _deciding(seen) if item.tcp is Probe.PASSED and item.path), key=order.index, default=None
    )


def _cut(seen: Evidence) -> Reason:
    return because(ReasonCode.CHECK_TIMED_OUT, limit_s=seen.limit_s)
