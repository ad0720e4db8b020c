"""From evidence and verdict to measurements: names, units, subjects, and what goes into the report as evidence."""

from ipaddress import IPv6Interface
from typing import Any

from checks.ipv6.evidence import Evidence, Name, Probe
from checks.ipv6.flags import raised, untold
from checks.ipv6.ladder import Verdict, ladder, slow_rate, slow_rtt
from checks.network.addresses import AddressClass, classify
from contract.outcome import Bound
from contract.reason import Reason, ReasonCode, because
from contract.report import Measurement, Value
from contract.units import Unit
from contract.wire import to_plain

_HTTP_RUNG = 5


def measurements(seen: Evidence, verdict: Verdict, subnet: str | None) -> list[Measurement]:
    """``subnet`` is the prefix of the LAN that was measured: one subnet's verdict is not the campus's."""
    return [
        Measurement(
            name="ipv6.level",
            value=verdict.level,
            unit=Unit.LEVEL,
            subject=subnet,
            bound=Bound.EXACT if verdict.exact else Bound.AT_LEAST,
            because=verdict.reason,
            path=verdict.path,
        ),
        Measurement(
            name="ipv6.ready",
            value=verdict.ready,
            unit=Unit.YES_NO,
            subject=subnet,
            because=verdict.ready_reason,
            path=verdict.path,
        ),
        Measurement(name="ipv6.global_addresses", value=len(seen.of(AddressClass.GLOBAL)), unit=Unit.COUNT),
        Measurement(name="ipv6.default_route", value=seen.default_route, unit=Unit.YES_NO),
        *_reached(seen, verdict, subnet),
        *_performance(seen, verdict, subnet),
        *_flags(seen),
    ]


def evidence(seen: Evidence) -> dict[str, Any]:
    """All that the verdict rests on; own addresses by class only, since EUI-64 would name the machine."""
    plain: dict[str, Any] = to_plain(seen)
    plain["addresses"] = [
        {"interface": item.interface, "kind": str(item.kind), "temporary": item.temporary, "eui64": item.eui64}
        for item in seen.addresses
    ]
    plain["source"] = _kind(seen.source)
    for target, item in zip(plain["targets"], seen.targets, strict=True):
        target["source"], target["witnessed"] = _kind(item.source), _kind(item.witnessed)
        target["same"] = None if item.witnessed is None else item.witnessed == item.source
    plain["flags"] = [str(flag) for flag in raised(seen)]
    return plain


def _kind(address: str | None) -> str | None:
    return None if address is None else str(classify(address)) if ":" in address else "ipv4"


def _reached(seen: Evidence, verdict: Verdict, subnet: str | None) -> list[Measurement]:
    reached = sum(item.tcp is Probe.PASSED for item in seen.targets)
    no_targets = None if seen.targets else because(ReasonCode.IPV6_NO_TARGETS)
    aaaa, no_aaaa = _aaaa(seen)
    http = ladder(seen)[_HTTP_RUNG]
    found = [
        Measurement(
            name="ipv6.tcp_targets_reached",
            value=None if no_targets else reached,
            unit=Unit.COUNT,
            because=no_targets,
            path=verdict.path,
        ),
        Measurement(
            name="ipv6.http", value=http.passed, unit=Unit.YES_NO, subject=subnet, because=http.reason, path=verdict.path
        ),
        Measurement(name="ipv6.aaaa", value=aaaa, unit=Unit.YES_NO, because=no_aaaa),
    ]
    mtu = next((item.path_mtu for item in seen.deciding if item.path_mtu), None)
    if mtu is not None:
        found.append(Measurement(name="ipv6.path_mtu", value=mtu, unit=Unit.BYTES, path=verdict.path))
    witness = next((item for item in seen.targets if item.witnessed), None)
    if witness is not None:
        same = witness.witnessed == witness.source and classify(witness.source or "::") is AddressClass.GLOBAL
        why = None if same else because(ReasonCode.IPV6_WITNESS_DIFFERS)
        found.append(Measurement(name="ipv6.witnessed", value=same, unit=Unit.YES_NO, because=why, path=witness.path))
    return found


def _performance(seen: Evidence, verdict: Verdict, subnet: str | None) -> list[Measurement]:
    found: list[Measurement] = []

    def add(name: str, value: Value, unit: Unit, subject: str | None = None, why: Reason | None = None) -> None:
        found.append(Measurement(name=name, value=value, unit=unit, subject=subject, because=why, path=verdict.path))

    parity = seen.parity
    if parity is not None:
        for name, unit in (("rtt{}_ms", Unit.MS), ("rate{}_mbit_s", Unit.MBIT_S)):
            six, four = getattr(parity, name.format(6)), getattr(parity, name.format(4))
            for family, value in (("ipv6", six), ("ipv4", four)):
                if value is not None:
                    add(f"ipv6.{name.format('')}", value, unit, family)
            if six is not None and four:
                add(f"ipv6.{name.partition('{')[0]}_ratio", round(six / four, 3), Unit.NONE, subnet)
        verdicts = (slow_rtt(parity), slow_rate(parity))
        slow = True if True in verdicts else None if None in verdicts else False
        why = ladder(seen)[-1].reason
        add("ipv6.performs_like_ipv4", None if slow is None else not slow, Unit.YES_NO, subnet, why)
    if seen.eyeballs is not None and seen.eyeballs.penalty_ms is not None:
        add("ipv6.connection_penalty_ms", seen.eyeballs.penalty_ms, Unit.MS, subnet)
    return found


def _flags(seen: Evidence) -> list[Measurement]:
    up = [Measurement(name="ipv6.flag", value=True, unit=Unit.YES_NO, subject=str(flag)) for flag in raised(seen)]
    unknown = [
        Measurement(name="ipv6.flag", value=None, unit=Unit.YES_NO, subject=str(flag), because=why)
        for flag, why in untold(seen).items()
    ]
    routers = Measurement(
        name="ipv6.router_advertisers",
        value=len(seen.routers),
        unit=Unit.COUNT,
        bound=Bound.EXACT if seen.routers_heard else Bound.AT_LEAST,
    )
    return [routers, *up, *unknown]


def _aaaa(seen: Evidence) -> tuple[Value, Reason | None]:
    results = {item.result for item in seen.names if not item.doubtful or item.result is Name.ANSWERED}
    if Name.ANSWERED in results:
        return True, None
    if not results:
        return None, because(ReasonCode.IPV6_NO_NAMES)
    if Name.OPEN in results:
        return None, because(ReasonCode.CHECK_TIMED_OUT, limit_s=seen.limit_s)
    if Name.SILENT in results:
        return None, because(ReasonCode.IPV6_DNS_SILENT, servers=", ".join(seen.resolvers) or "–")
    return False, because(ReasonCode.IPV6_AAAA_NXDOMAIN if Name.DENIED in results else ReasonCode.IPV6_NO_AAAA)


def subnet_of(prefixes4: list[str], addresses: list[str]) -> str | None:
    """The LAN's name in the report: its IPv4 prefix, which stays the same when IPv6 comes and goes, else the IPv6 /64."""
    if prefixes4:
        return prefixes4[0]
    native = next((item for item in addresses if classify(item) is AddressClass.GLOBAL), None)
    if native is None:
        return None
    return str(IPv6Interface(f"{native}/64").network)
