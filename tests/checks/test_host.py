"""What the check ``host`` reports, and what it never does."""

import getpass
import socket
from pathlib import Path

import pytest

from checks.host import cpu_model, system_name
from checks.registry import all_checks
from contract.reason import Reason, ReasonCode
from contract.wire import encode
from tests.checks.machine import Machine, context


def test_the_running_machine_is_described() -> None:
    item = all_checks()["host"]
    found = {measurement.name: measurement.value for measurement in item.run(context(item)).measurements}
    assert isinstance(found["host.cpu_count"], int)
    assert found["host.cpu_count"] >= 1
    assert isinstance(found["host.memory_mib"], int)
    assert found["host.memory_mib"] > 64
    assert isinstance(found["host.disk_total_mib"], int)
    assert isinstance(found["host.disk_free_mib"], int)
    assert 0 <= found["host.disk_free_mib"] <= found["host.disk_total_mib"]
    assert isinstance(found["host.uptime_s"], float)
    assert found["host.uptime_s"] > 0
    assert set(found) <= set(item.measures)


def test_neither_the_hosts_name_nor_a_users_leaves() -> None:
    item = all_checks()["host"]
    found = item.run(context(item))
    sent = encode([found.measurements, found.evidence]).decode()
    assert f'"{socket.gethostname()}"' not in sent
    assert f'"{getpass.getuser()}"' not in sent


def test_cards_are_reported_without_their_macs(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.nic("lo", kind=772, state="unknown")
    machine.nic("eth0", driver="r8169", speed="1000", duplex="full", mac="00:16:3e:12:34:56")
    machine.nic("ens3", driver="vmxnet3")
    machine.nic("eth1", driver="r8169", state="down")
    item = all_checks()["host"]
    found = item.run(context(item, tmp_path))
    speeds = {one.subject: one for one in found.measurements if one.name == "host.nic_speed_mbit_s"}
    assert {name: one.value for name, one in speeds.items()} == {"eth0": 1000, "ens3": None}
    assert speeds["ens3"].because == Reason(ReasonCode.LINK_IS_VIRTUAL, {"driver": "vmxnet3"})
    assert [one.value for one in found.measurements if one.name == "host.nics_up"] == [2]
    assert [nic["name"] for nic in found.evidence["nics"]] == ["ens3", "eth0", "eth1"]
    assert b"12:34:56" not in encode(found.evidence)


@pytest.mark.parametrize("place", ["etc/os-release", "usr/lib/os-release"])
def test_the_system_names_itself(tmp_path: Path, place: str) -> None:
    Machine(tmp_path).write(place, 'NAME="Kylin"\nPRETTY_NAME="Kylin V10 SP1"\n')
    assert system_name(tmp_path, "linux") == "Kylin V10 SP1"


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("processor\t: 0\nmodel name\t: Intel(R) Core(TM) i5-8500\n", "Intel(R) Core(TM) i5-8500"),
        ("Model Name\t\t: Loongson-3A5000\n", "Loongson-3A5000"),
        ("processor\t: 0\nHardware\t: Kunpeng 920\n", "Kunpeng 920"),
        ("processor\t: 0\n", None),
    ],
)
def test_the_processor_names_itself(tmp_path: Path, text: str, model: str | None) -> None:
    Machine(tmp_path).write("proc/cpuinfo", text)
    assert cpu_model(tmp_path, "linux") == model
