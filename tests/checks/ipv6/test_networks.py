"""Networks that differ in one thing, and what the check says of each. Every network asserts its own state first."""

from collections.abc import Iterator

import pytest

from contract.outcome import Bound
from contract.report import CheckRun
from tests.checks.inside import by_name, run_inside
from tests.testbed.ipv6 import COLLECTOR, Internet, internet, missing, options
from tests.testbed.ipv6_networks import NETWORKS, network

pytestmark = [pytest.mark.namespaces, pytest.mark.skipif(missing() is not None, reason=str(missing()))]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    with internet(tmp_path_factory.mktemp("internet")) as made:
        yield made


def flags(run: CheckRun) -> set[str]:
    return {str(item.subject) for item in run.measurements if item.name == "ipv6.flag" and item.value is True}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_gets_its_level_its_reason_and_its_flags(net: Internet, name: str) -> None:
    expected = NETWORKS[name].expected
    with network(net, name) as made:
        run = run_inside(made.pc, "ipv6", url=COLLECTOR, **options())
    level = by_name(run)["ipv6.level"]
    found = (level.value, level.bound is Bound.EXACT, level.because.code if level.because else None, flags(run))
    assert found == (expected.level, expected.exact, expected.reason, set(expected.flags)), run.evidence


@pytest.mark.parametrize("name", ["01 dual stack", "08 PMTU black hole", "13 NAT66", "14 rogue router"])
def test_an_ordinary_user_gets_the_same_verdict_and_is_told_what_was_left_out(net: Internet, name: str) -> None:
    expected = NETWORKS[name].expected
    with network(net, name) as made:
        run = run_inside(made.pc, "ipv6", url=COLLECTOR, user=True, **options())
    level = by_name(run)["ipv6.level"]
    found = (level.value, level.because.code if level.because else None, flags(run))
    assert found == (expected.level, expected.reason, set(expected.flags)), run.evidence
    assert run.evidence["routers_heard"] is False
    unknown = {item.subject for item in run.measurements if item.name == "ipv6.flag" and item.value is None}
    assert ("rogue_ra" in unknown) is ("rogue_ra" not in expected.flags)


def test_with_everything_dropped_the_deadline_holds_and_nothing_fails_that_was_not_tried(net: Internet) -> None:
    with network(net, "18 DNS dead") as made:
        made.nft("table inet g { chain c1 { type filter hook forward priority 0; policy drop; } }")
        run = run_inside(made.pc, "ipv6", url=COLLECTOR, **options())
    assert run.duration_s <= 5.5
    assert (by_name(run)["ipv6.level"].value, by_name(run)["ipv6.aaaa"].value) == (3, None)
