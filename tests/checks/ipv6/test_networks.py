"""Networks that differ in one thing, and what the check says of each. Every network asserts its own state first."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from contract.outcome import Bound
from contract.outcome import Path as Distance
from contract.reason import ReasonCode
from contract.report import CheckRun
from tests.checks.inside import ROOT, by_name, run_inside, wait_for_port
from tests.testbed.lan import Lan, join_router, lan
from tests.testbed.namespaces import Namespace, bed

LAN6, NET6 = "2400:da00:40:1", "2400:da00:50"
SERVER = f"{NET6}::9"
TARGETS = [{"name": "server", "address": SERVER, "port": 80, "operator": "county"}]

pytestmark = pytest.mark.namespaces


@dataclass
class Internet:
    """A school's LAN, its router, and one server beyond it that is the web and the name server."""

    lan: Lan
    router: Namespace
    server: Namespace
    root: Path

    @property
    def pc(self) -> Namespace:
        return self.lan.pc

    def check(self, *, names: bool = True) -> CheckRun:
        return run_inside(self.pc, "ipv6", root=self.root, targets=TARGETS, names=["www.school.example"] if names else [])


@contextmanager
def internet(
    folder: Path, *, ipv6: bool = True, prefix: str = LAN6, default_route: bool = True, aaaa: str = SERVER
) -> Iterator[Internet]:
    """Dual stack by default. The root given to the check is the running system's but for the name server."""
    (folder / "etc").mkdir()
    (folder / "etc/resolv.conf").write_text("nameserver 10.50.0.9\n")
    for part in ("proc", "sys"):
        (folder / part).symlink_to(f"/{part}")
    with bed() as made:
        school = lan(made, 0, ipv6_network=prefix if ipv6 else None)
        router = join_router(made, school.switch, "lan0", "pr", "10.40.0.1/24", f"{prefix}::1/64")
        server = made.host("server")
        made.cable(router, "wan0", server, "eth0")
        router.address("wan0", "10.50.0.1/24", f"{NET6}::1/64")
        server.address("eth0", "10.50.0.9/24", f"{SERVER}/64")
        server.route("default", "10.50.0.1")
        server.route("default", f"{NET6}::1")
        school.pc.route("default", "10.40.0.1")
        if ipv6 and default_route:
            school.pc.route("default", f"{prefix}::1")
        server.start(sys.executable, str(ROOT / "tests/checks/ipv6/internet.py"), aaaa)
        wait_for_port(router, SERVER, 80)
        yield Internet(school, router, server, folder)


def test_a_dual_stack_network_is_ready(tmp_path: Path) -> None:
    with internet(tmp_path) as net:
        wait_for_port(net.pc, SERVER, 80)
        run = net.check()
    found = by_name(run)
    assert found["ipv6.ready"].value is True
    assert found["ipv6.ready"].path is Distance.WAN
    assert (found["ipv6.level"].value, found["ipv6.level"].bound) == (6, Bound.AT_LEAST)
    assert found["ipv6.global_addresses"].value == 1
    assert found["ipv6.default_route"].value is True
    assert found["ipv6.tcp_targets_reached"].value == 1
    assert found["ipv6.aaaa"].value is True
    assert run.evidence["source"] == "global"
    assert run.evidence["gateway_probe"] == "passed"


def test_without_names_readiness_cannot_be_told(tmp_path: Path) -> None:
    with internet(tmp_path) as net:
        wait_for_port(net.pc, SERVER, 80)
        found = by_name(net.check(names=False))
    assert (found["ipv6.ready"].value, why(found["ipv6.ready"].because)) == (None, ReasonCode.IPV6_NO_NAMES)
    assert (found["ipv6.level"].value, found["ipv6.level"].bound) == (5, Bound.AT_LEAST)


def test_a_network_of_ipv4_only_stops_at_link_local(tmp_path: Path) -> None:
    with internet(tmp_path, ipv6=False) as net:
        assert "scope global" not in net.pc.run("ip", "-6", "addr")
        found = by_name(net.check())
    assert (found["ipv6.ready"].value, why(found["ipv6.ready"].because)) == (False, ReasonCode.IPV6_LINK_LOCAL_ONLY)
    assert found["ipv6.level"].value == 1
    assert found["ipv6.aaaa"].value is True


def test_a_machine_with_ipv6_switched_off_is_at_level_nought(tmp_path: Path) -> None:
    with internet(tmp_path, ipv6=False) as net:
        net.pc.sysctl(net__ipv6__conf__eth0__disable_ipv6=1)
        assert "eth0" not in net.pc.run("ip", "-6", "addr")
        found = by_name(net.check())
    assert (found["ipv6.ready"].value, why(found["ipv6.ready"].because)) == (False, ReasonCode.IPV6_DISABLED)
    assert (found["ipv6.level"].value, found["ipv6.level"].bound) == (0, Bound.EXACT)


def test_an_address_without_default_route_stops_there(tmp_path: Path) -> None:
    with internet(tmp_path, default_route=False) as net:
        assert not net.pc.run("ip", "-6", "route", "show", "default")
        found = by_name(net.check())
    assert (found["ipv6.ready"].value, why(found["ipv6.ready"].because)) == (False, ReasonCode.IPV6_NO_DEFAULT_ROUTE)
    assert (found["ipv6.level"].value, found["ipv6.default_route"].value) == (1, False)


def test_a_black_hole_beyond_the_router_is_named(tmp_path: Path) -> None:
    with internet(tmp_path) as net:
        wait_for_port(net.pc, SERVER, 80)
        net.router.run("ip", "-6", "route", "add", "blackhole", f"{SERVER}/128")
        found = by_name(net.check())
    assert (found["ipv6.ready"].value, why(found["ipv6.ready"].because)) == (False, ReasonCode.IPV6_UPSTREAM_BLACK_HOLE)
    assert (found["ipv6.level"].value, found["ipv6.level"].bound) == (3, Bound.EXACT)
    assert found["ipv6.tcp_targets_reached"].value == 0


def test_a_router_that_refuses_is_told_from_a_black_hole(tmp_path: Path) -> None:
    with internet(tmp_path) as net:
        wait_for_port(net.pc, SERVER, 80)
        net.router.run("ip", "-6", "route", "add", "prohibit", f"{SERVER}/128")
        found = by_name(net.check())
    assert (found["ipv6.level"].value, why(found["ipv6.level"].because)) == (3, ReasonCode.IPV6_UPSTREAM_REJECTED)


def test_a_gateway_that_is_gone_is_named(tmp_path: Path) -> None:
    with internet(tmp_path) as net:
        net.router.run("ip", "link", "set", "lan0", "down")
        net.pc.run("ip", "-6", "neigh", "flush", "all")
        found = by_name(net.check())
    assert (found["ipv6.level"].value, why(found["ipv6.level"].because)) == (2, ReasonCode.IPV6_GATEWAY_SILENT)


def test_internal_addresses_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    with internet(tmp_path, prefix="fd00:40:1:0") as net:
        net.router.run("ip", "-6", "route", "add", "blackhole", f"{SERVER}/128")
        found = by_name(net.check())
    assert (found["ipv6.ready"].value, why(found["ipv6.ready"].because)) == (False, ReasonCode.IPV6_ULA_ONLY)
    assert found["ipv6.global_addresses"].value == 0


def test_a_6to4_address_is_no_native_ipv6(tmp_path: Path) -> None:
    with internet(tmp_path, prefix="2002:c000:204:1") as net:
        wait_for_port(net.pc, SERVER, 80)
        found = by_name(net.check())
    assert (found["ipv6.ready"].value, why(found["ipv6.ready"].because)) == (False, ReasonCode.IPV6_TRANSITION_ONLY)
    assert found["ipv6.level"].value == 5


def test_names_without_aaaa_are_named(tmp_path: Path) -> None:
    with internet(tmp_path, aaaa="-") as net:
        wait_for_port(net.pc, SERVER, 80)
        found = by_name(net.check())
    assert (found["ipv6.ready"].value, why(found["ipv6.ready"].because)) == (False, ReasonCode.IPV6_NO_AAAA)
    assert (found["ipv6.level"].value, found["ipv6.aaaa"].value) == (5, False)


def test_dead_name_servers_leave_it_open_and_not_failed(tmp_path: Path) -> None:
    with internet(tmp_path) as net:
        wait_for_port(net.pc, SERVER, 80)
        (tmp_path / "etc/resolv.conf").write_text("nameserver 10.40.0.99\n")
        found = by_name(net.check())
    assert found["ipv6.ready"].value is None
    assert why(found["ipv6.ready"].because) is ReasonCode.READING_FAILED
    assert found["ipv6.level"].bound is Bound.AT_LEAST


def why(reason: object) -> object:
    """The code of a reason."""
    return getattr(reason, "code", None)
