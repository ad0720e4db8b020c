"""The ladder as a table: evidence in, level, readiness and reasons out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.ipv6.evidence import Evidence, Name, Parity, Probe, SeenAddress, SeenName, SeenTarget
from checks.ipv6.ladder import judge, ladder
from checks.network.addresses import AddressClass
from contract.outcome import Path
from contract.reason import ReasonCode

LINK_LOCAL = SeenAddress("eth0", "fe80::20", AddressClass.LINK_LOCAL)
GLOBAL = SeenAddress("eth0", "2400:da00::20", AddressClass.GLOBAL)
ULA = SeenAddress("eth0", "fd00::20", AddressClass.UNIQUE_LOCAL)
TEREDO = SeenAddress("eth0", "2001:0:1::", AddressClass.TEREDO)


def target(
    tcp: Probe, *, operator: str = "a", http: Probe | None = None, path: Path = Path.WAN, name: str = "t"
) -> SeenTarget:
    return SeenTarget(name=name, address="2400:da00:9::1", port=443, operator=operator, tcp=tcp, http=http, path=path)


def web(**changes: Any) -> SeenTarget:
    """A target that was reached and answered, large requests included."""
    passed = Probe.PASSED
    found: dict[str, Any] = {"tcp": passed, "http": passed, "large": passed, "clamped": passed, "path": Path.WAN, **changes}
    fixed: dict[str, Any] = {
        "name": "w",
        "address": "2400:da00:9::2",
        "address4": "203.0.113.2",
        "port": 80,
        "operator": "w",
    }
    return SeenTarget(**fixed, **found)


ALIKE = Parity(target="w", rtt6_ms=11.0, rtt4_ms=10.0, rate6_mbit_s=80.0, rate4_mbit_s=90.0, rate_expected=True)
REACHED = [target(Probe.PASSED, http=Probe.PASSED), target(Probe.PASSED, operator="b")]
ANSWERED = [SeenName(name="www.example", result=Name.ANSWERED, addresses=["2400:da00::1"])]


def healthy(**changes: Any) -> Evidence:
    return Evidence(
        **{
            "enabled": True,
            "links_up": 1,
            "addresses": [LINK_LOCAL, GLOBAL],
            "default_route": True,
            "gateway": "fe80::1",
            "gateway_probe": Probe.PASSED,
            "targets": REACHED,
            "names": ANSWERED,
            **changes,
        }
    )


R = ReasonCode
CASES: dict[str, tuple[Evidence, int, bool, ReasonCode | None, bool | None, ReasonCode | None]] = {
    # name: evidence, level, exact, why not more, ready, why not ready
    "healthy": (healthy(), 6, False, R.IPV6_PARITY_NOT_MEASURED, True, None),
    "no link at all": (healthy(links_up=0, enabled=False, addresses=[]), 0, False, R.NO_LAN, None, R.NO_LAN),
    "switched off": (
        healthy(enabled=False, addresses=[], default_route=False, targets=[], names=[]),
        *(0, True, R.IPV6_DISABLED, False, R.IPV6_DISABLED),
    ),
    "no link-local": (healthy(addresses=[]), 0, True, R.IPV6_NO_LINK_LOCAL, False, R.IPV6_NO_LINK_LOCAL),
    "link-local only": (
        healthy(addresses=[LINK_LOCAL], default_route=False, targets=[]),
        *(1, True, R.IPV6_LINK_LOCAL_ONLY, False, R.IPV6_LINK_LOCAL_ONLY),
    ),
    "address without default route": (
        healthy(default_route=False, targets=[target(Probe.REJECTED)]),
        *(1, True, R.IPV6_NO_DEFAULT_ROUTE, False, R.IPV6_NO_DEFAULT_ROUTE),
    ),
    "internal address only": (
        healthy(addresses=[LINK_LOCAL, ULA], targets=[target(Probe.SILENT)]),
        *(1, True, R.IPV6_ULA_ONLY, False, R.IPV6_ULA_ONLY),
    ),
    "gateway silent": (
        healthy(gateway_probe=Probe.SILENT, targets=[target(Probe.SILENT)]),
        *(2, True, R.IPV6_GATEWAY_SILENT, False, R.IPV6_UPSTREAM_BLACK_HOLE),
    ),
    "gateway not asked yet": (
        healthy(gateway_probe=Probe.OPEN, targets=[target(Probe.OPEN)]),
        *(2, False, R.CHECK_TIMED_OUT, None, R.CHECK_TIMED_OUT),
    ),
    "a gateway that forwards is alive whatever it answers": (
        healthy(gateway_probe=Probe.SILENT),
        *(6, False, R.IPV6_PARITY_NOT_MEASURED, True, None),
    ),
    "upstream black hole": (
        healthy(targets=[target(Probe.SILENT), target(Probe.SILENT, operator="b")]),
        *(3, True, R.IPV6_UPSTREAM_BLACK_HOLE, False, R.IPV6_UPSTREAM_BLACK_HOLE),
    ),
    "upstream rejects": (
        healthy(targets=[target(Probe.REJECTED), target(Probe.SILENT, operator="b")]),
        *(3, True, R.IPV6_UPSTREAM_REJECTED, False, R.IPV6_UPSTREAM_REJECTED),
    ),
    "one operator of two": (
        healthy(targets=[target(Probe.PASSED), target(Probe.PASSED), target(Probe.SILENT, operator="b")]),
        *(3, False, R.TOO_FEW_SAMPLES, None, R.TOO_FEW_SAMPLES),
    ),
    "cut while connecting": (
        healthy(targets=[target(Probe.SILENT), target(Probe.OPEN, operator="b")]),
        *(3, False, R.CHECK_TIMED_OUT, None, R.CHECK_TIMED_OUT),
    ),
    "no targets": (healthy(targets=[]), 3, False, R.IPV6_NO_TARGETS, None, R.IPV6_NO_TARGETS),
    "one target, reached, no HTTP there": (
        healthy(targets=[target(Probe.PASSED)]),
        *(4, False, R.TOO_FEW_SAMPLES, None, R.TOO_FEW_SAMPLES),
    ),
    "the one that speaks HTTP was not reached": (
        healthy(targets=[target(Probe.PASSED), target(Probe.PASSED, operator="b"), target(Probe.SILENT, http=Probe.OPEN)]),
        *(4, False, R.TOO_FEW_SAMPLES, None, R.TOO_FEW_SAMPLES),
    ),
    "HTTP fails": (
        healthy(targets=[target(Probe.PASSED, http=Probe.SILENT)]),
        *(4, True, R.IPV6_HTTP_FAILS, False, R.IPV6_HTTP_FAILS),
    ),
    "only large packets vanish": (
        healthy(targets=[web(large=Probe.SILENT, clamped=Probe.PASSED)]),
        *(4, True, R.IPV6_PMTU_BLACK_HOLE, False, R.IPV6_PMTU_BLACK_HOLE),
    ),
    "large packets vanish, and so do small ones": (
        healthy(targets=[web(large=Probe.SILENT, clamped=Probe.SILENT)]),
        *(4, True, R.IPV6_HTTP_FAILS, False, R.IPV6_HTTP_FAILS),
    ),
    "cut before the control was done": (
        healthy(targets=[web(large=Probe.SILENT, clamped=Probe.OPEN)]),
        *(4, False, R.CHECK_TIMED_OUT, None, R.CHECK_TIMED_OUT),
    ),
    "one target swallows large packets, another does not": (
        healthy(targets=[web(large=Probe.SILENT, clamped=Probe.PASSED), web()]),
        *(6, False, R.IPV6_PARITY_NOT_MEASURED, True, None),
    ),
    "a login page": (
        healthy(targets=[target(Probe.SILENT)], portal=True),
        *(3, False, R.IPV6_CAPTIVE_PORTAL, None, R.IPV6_CAPTIVE_PORTAL),
    ),
    "a login page that leaves IPv6 alone": (healthy(portal=True, parity=ALIKE), 8, True, None, True, None),
    "only a proxy may go out": (
        healthy(targets=[web(tcp=Probe.REJECTED, tcp4=Probe.REJECTED)], proxy=True),
        *(3, False, R.IPV6_PROXY_ONLY, None, R.IPV6_PROXY_ONLY),
    ),
    "a proxy, but IPv4 goes out without it": (
        healthy(targets=[web(tcp=Probe.REJECTED, tcp4=Probe.PASSED)], proxy=True),
        *(3, True, R.IPV6_UPSTREAM_REJECTED, False, R.IPV6_UPSTREAM_REJECTED),
    ),
    "a resolver that denies names": (
        healthy(names=[SeenName(name="www.example", result=Name.DENIED)]),
        *(5, True, R.IPV6_AAAA_NXDOMAIN, False, R.IPV6_AAAA_NXDOMAIN),
    ),
    "a doubtful name without AAAA says nothing": (
        healthy(names=[SeenName(name="collector", result=Name.EMPTY, doubtful=True)]),
        *(5, False, R.IPV6_NO_NAMES, None, R.IPV6_NO_NAMES),
    ),
    "the collector saw a translated address": (
        healthy(addresses=[LINK_LOCAL, ULA], targets=[web(source="fd00::20", witnessed="2400:da00:9::1")]),
        *(5, True, R.IPV6_NAT66, False, R.IPV6_NAT66),
    ),
    "the collector saw another global address": (
        healthy(targets=[web(source="2400:da00::20", witnessed="2400:da00:9::1")]),
        *(5, False, R.IPV6_WITNESS_DIFFERS, None, R.IPV6_WITNESS_DIFFERS),
    ),
    "the collector saw the same address": (
        healthy(targets=[web(source="2400:da00::20", witnessed="2400:da00::20")], parity=ALIKE),
        *(8, True, None, True, None),
    ),
    "ready": (healthy(parity=ALIKE), 8, True, None, True, None),
    "a longer round trip": (
        healthy(parity=Parity(target="t", rtt6_ms=102.0, rtt4_ms=11.0)),
        *(6, True, R.IPV6_SLOW_RTT, True, None),
    ),
    "25 ms more on a fast line are nothing": (
        healthy(parity=Parity(target="t", rtt6_ms=35.0, rtt4_ms=11.0, rate6_mbit_s=90.0, rate4_mbit_s=90.0)),
        *(8, True, None, True, None),
    ),
    "a lower rate": (
        healthy(parity=Parity(target="t", rtt6_ms=11.0, rtt4_ms=11.0, rate6_mbit_s=40.0, rate4_mbit_s=90.0)),
        *(6, True, R.IPV6_SLOW_RATE, True, None),
    ),
    "the rate was cut off by the deadline": (
        healthy(parity=Parity(target="t", rtt6_ms=11.0, rtt4_ms=11.0, rate_expected=True)),
        *(6, False, R.CHECK_TIMED_OUT, True, None),
    ),
    "no IPv4 to compare with": (healthy(default_route4=False), 6, False, R.IPV6_NO_IPV4, True, None),
    "no names": (healthy(names=[]), 5, False, R.IPV6_NO_NAMES, None, R.IPV6_NO_NAMES),
    "no AAAA": (
        healthy(names=[SeenName(name="www.example", result=Name.EMPTY)]),
        *(5, True, R.IPV6_NO_AAAA, False, R.IPV6_NO_AAAA),
    ),
    "name does not exist": (
        healthy(names=[SeenName(name="www.example", result=Name.MISSING)]),
        *(5, True, R.IPV6_NO_AAAA, False, R.IPV6_NO_AAAA),
    ),
    "name servers silent": (
        healthy(names=[SeenName(name="www.example", result=Name.SILENT)], resolvers=["192.0.2.53"]),
        *(5, False, R.IPV6_DNS_SILENT, None, R.IPV6_DNS_SILENT),
    ),
    "cut while asking": (
        healthy(names=[SeenName(name="www.example")]),
        *(5, False, R.CHECK_TIMED_OUT, None, R.CHECK_TIMED_OUT),
    ),
    "tunnel only": (
        healthy(addresses=[LINK_LOCAL, TEREDO]),
        *(5, True, R.IPV6_TRANSITION_ONLY, False, R.IPV6_TRANSITION_ONLY),
    ),
    "translated": (healthy(addresses=[LINK_LOCAL, ULA]), 5, True, R.IPV6_NAT66, False, R.IPV6_NAT66),
    "point to point without a gateway": (
        healthy(gateway=None, gateway_probe=Probe.OPEN, addresses=[GLOBAL]),
        *(6, False, R.IPV6_PARITY_NOT_MEASURED, True, None),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_kind_of_network_has_its_level_and_its_reason(case: str) -> None:
    seen, level, exact, reason, ready, ready_reason = CASES[case]
    verdict = judge(seen)
    assert (verdict.level, verdict.exact) == (level, exact)
    assert (verdict.reason.code if verdict.reason else None) is reason
    assert verdict.ready is ready
    assert (verdict.ready_reason.code if verdict.ready_reason else None) is ready_reason


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([Path.LOCAL], Path.LOCAL),
        ([Path.LOCAL, Path.LAN], Path.LAN),
        ([Path.LAN, Path.WAN], Path.WAN),
    ],
)
def test_the_verdict_carries_the_widest_path_that_was_reached(paths: list[Path], expected: Path) -> None:
    assert judge(healthy(targets=[target(Probe.PASSED, path=path) for path in paths])).path is expected


def test_a_target_on_the_lan_does_not_make_up_for_targets_beyond_the_gateway() -> None:
    seen = healthy(targets=[target(Probe.PASSED, path=Path.LAN), target(Probe.SILENT, operator="b")])
    assert judge(seen).ready is False


PROBES = st.sampled_from(list(Probe))
EVIDENCE = st.builds(
    Evidence,
    enabled=st.booleans(),
    links_up=st.integers(0, 2),
    addresses=st.lists(st.sampled_from([LINK_LOCAL, GLOBAL, ULA, TEREDO]), max_size=3),
    default_route=st.booleans(),
    gateway=st.sampled_from([None, "fe80::1"]),
    gateway_probe=PROBES,
    targets=st.lists(st.builds(target, PROBES, operator=st.sampled_from("ab"), http=st.none() | PROBES), max_size=3),
    names=st.lists(st.builds(SeenName, name=st.just("n"), result=st.sampled_from(list(Name))), max_size=2),
    resolvers=st.just([]),
)


@given(EVIDENCE)
def test_whatever_was_seen_a_missing_pass_has_a_reason(seen: Evidence) -> None:
    verdict = judge(seen)
    assert all(rung.passed is True or rung.reason for rung in ladder(seen))
    assert 0 <= verdict.level <= 6
    assert verdict.reason is not None
    assert (verdict.ready is True) is (verdict.ready_reason is None)


@given(EVIDENCE)
def test_what_is_open_never_counts_as_failed(seen: Evidence) -> None:
    """With every probe open, only what the machine itself shows can fail."""
    opened = Evidence(
        enabled=True,
        links_up=1,
        addresses=[LINK_LOCAL, GLOBAL],
        default_route=True,
        gateway=seen.gateway,
        targets=[target(Probe.OPEN, operator=item.operator, http=item.http and Probe.OPEN) for item in seen.targets],
        names=[SeenName(name=item.name) for item in seen.names],
    )
    assert all(rung.passed is not False for rung in ladder(opened))
    assert judge(opened).ready is None
