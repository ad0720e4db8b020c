"""
What kind of link an interface is: its medium, driver, speed and duplex.

Linux: ``/sys/class/net`` below ``root``. Windows: the rows of GetIfTable2. Nothing is sent and no privilege is needed.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from checks.network import windows
from checks.registry import CheckError
from contract.reason import ReasonCode


class Medium(StrEnum):
    """What carries the frames, as far as this machine can tell."""

    ETHERNET = "ethernet"
    WIFI = "wifi"
    MOBILE = "mobile"
    """A cellular modem, or a phone that shares its connection."""
    VPN = "vpn"
    VIRTUAL = "virtual"
    """The card of a virtual machine or container: the physical link cannot be seen from here."""
    BRIDGE = "bridge"
    """A bridge without a physical port."""
    LOOPBACK = "loopback"
    UNKNOWN = "unknown"


class Duplex(StrEnum):
    """Whether both directions have the whole speed at the same time."""

    FULL = "full"
    HALF = "half"


@dataclass(frozen=True, slots=True)
class Link:
    """
    An interface. ``speed_mbit_s`` and ``duplex`` are what was negotiated on the wire, None when unknown or virtual.

    ``carried_by`` are the interfaces below a bridge, bond or VLAN; medium, driver, speed and duplex are then theirs.
    """

    name: str
    medium: Medium
    driver: str | None = None
    speed_mbit_s: int | None = None
    duplex: Duplex | None = None
    up: bool = False
    carried_by: tuple[str, ...] = ()
    mac: str | None = None
    enslaved: bool = False
    """True for a port of a bridge or a member of a bond: the network is seen through those."""


VIRTUAL_DRIVERS = frozenset(
    {"veth", "virtio_net", "vmxnet3", "hv_netvsc", "xen-netfront", "xen_netfront", "vif", "ena", "gve", "ibmveth", "dummy"}
)
EMULATED_DRIVERS = frozenset({"e1000", "e1000e", "pcnet32", "8139cp", "8139too", "ne2k-pci", "tulip"})
"""Cards that hypervisors imitate; real ones exist too, so the processor's hypervisor flag decides."""
MOBILE_DRIVERS = frozenset({"qmi_wwan", "cdc_mbim", "huawei_cdc_ncm", "sierra_net", "option", "rndis_host", "ipheth"})
AMBIGUOUS_DRIVERS = frozenset({"cdc_ether", "cdc_ncm"})
"""USB cards, phones and modems all use these."""

_ETHERNET, _LOOPBACK = 1, 772
_TUNNELS = frozenset({65534, 768, 769, 776, 778, 823})
"""ARPHRD_NONE (tun, WireGuard), TUNNEL, TUNNEL6, SIT, IPGRE, IP6GRE of linux/if_arp.h."""
_VIRTUAL_TYPES = frozenset({"veth", "macvlan", "ipvlan", "dummy", "vxlan", "geneve", "ifb", "netkit"})
_MAX_SPEED_MBIT_S = 2**31 - 1
"""The kernel writes -1 or 4294967295 for "unknown"."""
_NESTING = 4
"""VLAN on bridge on bond on card."""


def read_links(*, root: Path, platform: str) -> list[Link]:
    """Every interface of this machine, by name."""
    if platform == "win32":
        return sorted((from_windows(item) for item in windows.interfaces()), key=lambda link: link.name)
    _only_linux(platform)
    folder = root / "sys/class/net"
    try:
        names = sorted(entry.name for entry in folder.iterdir() if (entry / "type").exists())
    except FileNotFoundError:
        names = []
    except OSError as error:
        raise CheckError(ReasonCode.READING_FAILED, problem=str(error)) from error
    return [read_link(name, root=root, platform=platform) for name in names]


def lan_links(links: list[Link]) -> list[Link]:
    """Those through which this machine sees a network of the school: up, no tunnel, no loopback, no container bridge."""
    media = (Medium.ETHERNET, Medium.WIFI, Medium.VIRTUAL, Medium.UNKNOWN)
    return [link for link in links if link.up and link.medium in media and not link.enslaved]


def read_link(name: str, *, root: Path, platform: str) -> Link:
    """
    The interface ``name``; :attr:`Medium.UNKNOWN` when there is no such interface.

    A VLAN, bond or bridge has the medium of the interfaces that carry it. Ports of virtual machines on a bridge do not count
    beside a physical port; carriers of different media give UNKNOWN.
    """
    if platform == "win32":
        return next((link for link in read_links(root=root, platform=platform) if link.name == name), _nowhere(name))
    _only_linux(platform)
    return _linux_link(root, name, _NESTING)


def _linux_link(root: Path, name: str, depth: int) -> Link:
    folder = root / "sys/class/net" / name
    own = Link(
        name,
        _medium(root, folder),
        driver=_driver(folder),
        speed_mbit_s=_speed(folder),
        duplex=_duplex(folder),
        up=_is_up(folder),
        carried_by=_carriers(folder),
        mac=_mac(folder),
        enslaved=(folder / "master").exists(),
    )
    if own.carried_by and depth:
        return _carried(own, [_linux_link(root, lower, depth - 1) for lower in own.carried_by])
    if own.medium in (Medium.VIRTUAL, Medium.BRIDGE, Medium.VPN, Medium.LOOPBACK):
        return replace(own, speed_mbit_s=None, duplex=None)  # veth says 10000 Mbit/s, a bridge the fastest port
    return own


def _carried(own: Link, lower: list[Link]) -> Link:
    physical = [link for link in lower if link.medium not in (Medium.VIRTUAL, Medium.BRIDGE, Medium.LOOPBACK, Medium.VPN)]
    carriers = physical or [link for link in lower if link.medium is Medium.VIRTUAL]
    media = {link.medium for link in carriers}
    if not physical and own.medium is Medium.BRIDGE:
        return replace(own, speed_mbit_s=None, duplex=None)
    if len(media) != 1:
        return replace(own, medium=Medium.UNKNOWN, speed_mbit_s=None, duplex=None)
    drivers = sorted({link.driver for link in carriers if link.driver})
    speeds = [link.speed_mbit_s for link in carriers]
    duplexes = {link.duplex for link in carriers}
    known = [speed for speed in speeds if speed is not None]
    return replace(
        own,
        medium=media.pop(),
        driver=",".join(drivers) or None,
        # The slowest carrier: which port or member a connection takes cannot be seen from outside.
        speed_mbit_s=min(known) if known and len(known) == len(speeds) else None,
        duplex=duplexes.pop() if len(duplexes) == 1 else None,
    )


def _medium(root: Path, folder: Path) -> Medium:
    kind, device_type, driver = _number(folder / "type"), _device_type(folder), _driver(folder)
    if kind is None:
        return Medium.UNKNOWN
    tests = (
        (Medium.LOOPBACK, kind == _LOOPBACK),
        (Medium.WIFI, device_type == "wlan" or (folder / "wireless").exists() or (folder / "phy80211").exists()),
        (Medium.MOBILE, device_type == "wwan" or driver in MOBILE_DRIVERS),
        (Medium.VPN, kind in _TUNNELS or device_type == "wireguard"),
        (Medium.VIRTUAL, (folder / "tun_flags").exists()),  # a tap: the card of a virtual machine
        (Medium.BRIDGE, device_type == "bridge" or (folder / "bridge").exists()),
        (Medium.VIRTUAL, device_type in _VIRTUAL_TYPES or driver in VIRTUAL_DRIVERS),
        (Medium.VIRTUAL, driver in EMULATED_DRIVERS and _inside_a_virtual_machine(root)),
        (Medium.UNKNOWN, driver in AMBIGUOUS_DRIVERS or kind != _ETHERNET),
        # A card has a device behind it. What has none was made by software: a veth, or a kind not known here.
        (Medium.ETHERNET, (folder / "device").exists()),
    )
    return next((medium for medium, fits in tests if fits), Medium.VIRTUAL)


def _carriers(folder: Path) -> tuple[str, ...]:
    ports = folder / "brif"
    if ports.is_dir():
        return tuple(sorted(entry.name for entry in ports.iterdir()))
    if folder.is_dir() and not (folder / "device").exists() and _device_type(folder) not in _VIRTUAL_TYPES:
        return tuple(
            sorted(entry.name.removeprefix("lower_") for entry in folder.iterdir() if entry.name.startswith("lower_"))
        )
    return ()


def _driver(folder: Path) -> str | None:
    """Name of the driver; for software links the kind that the kernel made (``veth`` has no entry of its own)."""
    link = folder / "device/driver"
    if link.exists():
        return link.resolve().name
    if (folder / "tun_flags").exists():
        return "tun"
    if folder.exists() and not (folder / "device").exists():
        return _device_type(folder) or ("veth" if _is_paired(folder) else None)
    return None


def _is_paired(folder: Path) -> bool:
    """A veth's ``iflink`` is the index of its other end; a card's is its own."""
    index, peer = _number(folder / "ifindex"), _number(folder / "iflink")
    return index is not None and peer is not None and index != peer


def _device_type(folder: Path) -> str | None:
    for line in _text(folder / "uevent").splitlines():
        if line.startswith("DEVTYPE="):
            return line.removeprefix("DEVTYPE=")
    return None


def _speed(folder: Path) -> int | None:
    speed = _number(folder / "speed")
    return speed if speed is not None and 0 < speed < _MAX_SPEED_MBIT_S else None


def _duplex(folder: Path) -> Duplex | None:
    word = _text(folder / "duplex")
    return Duplex(word) if word in set(Duplex) else None


def _is_up(folder: Path) -> bool:
    state, flags = _text(folder / "operstate"), _text(folder / "flags")
    return state == "up" or (
        state == "unknown" and bool(int(flags or "0", 16) & 1)
    )  # IFF_UP; loopback and tun stay "unknown"


def _mac(folder: Path) -> str | None:
    address = _text(folder / "address").lower()
    return address if len(address) == len("00:00:00:00:00:00") and address.strip("0:") else None


def _inside_a_virtual_machine(root: Path) -> bool:
    return any(
        line.startswith("flags") and " hypervisor" in line for line in _text(root / "proc/cpuinfo").splitlines()
    ) or _text(root / "sys/hypervisor/type") not in ("", "none")


def _number(path: Path) -> int | None:
    word = _text(path)
    return int(word) if word.lstrip("-").isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # absent, or EINVAL: `speed` and `duplex` of a link that is down cannot be read
        return ""


_WINDOWS_MEDIA: dict[int, Medium] = {
    windows.IfType.LOOPBACK: Medium.LOOPBACK,
    windows.IfType.WIFI: Medium.WIFI,
    windows.IfType.TUNNEL: Medium.VPN,
    windows.IfType.VIRTUAL: Medium.VPN,
    windows.IfType.WWAN_GSM: Medium.MOBILE,
    windows.IfType.WWAN_CDMA: Medium.MOBILE,
}
_WINDOWS_WIRELESS = {
    windows.Media.WIRELESS_LAN: Medium.WIFI,
    windows.Media.NATIVE_802_11: Medium.WIFI,
    windows.Media.WIRELESS_WAN: Medium.MOBILE,
    windows.Media.BLUETOOTH: Medium.UNKNOWN,
}
_WINDOWS_VIRTUAL = ("hyper-v", "vmware", "virtualbox", "virtio", "xen", "vmxnet")
_WINDOWS_TUNNELS = ("tap-windows", "wintun", "wireguard", "vpn", "tunnel")
_WINDOWS_TETHERS = ("remote ndis", "rndis", "apple mobile device")


def from_windows(item: windows.Interface) -> Link:
    """The link of a Windows interface; ``driver`` is the card's description, and duplex is not told by the system."""
    words = item.description.lower()
    if item.type in _WINDOWS_MEDIA:
        medium = _WINDOWS_MEDIA[item.type]
    elif item.type != windows.IfType.ETHERNET:
        medium = Medium.UNKNOWN
    elif item.physical_medium in _WINDOWS_WIRELESS:
        medium = _WINDOWS_WIRELESS[windows.Media(item.physical_medium)]
    elif any(word in words for word in _WINDOWS_TUNNELS):
        medium = Medium.VPN
    elif any(word in words for word in _WINDOWS_TETHERS):
        medium = Medium.MOBILE
    elif any(word in words for word in _WINDOWS_VIRTUAL) or not item.hardware:
        medium = Medium.VIRTUAL
    else:
        medium = Medium.ETHERNET
    visible = medium in (Medium.ETHERNET, Medium.WIFI, Medium.MOBILE, Medium.UNKNOWN)
    speed = item.speed_bit_s // 1_000_000 if item.speed_bit_s and visible else None
    return Link(item.name, medium, item.description or None, speed, None, item.up, (), item.mac)


def _nowhere(name: str) -> Link:
    return Link(name, Medium.UNKNOWN)


def _only_linux(platform: str) -> None:
    if platform != "linux":
        raise CheckError(ReasonCode.UNSUPPORTED_PLATFORM, system=platform)
