"""Links as Linux shows them below /sys, and what else held a flow down."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from checks.bandwidth.limits import Link, LinkKind, look

FULL, HALF, UNKNOWN = psutil.NIC_DUPLEX_FULL, psutil.NIC_DUPLEX_HALF, psutil.NIC_DUPLEX_UNKNOWN


def interface(root: Path, name: str, *, kind: int = 1, driver: str | None = None, below: tuple[str, ...] = ()) -> Path:
    """An interface of a recorded tree; without a driver it is one that only software made."""
    place = root / "sys/class/net" / name
    place.mkdir(parents=True)
    (place / "type").write_text(f"{kind}\n", encoding="ascii")
    if driver:
        drivers = root / "sys/bus/drivers" / driver
        drivers.mkdir(parents=True, exist_ok=True)
        (place / "device").mkdir()
        (place / "device/driver").symlink_to(drivers)
    for other in below:
        (place / f"lower_{other}").symlink_to(root / "sys/class/net" / other)
    return place


def seen(root: Path, name: str | None, **speeds: tuple[int, int]) -> Link:
    table = {card: SimpleNamespace(speed=speed, duplex=duplex) for card, (speed, duplex) in speeds.items()}
    return look(name, root=root, platform="linux", stats=lambda: table)


def test_a_cable_with_its_negotiated_speed(tmp_path: Path) -> None:
    interface(tmp_path, "eth0", driver="r8169")
    assert seen(tmp_path, "eth0", eth0=(100, FULL)) == Link("eth0", LinkKind.WIRED, 100, False, "r8169")


def test_half_duplex_is_seen(tmp_path: Path) -> None:
    interface(tmp_path, "eth0", driver="e1000e")
    assert seen(tmp_path, "eth0", eth0=(100, HALF)).half_duplex


def test_a_card_without_a_link_has_no_speed(tmp_path: Path) -> None:
    interface(tmp_path, "eth0", driver="e1000e")
    assert seen(tmp_path, "eth0", eth0=(0, UNKNOWN)).speed_mbit_s is None


@pytest.mark.parametrize("mark", ["wireless", "phy80211"])
def test_wireless_is_known_by_either_mark(tmp_path: Path, mark: str) -> None:
    (interface(tmp_path, "wlan0", driver="iwlwifi") / mark).mkdir()
    assert seen(tmp_path, "wlan0", wlan0=(0, UNKNOWN)).kind is LinkKind.WIRELESS


@pytest.mark.parametrize("driver", ["virtio_net", "vmxnet3", "hv_netvsc"])
def test_the_fixed_speed_of_a_virtual_card_is_not_believed(tmp_path: Path, driver: str) -> None:
    interface(tmp_path, "eth0", driver=driver)
    assert seen(tmp_path, "eth0", eth0=(10_000, FULL)) == Link("eth0", LinkKind.VIRTUAL, driver=driver)


def test_an_interface_of_software_alone_is_virtual(tmp_path: Path) -> None:
    interface(tmp_path, "veth1")
    assert seen(tmp_path, "veth1", veth1=(10_000, FULL)) == Link("veth1", LinkKind.VIRTUAL)


@pytest.mark.parametrize(("kind", "name"), [(65534, "wg0"), (65534, "tun0"), (776, "sit1"), (778, "gre1")])
def test_tunnels_are_known_by_their_type(tmp_path: Path, kind: int, name: str) -> None:
    interface(tmp_path, name, kind=kind)
    found = seen(tmp_path, name)
    assert (found.kind, found.header_bytes) == (LinkKind.TUNNEL, 0)


def test_a_tap_is_a_tunnel_although_it_looks_like_ethernet(tmp_path: Path) -> None:
    (interface(tmp_path, "tap0") / "tun_flags").write_text("0x1002", encoding="ascii")
    found = seen(tmp_path, "tap0")
    assert (found.kind, found.header_bytes) == (LinkKind.TUNNEL, 14)


def test_ppp_is_a_line_and_no_vpn(tmp_path: Path) -> None:
    interface(tmp_path, "ppp0", kind=512)
    assert seen(tmp_path, "ppp0").kind is LinkKind.PPP


def test_a_bridge_is_as_slow_as_the_slowest_card_below(tmp_path: Path) -> None:
    interface(tmp_path, "eth0", driver="r8169")
    interface(tmp_path, "eth1", driver="r8169")
    interface(tmp_path, "br0", below=("eth0", "eth1"))
    found = seen(tmp_path, "br0", eth0=(100, FULL), eth1=(1000, FULL))
    assert (found.name, found.kind, found.speed_mbit_s) == ("br0", LinkKind.WIRED, 100)


def test_a_vlan_over_wireless_is_wireless(tmp_path: Path) -> None:
    (interface(tmp_path, "wlan0", driver="iwlwifi") / "wireless").mkdir()
    interface(tmp_path, "vlan7", below=("wlan0",))
    assert seen(tmp_path, "vlan7").kind is LinkKind.WIRELESS


def test_loopback_has_no_speed(tmp_path: Path) -> None:
    interface(tmp_path, "lo", kind=772)
    assert seen(tmp_path, "lo", lo=(0, UNKNOWN)) == Link("lo", LinkKind.LOOPBACK, header_bytes=0)


def test_an_unknown_interface_is_called_unknown(tmp_path: Path) -> None:
    assert seen(tmp_path, None).kind is LinkKind.UNKNOWN


def test_other_systems_go_by_what_psutil_says(tmp_path: Path) -> None:
    table = {"en0": SimpleNamespace(speed=1000, duplex=FULL)}
    found = look("en0", root=tmp_path, platform="darwin", stats=lambda: table)
    assert found == Link("en0", LinkKind.UNKNOWN, 1000)
