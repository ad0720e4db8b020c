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
5     HTTP over IPv6, small and large: no PMTU black hole
6     names have AAAA records, and the address is a native one, not translated on its way
7     round trip and rate over IPv6 are like those over IPv4
8     all of it
====  =================================================================
"""

from typing import NamedTuple

from checks.ipv6.evidence import Evidence, Name, Parity, Probe, SeenTarget
from checks.network.addresses import TRANSITION, AddressClass, classify
from contract.outcome import Path
from contract.reason import Reason, ReasonCode, because

READY = 8
RTT_FACTOR, RTT_EXTRA_MS, RATE_FACTOR = 1.5, 25.0, 0.5
"""
IPv6 is slow when its round trip is above both limits, or its rate below half. Ours: the national method only says that the
difference is left out where both are good. On a line of 11 ms a detour of 25 ms is not noticed; 102 ms is.
"""


class Rung(NamedTuple):
    """``passed`` None means open; ``reason`` is given for everything but a pass."""

    passed: bool | None
    reason: Reason | None = None


class Verdict(NamedTuple):
    """
    ``level``: the highest rung passed without a gap. ``exact`` False: the next rung is open, so the level is at least this.

    ``reason`` says why it is not more, None at the top. ``ready`` None: cannot be told, ``ready_reason`` says why. ``path``
    is how far the packets went that carried rung 4.
    """

    level: int
    exact: bool
    reason: Reason | None
    ready: bool | None
    ready_reason: Reason | None
    path: Path | None


_PASSED = Rung(True)
_READY_RUNGS = (0, 1, 2, 4, 5, 6)
"""A silent gateway that forwards is no fault, and being as fast as IPv4 is another question."""


def judge(seen: Evidence) -> Verdict:
    """Level, readiness and reasons for this evidence."""
    rungs = ladder(seen)
    passed = next((place for place, rung in enumerate(rungs) if not rung.passed), len(rungs))
    stop = rungs[passed] if passed < len(rungs) else _PASSED
    needed = [rungs[place] for place in _READY_RUNGS]
    fault = next((rung for rung in needed if rung.passed is False), None)
    doubt = next((rung for rung in needed if rung.passed is None), None)
    decided = fault or doubt
    return Verdict(
        level=READY if stop is _PASSED else max(passed - 1, 0),
        exact=stop.passed is not None,
        reason=stop.reason,
        ready=False if fault else None if doubt else True,
        ready_reason=decided.reason if decided else None,
        path=_widest(seen),
    )


def ladder(seen: Evidence) -> list[Rung]:
    """Rungs 0 to 7, each decided on its own; all open on a machine without a link."""
    if not seen.links_up:
        return [Rung(None, because(ReasonCode.NO_LAN))] * READY
    outside = [_tcp(seen), _http(seen), _names(seen)]
    if held := _held_back(seen):
        outside = [rung if rung.passed else held for rung in outside]
    return [_stack(seen), _link_local(seen), _usable(seen), _gateway(seen), *outside, _parity(seen)]


def _held_back(seen: Evidence) -> Rung | None:
    """What the internet would say cannot be known behind a login page, or where only a proxy may go out."""
    if seen.portal or any(item.portal for item in seen.targets):
        return Rung(None, because(ReasonCode.IPV6_CAPTIVE_PORTAL))
    direct = [item.tcp4 for item in seen.targets if item.address4]
    if seen.proxy and direct and not {Probe.PASSED, Probe.OPEN} & set(direct) and not seen.beyond:
        return Rung(None, because(ReasonCode.IPV6_PROXY_ONLY))
    return None


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
    if leaving or seen.beyond:
        return _PASSED
    return Rung(False, because(ReasonCode.IPV6_ULA_ONLY))


def _gateway(seen: Evidence) -> Rung:
    if not seen.default_route:
        return Rung(False, because(ReasonCode.IPV6_NO_DEFAULT_ROUTE))
    if seen.gateway is None or Probe.PASSED in (seen.gateway_probe, seen.gateway_echo) or seen.beyond:
        return _PASSED  # no gateway on a point-to-point link; one that forwards is alive, whatever it answers
    if seen.gateway_probe is Probe.OPEN:
        return Rung(None, _cut(seen) if seen.targets else because(ReasonCode.IPV6_NO_TARGETS))
    return Rung(False, because(ReasonCode.IPV6_GATEWAY_SILENT))


def _tcp(seen: Evidence) -> Rung:
    targets = seen.deciding
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
    if not seen.deciding:
        return Rung(None, because(ReasonCode.IPV6_NO_TARGETS))
    tried = [item for item in seen.deciding if item.http is not None and item.tcp is Probe.PASSED]
    if not tried:  # no target speaks HTTP, or none of those that do was reached: nothing is known of HTTP
        return Rung(None, because(ReasonCode.TOO_FEW_SAMPLES, found=0, needed=1))
    if any(_whole(item) for item in tried):
        return _PASSED
    if any(_hole(item) for item in tried):
        return Rung(False, because(ReasonCode.IPV6_PMTU_BLACK_HOLE))
    if any(Probe.OPEN in (item.http, item.large, item.clamped) for item in tried):
        return Rung(None, _cut(seen))
    return Rung(False, because(ReasonCode.IPV6_HTTP_FAILS))


def _whole(item: SeenTarget) -> bool:
    return item.http is Probe.PASSED and item.large in (Probe.PASSED, None)


def _hole(item: SeenTarget) -> bool:
    """Large segments vanish, small ones arrive: RFC 4890 §4.3.1, a filter that drops Packet Too Big."""
    return item.large is Probe.SILENT and item.clamped is Probe.PASSED


def _names(seen: Evidence) -> Rung:
    native = _native(seen)
    if native.passed is False:
        return native
    results = [item.result for item in seen.names if not item.doubtful or item.result is Name.ANSWERED]
    if Name.ANSWERED in results:
        return native
    if not results:
        return Rung(None, because(ReasonCode.IPV6_NO_NAMES))
    if Name.SILENT in results:
        return Rung(None, because(ReasonCode.IPV6_DNS_SILENT, servers=", ".join(seen.resolvers) or "–"))
    if Name.OPEN in results:
        return Rung(None, _cut(seen))
    return Rung(False, because(ReasonCode.IPV6_AAAA_NXDOMAIN if Name.DENIED in results else ReasonCode.IPV6_NO_AAAA))


def _native(seen: Evidence) -> Rung:
    """The address packets leave with must be a global one, and the collector must have seen that very address."""
    kind = classify(seen.source) if seen.source else None
    if kind in TRANSITION or (not seen.of(AddressClass.GLOBAL) and seen.of(*TRANSITION)):
        tunnel = kind if kind in TRANSITION else seen.of(*TRANSITION)[0].kind
        return Rung(False, because(ReasonCode.IPV6_TRANSITION_ONLY, kind=str(tunnel)))
    if translated(seen) or (not seen.of(AddressClass.GLOBAL) and seen.of(AddressClass.UNIQUE_LOCAL) and seen.beyond):
        return Rung(False, because(ReasonCode.IPV6_NAT66))
    if not seen.of(AddressClass.GLOBAL):
        return Rung(False, because(ReasonCode.IPV6_LINK_LOCAL_ONLY))
    if any(_differs(item) for item in seen.targets):
        return Rung(None, because(ReasonCode.IPV6_WITNESS_DIFFERS))
    return _PASSED


def translated(seen: Evidence) -> bool:
    """An internal address left, a global one arrived: NAT66."""
    return any(_differs(item) and classify(item.source or "::") is AddressClass.UNIQUE_LOCAL for item in seen.targets)


def _differs(item: SeenTarget) -> bool:
    """The collector saw another global IPv6 address; with a global one here too, that may be a proxy before it."""
    if not item.witnessed or not item.source or ":" not in item.witnessed or item.witnessed == item.source:
        return False
    return classify(item.witnessed) is AddressClass.GLOBAL


def slow_rtt(found: Parity) -> bool | None:
    """Whether the round trip over IPv6 is too much longer; None when not both are known."""
    if found.rtt6_ms is None or found.rtt4_ms is None:
        return None
    return found.rtt6_ms > max(RTT_FACTOR * found.rtt4_ms, found.rtt4_ms + RTT_EXTRA_MS)


def slow_rate(found: Parity) -> bool | None:
    """Whether the rate over IPv6 is too much lower; None when not both are known."""
    if found.rate6_mbit_s is None or found.rate4_mbit_s is None:
        return None
    return found.rate6_mbit_s < RATE_FACTOR * found.rate4_mbit_s


def _parity(seen: Evidence) -> Rung:
    found = seen.parity
    if found is None:
        code = ReasonCode.IPV6_PARITY_NOT_MEASURED if seen.default_route4 else ReasonCode.IPV6_NO_IPV4
        return Rung(None, because(code))
    if slow_rtt(found):
        return Rung(False, because(ReasonCode.IPV6_SLOW_RTT, rtt6_ms=found.rtt6_ms or 0.0, rtt4_ms=found.rtt4_ms or 0.0))
    if slow_rate(found):
        rates = {"rate6": found.rate6_mbit_s or 0.0, "rate4": found.rate4_mbit_s or 0.0}
        return Rung(False, because(ReasonCode.IPV6_SLOW_RATE, **rates))
    if slow_rtt(found) is None or (slow_rate(found) is None and found.rate_expected):
        return Rung(None, _cut(seen))
    if slow_rate(found) is None:  # half of the rung: no target can serve a bulk file
        return Rung(None, because(ReasonCode.IPV6_PARITY_NOT_MEASURED))
    return _PASSED


def _widest(seen: Evidence) -> Path | None:
    order = [Path.LOCAL, Path.LAN, Path.WAN]
    return max(
        (item.path for item in seen.deciding if item.tcp is Probe.PASSED and item.path), key=order.index, default=None
    )


def _cut(seen: Evidence) -> Reason:
    return because(ReasonCode.CHECK_TIMED_OUT, limit_s=seen.limit_s)
