"""What kind of link an interface is, from recorded /sys trees."""

from pathlib import Path

import pytest

from checks.network import windows
from checks.network.links import Duplex, Link, Medium, from_windows, lan_links, read_link, read_links
from tests.checks.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def link(machine: Machine, name: str) -> Link:
    return read_link(name, root=machine.root, platform="linux")


def test_a_card_is_ethernet_with_what_it_negotiated(machine: Machine) -> None:
    machine.nic("enp3s0", driver="r8169", speed="1000", duplex="full")
    assert link(machine, "enp3s0") == Link(
        "enp3s0", Medium.ETHERNET, "r8169", 1000, Duplex.FULL, up=True, mac="00:16:3e:00:00:02"
    )


@pytest.mark.parametrize("speed", ["-1", "4294967295", "", "0"])
def test_a_speed_the_kernel_does_not_know_is_none(machine: Machine, speed: str) -> None:
    machine.nic("eth0", driver="r8169", speed=speed, duplex="unknown")
    assert link(machine, "eth0").speed_mbit_s is None
    assert link(machine, "eth0").duplex is None


@pytest.mark.parametrize(
    ("nic", "medium"),
    [
        ({"driver": "iwlwifi", "device_type": "wlan"}, Medium.WIFI),
        ({"driver": "rtl8723", "folders": ("wireless",)}, Medium.WIFI),
        ({"driver": "ath9k", "folders": ("phy80211",)}, Medium.WIFI),
        ({"driver": "qmi_wwan", "device_type": "wwan"}, Medium.MOBILE),
        ({"driver": "rndis_host"}, Medium.MOBILE),
        ({"driver": "cdc_ether"}, Medium.UNKNOWN),
        ({"kind": 65534, "folders": ("tun_flags",)}, Medium.VPN),
        ({"kind": 65534, "device_type": "wireguard"}, Medium.VPN),
        ({"kind": 776}, Medium.VPN),
        ({"kind": 772, "state": "unknown"}, Medium.LOOPBACK),
        ({"kind": 512}, Medium.UNKNOWN),
        ({"folders": ("bridge",), "device_type": "bridge"}, Medium.BRIDGE),
        ({"driver": "virtio_net", "speed": "10000"}, Medium.VIRTUAL),
        ({"driver": "vmxnet3", "speed": "10000"}, Medium.VIRTUAL),
        ({"driver": "hv_netvsc"}, Medium.VIRTUAL),
        ({"device_type": "veth", "speed": "10000"}, Medium.VIRTUAL),
        ({"speed": "10000"}, Medium.VIRTUAL),
    ],
)
def test_media_are_told_apart(machine: Machine, nic: dict[str, object], medium: Medium) -> None:
    machine.nic("x0", **nic)  # type: ignore[arg-type]
    assert link(machine, "x0").medium is medium


@pytest.mark.parametrize(("flags", "medium"), [("fpu vme", Medium.ETHERNET), ("fpu hypervisor", Medium.VIRTUAL)])
def test_a_card_that_hypervisors_imitate_is_virtual_only_below_one(machine: Machine, flags: str, medium: Medium) -> None:
    machine.write("proc/cpuinfo", f"model name\t: A CPU\nflags\t\t: {flags}\n")
    machine.nic("eth0", driver="e1000", speed="1000", duplex="full")
    assert link(machine, "eth0").medium is medium


def test_a_virtual_card_has_no_speed_whatever_it_claims(machine: Machine) -> None:
    machine.nic("eth0", driver="virtio_net", speed="10000", duplex="full")
    assert link(machine, "eth0").speed_mbit_s is None
    assert link(machine, "eth0").duplex is None


def test_a_vlan_on_a_bond_has_what_its_slowest_card_has(machine: Machine) -> None:
    machine.nic("eth0", driver="igb", speed="1000", duplex="full", folders=("master",))
    machine.nic("eth1", driver="igb", speed="100", duplex="full", folders=("master",))
    machine.nic("bond0", device_type="bond", speed="1100", lower=("eth0", "eth1"))
    machine.nic("bond0.7", device_type="vlan", lower=("bond0",))
    found = link(machine, "bond0.7")
    assert (found.medium, found.speed_mbit_s, found.duplex, found.driver) == (Medium.ETHERNET, 100, Duplex.FULL, "igb")


def test_a_bridge_has_the_medium_of_its_physical_port_beside_virtual_machines(machine: Machine) -> None:
    machine.nic("eth0", driver="igb", speed="1000", duplex="full", folders=("master",))
    machine.nic("vnet0", folders=("tun_flags", "master"))
    machine.nic("br0", device_type="bridge", folders=("bridge", "brif/eth0", "brif/vnet0"))
    found = link(machine, "br0")
    assert (found.medium, found.speed_mbit_s, found.carried_by) == (Medium.ETHERNET, 1000, ("eth0", "vnet0"))


def test_a_bond_of_cable_and_wifi_is_unknown(machine: Machine) -> None:
    machine.nic("eth0", driver="igb", speed="1000", duplex="full")
    machine.nic("wlan0", driver="iwlwifi", device_type="wlan")
    machine.nic("bond0", device_type="bond", lower=("eth0", "wlan0"))
    assert link(machine, "bond0").medium is Medium.UNKNOWN


def test_a_bridge_of_containers_only_stays_a_bridge_and_is_no_lan(machine: Machine) -> None:
    machine.nic("veth1", device_type="veth", folders=("master",))
    machine.nic("docker0", device_type="bridge", folders=("bridge", "brif/veth1"))
    machine.nic("eth0", driver="igb", speed="1000", duplex="full")
    machine.nic("eth1", driver="igb", state="down")
    machine.nic("tun0", kind=65534, state="unknown")
    everything = read_links(root=machine.root, platform="linux")
    assert link(machine, "docker0").medium is Medium.BRIDGE
    assert [item.name for item in lan_links(everything)] == ["eth0"]


def test_an_interface_that_is_not_there_is_unknown(machine: Machine) -> None:
    assert link(machine, "eth9") == Link("eth9", Medium.UNKNOWN)
    assert read_links(root=machine.root, platform="linux") == []


@pytest.mark.parametrize(
    ("type_", "medium", "hardware", "description", "expected"),
    [
        (6, 14, True, "Realtek PCIe GbE Family Controller", Medium.ETHERNET),
        (6, 0, True, "Intel(R) Ethernet Connection I219-V", Medium.ETHERNET),
        (71, 9, True, "Intel(R) Wi-Fi 6 AX201", Medium.WIFI),
        (6, 9, True, "Some 802.11 card that says Ethernet", Medium.WIFI),
        (243, 8, True, "Mobile Broadband", Medium.MOBILE),
        (6, 0, True, "Remote NDIS based Internet Sharing Device", Medium.MOBILE),
        (6, 0, False, "TAP-Windows Adapter V9", Medium.VPN),
        (53, 0, False, "Wintun Userspace Tunnel", Medium.VPN),
        (131, 0, False, "Teredo Tunneling Pseudo-Interface", Medium.VPN),
        (6, 0, True, "Hyper-V Virtual Ethernet Adapter", Medium.VIRTUAL),
        (6, 0, False, "Something that only software made", Medium.VIRTUAL),
        (24, 0, False, "Software Loopback Interface 1", Medium.LOOPBACK),
        (23, 0, False, "WAN Miniport (PPPOE)", Medium.UNKNOWN),
    ],
)
def test_windows_interfaces_are_told_apart(
    type_: int, medium: int, hardware: bool, description: str, expected: Medium
) -> None:
    item = windows.Interface(
        "以太网", description, 12, type_, medium, hardware=hardware, up=True, mac=None, speed_bit_s=10**9
    )
    found = from_windows(item)
    assert found.medium is expected
    assert (found.speed_mbit_s is None) is (expected in (Medium.VPN, Medium.VIRTUAL, Medium.LOOPBACK))
