"""What the check ``host`` reports, and what it never does."""

import datetime as dt
import getpass
import socket
from pathlib import Path

import pytest

from checks.host.check import cpu_model, system_name
from checks.host.hardware import Battery, Disk, Form, Hardware, filled, form_of, read_hardware, serial_key
from checks.host.support import linux_support, windows_support
from checks.host.windows import Protection, read_windows
from checks.registry import all_checks
from contract.reason import Reason, ReasonCode
from contract.wire import encode
from tests.checks.machine import SECRET, Machine, context


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


def laptop(root: Path) -> Machine:
    machine = Machine(root)
    for name, text in {
        "sys_vendor": "LENOVO",
        "product_name": "20XY",
        "chassis_type": "10",
        "product_serial": "PF3ABCDE",
    }.items():
        machine.write(f"sys/class/dmi/id/{name}", f"{text}\n")
    machine.write("sys/class/drm/card0-eDP-1/status", "connected\n")
    machine.write("sys/class/drm/card0-HDMI-A-1/status", "disconnected\n")
    for name, text in {"type": "Battery", "capacity": "81", "energy_full": "45000", "energy_full_design": "50000"}.items():
        machine.write(f"sys/class/power_supply/BAT0/{name}", f"{text}\n")
    machine.write("sys/class/power_supply/AC/type", "Mains\n")
    for name, text in {
        "size": "1000215216",
        "removable": "0",
        "queue/rotational": "0",
        "device/model": "SAMSUNG MZ",
    }.items():
        machine.write(f"sys/block/nvme0n1/{name}", f"{text}\n")
    machine.write("sys/block/loop0/size", "8\n")
    machine.write("sys/block/sdb/size", "1000\n")
    machine.write("sys/block/sdb/removable", "1\n")
    machine.write("sys/block/sdb/device/model", "Stick\n")
    return machine


def test_a_laptop_tells_what_it_is(tmp_path: Path) -> None:
    assert read_hardware(laptop(tmp_path).root) == Hardware(
        model="LENOVO 20XY",
        form=Form.LAPTOP,
        serial="PF3ABCDE",
        displays=1,
        battery=Battery(81, 90),
        disks=(Disk("nvme0n1", "SAMSUNG MZ", 488386, rotating=False),),
    )


def test_the_serial_number_leaves_as_a_keyed_hash_only(tmp_path: Path) -> None:
    laptop(tmp_path)
    item = all_checks()["host"]
    found = item.run(context(item, tmp_path))
    values = {one.name: one.value for one in found.measurements}
    assert values["host.serial_key"] == serial_key("PF3ABCDE", SECRET) != serial_key("PF3ABCDE", bytes(32))
    assert values["host.form"] == "laptop"
    assert b"PF3ABCDE" not in encode([found.measurements, found.evidence])


def test_a_machine_that_says_nothing_gets_no_values_for_it(tmp_path: Path) -> None:
    Machine(tmp_path)
    assert read_hardware(tmp_path) == Hardware()
    item = all_checks()["host"]
    names = {one.name for one in item.run(context(item, tmp_path)).measurements}
    assert not names & {"host.model", "host.serial_key", "host.battery_percent", "host.displays", "host.os_supported"}


@pytest.mark.parametrize(
    "text", ["", "None", "To Be Filled By O.E.M.", "Default string", "System Serial Number", "0000000", "Not Specified"]
)
def test_what_makers_leave_unfilled_is_no_value(text: str) -> None:
    assert filled(text) is None


@pytest.mark.parametrize(
    ("chassis", "model", "form"),
    [
        (3, "Dell OptiPlex", "desktop"),
        (0x80 | 9, "Dell Latitude", "laptop"),
        (13, "HP ProOne", "all_in_one"),
        (1, "QEMU Standard PC (Q35)", "virtual"),
        (3, "VMware, Inc. VMware7,1", "virtual"),
        (2, "Dell", None),
        (None, None, None),
    ],
)
def test_the_form_follows_from_firmware(chassis: int | None, model: str | None, form: str | None) -> None:
    assert form_of(chassis, model) == form


def test_the_end_of_support_is_known_for_systems_in_the_table() -> None:
    assert linux_support({"ID": "debian", "VERSION_ID": "12"}) == dt.date(2028, 6, 30)
    assert linux_support({"ID": "kylin", "VERSION_ID": "V10"}) is None
    assert [windows_support(build) for build in (7601, 19045, 99999)] == [dt.date(2020, 1, 14), dt.date(2025, 10, 14), None]


BIOS, POLICY = (
    r"HARDWARE\DESCRIPTION\System\BIOS",
    r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy",
)
DEFENDER = r"SOFTWARE\Microsoft\Windows Defender"
RECORDED: dict[tuple[str, str], str | int] = {
    (BIOS, "SystemManufacturer"): "HP",
    (BIOS, "SystemProductName"): "HP ProDesk 400 G6",
    (rf"{POLICY}\StandardProfile", "EnableFirewall"): 1,
    (rf"{POLICY}\PublicProfile", "EnableFirewall"): 1,
    (r"SOFTWARE\Microsoft\Windows NT\CurrentVersion", "CurrentBuildNumber"): "19045",
    (DEFENDER, "ProductStatus"): 0,
}


def test_windows_tells_its_protection() -> None:
    machine, protection, build = read_windows(lambda path, name: RECORDED.get((path, name)))
    assert (machine.model, protection, build) == ("HP ProDesk 400 G6", Protection(firewall=True, antivirus=True), 19045)


def test_protection_that_is_off_or_not_told_is_not_called_on() -> None:
    off = RECORDED | {
        (rf"{POLICY}\PublicProfile", "EnableFirewall"): 0,
        (rf"{DEFENDER}\Real-Time Protection", "DisableRealtimeMonitoring"): 1,
    }
    assert read_windows(lambda path, name: off.get((path, name)))[1] == Protection(firewall=False, antivirus=False)
    assert read_windows(lambda _path, _name: None)[1] == Protection(firewall=None, antivirus=None)
