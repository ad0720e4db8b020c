"""What the check ``wired`` says of recorded machines, and of a machine in a simulated network."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.registry import all_checks
from contract.outcome import Bound, Provenance
from contract.outcome import Path as Distance
from contract.reason import Reason, ReasonCode
from contract.report import Measurement
from tests.checks.inside import by_name, run_inside, wait_for_port
from tests.checks.machine import Machine, context
from tests.testbed.lan import join_router, lan
from tests.testbed.namespaces import bed


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def collector() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def measured(machine: Machine, url: str | None = None, **options: Any) -> dict[str, Measurement]:
    item = all_checks()["wired"]
    return {found.name: found for found in item.run(context(item, machine.root, url=url, **options)).measurements}


def test_a_wired_card_and_a_reached_collector_prove_wired_egress_with_the_path(machine: Machine, collector: str) -> None:
    machine.office()
    found = measured(machine, collector)
    assert found["wired.egress_is_wired"].value is True
    assert found["wired.egress_is_wired"].path is Distance.LOCAL
    assert found["wired.medium"].value == "ethernet"
    assert found["wired.link_speed_mbit_s"].value == 1000
    assert found["wired.full_duplex"].value is True


def test_without_a_collector_nothing_is_proven(machine: Machine) -> None:
    machine.office()
    egress = measured(machine)["wired.egress_is_wired"]
    assert (egress.value, egress.path) == (None, None)
    assert egress.because == Reason(ReasonCode.EGRESS_NOT_PROVEN)


def test_a_collector_that_refuses_proves_nothing(machine: Machine) -> None:
    machine.office()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        egress = measured(machine, f"http://127.0.0.1:{taken.getsockname()[1]}")["wired.egress_is_wired"]
    assert egress.value is None
    assert egress.because == Reason(ReasonCode.EGRESS_NOT_PROVEN)


@pytest.mark.parametrize("nic", [{"driver": "iwlwifi", "device_type": "wlan"}, {"driver": "rndis_host"}])
def test_a_wireless_machine_does_not_prove_that_there_is_no_cable(
    machine: Machine, collector: str, nic: dict[str, str]
) -> None:
    machine.office(**nic)
    egress = measured(machine, collector)["wired.egress_is_wired"]
    assert (egress.value, egress.bound) == (False, Bound.AT_LEAST)
    assert egress.because == Reason(ReasonCode.LINK_IS_WIRELESS)


def test_behind_a_virtual_card_the_link_cannot_be_seen(machine: Machine, collector: str) -> None:
    machine.office(driver="virtio_net")
    found = measured(machine, collector)
    reason = Reason(ReasonCode.LINK_IS_VIRTUAL, {"driver": "virtio_net"})
    for name in ("wired.egress_is_wired", "wired.link_speed_mbit_s", "wired.full_duplex"):
        assert (found[name].value, found[name].because) == (None, reason)


def test_an_administrator_may_declare_what_a_virtual_card_hides(machine: Machine, collector: str) -> None:
    machine.office(driver="virtio_net")
    egress = measured(machine, collector, declared={"eth0": "ethernet"})["wired.egress_is_wired"]
    assert (egress.value, egress.provenance) == (True, Provenance.ATTESTED)
    assert egress.because == Reason(ReasonCode.DECLARED_BY_ADMINISTRATOR)


def test_a_declaration_needs_a_reached_collector_too(machine: Machine) -> None:
    machine.office(driver="virtio_net")
    assert measured(machine, declared={"eth0": "ethernet"})["wired.egress_is_wired"].value is None


def test_what_the_machine_sees_nobody_declares_away(machine: Machine, collector: str) -> None:
    machine.office(driver="iwlwifi", device_type="wlan")
    egress = measured(machine, collector, declared={"eth0": "ethernet"})["wired.egress_is_wired"]
    assert (egress.value, egress.provenance) == (False, Provenance.AGENT_MEASURED)


def test_no_default_route_is_a_measured_fact_and_leaves_the_egress_open(machine: Machine, collector: str) -> None:
    machine.nic("eth0", driver="r8169")
    found = measured(machine, collector)
    assert found["wired.default_route"].value is False
    assert found["wired.egress_is_wired"].value is None
    assert found["wired.egress_is_wired"].because == Reason(ReasonCode.NO_DEFAULT_ROUTE)


def test_a_vpn_hides_the_link(machine: Machine, collector: str) -> None:
    machine.office(driver=None, kind=65534)
    egress = measured(machine, collector)["wired.egress_is_wired"]
    assert (egress.value, egress.because) == (None, Reason(ReasonCode.LINK_KIND_UNKNOWN))


@pytest.mark.namespaces
def test_in_a_real_network_the_path_to_the_collector_is_lan_or_wan() -> None:
    with bed() as made:
        network = lan(made, 1)
        router = join_router(made, network.switch, "lan0", "pr", "10.40.0.1/24")
        server = made.host("county")
        made.cable(router, "wan0", server, "eth0")
        router.address("wan0", "10.50.0.1/24")
        server.address("eth0", "10.50.0.9/24")
        server.route("default", "10.50.0.1")
        network.pc.route("default", "10.40.0.1")
        for host in (server, network.neighbours[0]):
            host.start(sys.executable, "-m", "http.server", "8470", "--directory", "/var/empty")
        for address, expected in (("10.50.0.9", Distance.WAN), ("10.40.0.10", Distance.LAN)):
            wait_for_port(network.pc, address, 8470)
            found = by_name(run_inside(network.pc, "wired", url=f"http://{address}:8470", declared={"eth0": "ethernet"}))
            assert (found["wired.egress_is_wired"].value, found["wired.egress_is_wired"].path) == (True, expected)
