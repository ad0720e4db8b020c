"""How far packets go, read from recorded routing tables."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from checks.network.routes import DefaultRoute, RouteError, best_route, default_route, path_to, routes
from contract.outcome import Path as Distance
from contract.reason import ReasonCode
from tests.checks.machine import Machine

IPV6_ROUTES = """\
2400da00004000010000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
2400da00004000010000000000000020 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000001 00000000 80200001     eth0
2400da00004000010000000000000000 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000001 00000000 80300001     eth0
ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
"""  # noqa: E501 - lines as the kernel writes them


@pytest.fixture
def office(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.office()
    machine.write("proc/net/ipv6_route", IPV6_ROUTES)
    machine.write("proc/net/if_inet6", "2400da00004000010000000000000020 02 40 00 80     eth0\n")
    return machine


@pytest.mark.parametrize(
    ("address", "distance", "interface"),
    [
        ("127.0.0.1", Distance.LOCAL, "lo"),
        ("127.8.8.8", Distance.LOCAL, "lo"),
        ("::1", Distance.LOCAL, "lo"),
        ("0.0.0.0", Distance.LOCAL, "lo"),
        ("192.168.1.20", Distance.LOCAL, "lo"),
        ("::ffff:192.168.1.20", Distance.LOCAL, "lo"),
        ("2400:da00:40:1::20", Distance.LOCAL, "lo"),
        ("192.168.1.77", Distance.LAN, "eth0"),
        ("2400:da00:40:1::77", Distance.LAN, "eth0"),
        ("fe80::9%eth0", Distance.LAN, "eth0"),
        ("203.0.113.9", Distance.WAN, "eth0"),
        ("192.168.2.1", Distance.WAN, "eth0"),
        ("2400:da00:99::1", Distance.WAN, "eth0"),
    ],
)
def test_it_tells_local_lan_and_wan_apart(office: Machine, address: str, distance: Distance, interface: str) -> None:
    assert path_to(address, root=office.root, platform="linux") == (distance, interface)


def test_without_a_route_it_says_so_instead_of_guessing(tmp_path: Path) -> None:
    Machine(tmp_path)
    with pytest.raises(RouteError) as caught:
        path_to("203.0.113.9", root=tmp_path, platform="linux")
    assert caught.value.reason.code is ReasonCode.NO_DEFAULT_ROUTE


def test_a_rejecting_route_leads_nowhere(office: Machine) -> None:
    office.ipv4_route("*", "007100CB", "00000000", "00FFFFFF", flags="0200")
    with pytest.raises(RouteError):
        path_to("203.0.113.9", root=office.root, platform="linux")


def test_a_text_that_is_no_address_is_refused(office: Machine) -> None:
    with pytest.raises(ValueError, match="does not appear"):
        path_to("collector.example", root=office.root, platform="linux")


def test_the_longest_prefix_wins_and_then_the_lowest_metric(office: Machine) -> None:
    office.ipv4_route("wlan0", "00000000", "0102A8C0", "00000000", metric=50)
    office.ipv4_route("tun0", "0000000A", "00000000", "000000FF", flags="0001")
    table = routes(office.root)
    near, far = best_route(IPv4Address("10.1.2.3"), table), best_route(IPv4Address("8.8.8.8"), table)
    assert near is not None
    assert near.interface == "tun0"
    assert far is not None
    assert far.interface == "wlan0"


def test_the_default_routes_are_those_with_the_lowest_metric(office: Machine) -> None:
    assert default_route(4, root=office.root, platform="linux") == DefaultRoute("192.168.1.1", "eth0", 100)
    assert default_route(6, root=office.root, platform="linux") == DefaultRoute("fe80::1", "eth0", 0x400)


def test_the_kernels_own_rejecting_entry_is_no_default_route(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write("proc/net/ipv6_route", IPV6_ROUTES.splitlines()[3] + "\n")
    assert default_route(6, root=tmp_path, platform="linux") is None
    assert default_route(4, root=tmp_path, platform="linux") is None


def test_two_halves_of_a_vpn_win_over_the_default_route(office: Machine) -> None:
    office.ipv4_route("tun0", "00000000", "00000000", "00000080", flags="0001")
    office.ipv4_route("tun0", "00000080", "00000000", "00000080", flags="0001")
    assert default_route(4, root=office.root, platform="linux") == DefaultRoute(None, "tun0", 0)
    assert path_to("203.0.113.9", root=office.root, platform="linux") == (Distance.WAN, "tun0")


def test_a_point_to_point_default_route_leaves_the_lan(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.ipv4_route("ppp0", "00000000", "00000000", "00000000", flags="0001")
    assert path_to("203.0.113.9", root=tmp_path, platform="linux") == (Distance.WAN, "ppp0")


def test_another_system_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(RouteError) as caught:
        path_to("203.0.113.9", root=tmp_path, platform="darwin")
    assert caught.value.reason.params == {"system": "darwin"}
