"""The check ``inventory`` on a LAN of real hosts, and on recorded machines where nothing may be sent."""

import sys
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

import pytest

from checks.inventory.search import Mode, Search, Table, ranges_of
from checks.network.links import Link, Medium
from checks.network.neighbours import Neighbour, Standing
from checks.registry import NotApplicable, all_checks
from contract.outcome import Bound
from contract.reason import Reason, ReasonCode
from contract.report import CheckRun
from contract.wire import encode
from tests.checks import inside
from tests.checks.inside import ROOT, by_name, greet
from tests.checks.machine import SECRET, Machine, context
from tests.testbed.lan import Lan, join_router, lan
from tests.testbed.namespaces import Namespace, bed

PERSONAL = (3, 4)
FAST = 500
"""Frames a second: it is our own LAN, and the pace is tested elsewhere."""


def run_inside(host: Namespace, check: str, **options: Any) -> CheckRun:
    """IPv6 questions and names are held by the crowded LAN; here they would only take time."""
    return inside.run_inside(host, check, **{"ipv6": False, "names": False, "second_look": False, **options})


class OrdinaryUser(Namespace):
    """The same host, with commands run by nobody and without capabilities."""

    def command(self, *command: str) -> Sequence[str]:
        return super().command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", *command)


@pytest.fixture(scope="module")
def school() -> Iterator[Lan]:
    """Twelve neighbours, two of them personal, and a router; both families."""
    with bed() as made:
        network = lan(made, 12, personal=PERSONAL, ipv6_network="2400:da00:40:1")
        join_router(made, network.switch, "lan0", "pr", "10.40.0.1/24", "2400:da00:40:1::1/64")
        network.pc.route("default", "10.40.0.1")
        yield network


@pytest.fixture
def forgetful(school: Lan) -> Lan:
    """The same, with nothing in the machine's neighbour table."""
    school.pc.run("ip", "neigh", "flush", "all")
    assert "REACHABLE" not in school.pc.run("ip", "neigh")
    return school


def equipment(run: CheckRun) -> dict[str, str]:
    return {address: device.mac or "" for device in run.devices if not device.personal for address in device.ipv4}


def expected(network: Lan) -> dict[str, str]:
    return {address: mac for number, (address, mac) in enumerate(network.macs.items()) if number not in PERSONAL} | {
        "10.40.0.1": "00:16:3e:00:00:01"
    }


@pytest.mark.namespaces
@pytest.mark.parametrize("mode", ["arp", "touch"])
def test_every_neighbour_is_found_and_nothing_else(forgetful: Lan, mode: str) -> None:
    run = run_inside(forgetful.pc, "inventory", mode=mode, packets_per_second=FAST)
    found = by_name(run)
    assert equipment(run) == expected(forgetful)
    assert (found["inventory.devices"].value, found["inventory.devices"].bound) == (13, Bound.EXACT)
    assert found["inventory.personal_devices"].value == len(PERSONAL)
    assert found["inventory.equipment"].value == 11
    assert found["inventory.addresses_in_range"].value == found["inventory.addresses_covered"].value == 253
    assert [device.mac for device in run.devices if device.gateway] == ["00:16:3e:00:00:01"]
    assert run.evidence["backend"] == mode
    assert run.evidence["prefixes"] == ["10.40.0.0/24"]
    assert run.reason is None


@pytest.mark.namespaces
@pytest.mark.parametrize("mode", ["arp", "passive"])
def test_no_byte_that_would_name_a_personal_device_leaves(forgetful: Lan, mode: str) -> None:
    greet(forgetful.pc, "10.40.0.13")
    run = run_inside(forgetful.pc, "inventory", mode=mode, packets_per_second=FAST)
    sent = encode(run).decode()
    assert any(device.personal for device in run.devices)
    for number, (address, mac) in enumerate(forgetful.macs.items()):
        if number in PERSONAL:
            assert mac not in sent
            assert mac.replace(":", "") not in sent
            assert f'"{address}"' not in sent
    assert SECRET.hex() not in sent


@pytest.mark.namespaces
def test_auto_takes_raw_sockets_where_they_are_permitted(forgetful: Lan) -> None:
    run = run_inside(forgetful.pc, "inventory", mode="auto", packets_per_second=FAST)
    assert run.evidence["backend"] == "arp"


@pytest.mark.namespaces
def test_an_ordinary_user_finds_the_same_without_privileges(forgetful: Lan) -> None:
    plain = OrdinaryUser(forgetful.pc.name)
    if plain.complete(sys.executable, "-c", "import checks.registry", env={"PYTHONPATH": str(ROOT)}).returncode:
        pytest.skip("an ordinary user cannot read this checkout or its environment")
    run = run_inside(plain, "inventory", mode="auto", packets_per_second=FAST)
    assert run.evidence["backend"] == "touch"
    assert equipment(run) == expected(forgetful)


@pytest.mark.namespaces
def test_passive_sends_not_one_packet(forgetful: Lan) -> None:
    def sent() -> str:
        return forgetful.pc.run("cat", "/sys/class/net/eth0/statistics/tx_packets")

    unchanged = []
    for _ in range(5):  # the kernel itself now and then sends something (router solicitations, checks of old entries)
        before = sent()
        run = run_inside(forgetful.pc, "inventory", mode="passive")
        unchanged.append(sent() == before)
    assert any(unchanged)
    assert (run.reason, run.evidence["packets_sent"]) == (Reason(ReasonCode.SWEEP_NOT_ALLOWED), 0)
    devices = by_name(run)["inventory.devices"]
    assert (devices.bound, devices.because) == (Bound.AT_LEAST, Reason(ReasonCode.SWEEP_NOT_ALLOWED))


@pytest.mark.namespaces
def test_a_subnet_that_is_too_large_is_not_swept(forgetful: Lan) -> None:
    run = run_inside(forgetful.pc, "inventory", max_addresses=100)
    assert run.reason == Reason(ReasonCode.RANGE_TOO_LARGE, {"addresses": 253, "limit": 100})
    assert run.evidence["packets_sent"] == 0
    assert by_name(run)["inventory.addresses_covered"].value == 0


@pytest.mark.namespaces
@pytest.mark.parametrize(("mode", "seconds"), [("arp", 1.5), ("touch", 4)])
def test_when_time_ends_it_the_count_is_a_lower_bound_and_coverage_says_how_far_it_came(
    forgetful: Lan, mode: str, seconds: float
) -> None:
    run = run_inside(forgetful.pc, "inventory", mode=mode, packets_per_second=12, max_seconds=seconds)
    found = by_name(run)
    assert run.evidence["cut_by_time"] is True
    assert run.reason is not None
    assert run.reason.code is ReasonCode.CHECK_TIMED_OUT
    assert found["inventory.devices"].bound is Bound.AT_LEAST
    covered = found["inventory.addresses_covered"].value
    assert isinstance(covered, int)
    assert 0 < covered < 253


@pytest.mark.namespaces
def test_neighbours_known_by_ipv6_are_joined_with_their_ipv4(forgetful: Lan) -> None:
    greet(forgetful.pc, "2400:da00:40:1::10")
    run = run_inside(forgetful.pc, "inventory", mode="arp", packets_per_second=FAST)
    joined = next(device for device in run.devices if "10.40.0.10" in device.ipv4)
    assert "2400:da00:40:1::10" in joined.ipv6
    with_ipv6 = by_name(run)["inventory.devices_with_ipv6"]
    assert isinstance(with_ipv6.value, int)
    assert (with_ipv6.value >= 1, with_ipv6.bound) == (True, Bound.AT_LEAST)


@pytest.mark.namespaces
def test_a_router_that_answers_for_others_is_one_device_and_marked() -> None:
    with bed() as made:
        network = lan(made, 1)
        router = join_router(made, network.switch, "lan0", "pr", "10.40.0.1/24")
        made.cable(router, "far0", made.host("far"), "eth0")
        router.address("far0", "10.60.0.1/24")
        for number in (50, 51, 52):  # the router has these elsewhere, so it answers for them on the LAN
            router.run("ip", "route", "add", f"10.40.0.{number}/32", "dev", "far0")
        router.sysctl(net__ipv4__conf__lan0__proxy_arp=1, net__ipv4__neigh__lan0__proxy_delay=0)
        run = run_inside(network.pc, "inventory", mode="arp", packets_per_second=FAST)
    assert by_name(run)["inventory.devices"].value == 2
    assert [device.mac for device in run.devices if device.proxied] == ["00:16:3e:00:00:01"]


def test_a_machine_without_a_lan_is_not_applicable(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.nic("lo", kind=772, state="unknown")
    item = all_checks()["inventory"]
    with pytest.raises(NotApplicable) as caught:
        item.run(context(item, machine.root))
    assert caught.value.reason == Reason(ReasonCode.NO_LAN)


ETH0 = Link("eth0", Medium.ETHERNET, up=True, mac="00:16:3e:00:00:02")


def test_point_to_point_and_self_assigned_prefixes_are_nobodys_lan() -> None:
    prefixes = {"eth0": [IPv4Interface(text) for text in ("10.0.0.1/31", "169.254.3.4/16", "10.40.0.2/24")], "wg0": []}
    assert [str(item.prefix) for item in ranges_of([ETH0], prefixes)] == ["10.40.0.2/24"]


def test_a_range_knows_its_size_without_listing_it() -> None:
    (huge,) = ranges_of([ETH0], {"eth0": [IPv4Interface("10.1.2.3/8")]})
    assert huge.addresses == 2**24 - 3


def test_the_machine_itself_and_other_interfaces_are_no_neighbours() -> None:
    known = [
        Neighbour("10.40.0.9", "00:16:3e:00:00:0a", "eth0", Standing.CONFIRMED),
        Neighbour("10.40.0.2", "00:16:3e:00:00:02", "eth0", Standing.CONFIRMED),
        Neighbour("172.17.0.2", "00:16:3e:00:00:0c", "docker0", Standing.CONFIRMED),
        Neighbour("10.40.0.8", None, "eth0", Standing.FAILED),
    ]
    table = Table(lambda: known, frozenset({"eth0"}), frozenset({"00:16:3e:00:00:02"}))
    assert [item.address for item in table.entries()] == ["10.40.0.9"]


def test_an_old_entry_of_an_address_that_stayed_silent_in_the_sweep_is_dropped() -> None:
    search = Search(backend=Mode.ARP, covered={"10.40.0.9", "10.40.0.10"})
    search.seen["10.40.0.10", "00:16:3e:00:00:0b"] = True
    search.add(
        [
            Neighbour("10.40.0.9", "00:16:3e:00:00:0a", "eth0", Standing.STALE),
            Neighbour("10.40.0.10", "00:16:3e:00:00:0b", "eth0", Standing.STALE),
            Neighbour("fe80::9", "00:16:3e:00:00:0c", "eth0", Standing.STALE),
        ]
    )
    assert {(item.address, item.confirmed) for item in search.trusted()} == {("10.40.0.10", True), ("fe80::9", False)}
