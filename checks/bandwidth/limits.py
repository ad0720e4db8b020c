"""What else than the line can have limited a throughput: the link, the processor, other traffic of this machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from checks.bandwidth.flow import Direction, Flow
from checks.bandwidth.overhead import HEADER_BYTES
from checks.network import windows

_ARPHRD_ETHER, _ARPHRD_PPP, _ARPHRD_LOOPBACK = 1, 512, 772
"""linux/if_arp.h"""
_TUNNEL_TYPES = frozenset({65534, 768, 769, 776, 778, 823})
"""ARPHRD_NONE (tun, WireGuard), TUNNEL, TUNNEL6, SIT, IPGRE, IP6GRE."""
_VIRTUAL_DRIVERS = frozenset({"virtio_net", "vmxnet3", "hv_netvsc", "xen-netfront", "vif", "ena", "gve", "veth", "netvsc"})
"""They report a fixed speed that no cable has."""
CPU_LIMIT_PERCENT = 80.0
MACHINE_LIMIT_PERCENT = 90.0
LATE_LIMIT_PERCENT = 5.0
"""A busy machine held us up only if the engine's ticks came late; other programs at low priority do not."""
NIC_SHARE = 0.95


class LinkKind(StrEnum):
    """Of the interface that carries the test."""

    WIRED = "wired"
    WIRELESS = "wireless"
    TUNNEL = "tunnel"
    PPP = "ppp"
    VIRTUAL = "virtual"
    LOOPBACK = "loopback"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Link:
    """``speed_mbit_s`` None means unknown: not told, or told by a virtual driver. ``header_bytes`` as its counters count."""

    name: str | None
    kind: LinkKind
    speed_mbit_s: int | None = None
    half_duplex: bool = False
    driver: str = ""
    header_bytes: int = HEADER_BYTES


UNKNOWN_LINK = Link(None, LinkKind.UNKNOWN)


def look(
    name: str | None,
    *,
    root: Path,
    platform: str,
    stats: Callable[[], Mapping[str, Any]] = psutil.net_if_stats,
) -> Link:
    """The link named ``name``: Linux from /sys/class/net below ``root``, Windows from GetIfTable2, elsewhere from psutil."""
    if name is None:
        return UNKNOWN_LINK
    told = stats().get(name)
    speed = told.speed if told is not None and told.speed > 0 else None
    half = told is not None and told.duplex == psutil.NIC_DUPLEX_HALF
    if platform == "win32":
        return _windows_link(name, speed, half)
    if platform != "linux":
        return Link(name, LinkKind.UNKNOWN, speed, half)
    return _linux_link(name, root / "sys/class/net", speed, half, stats)


def _linux_link(name: str, folder: Path, speed: int | None, half: bool, stats: Callable[[], Mapping[str, Any]]) -> Link:
    place = folder / name
    kind_number = _number(place / "type")
    if kind_number == _ARPHRD_LOOPBACK:
        return Link(name, LinkKind.LOOPBACK, header_bytes=0)
    if (place / "wireless").exists() or (place / "phy80211").exists():
        return Link(name, LinkKind.WIRELESS, speed)
    if kind_number == _ARPHRD_PPP:
        return Link(name, LinkKind.PPP, header_bytes=0)
    if kind_number in _TUNNEL_TYPES or (place / "tun_flags").exists():
        return Link(name, LinkKind.TUNNEL, header_bytes=HEADER_BYTES if kind_number == _ARPHRD_ETHER else 0)
    lower = sorted(found.name.removeprefix("lower_") for found in place.glob("lower_*"))
    if lower and not (place / "device").exists():
        return _over(name, [_below(other, folder, stats) for other in lower])
    driver = place / "device" / "driver"
    told = driver.readlink().name if driver.is_symlink() else ""
    if not (place / "device").exists() or told in _VIRTUAL_DRIVERS:
        return Link(name, LinkKind.VIRTUAL, driver=told)
    return Link(name, LinkKind.WIRED, speed, half, told)


def _below(name: str, folder: Path, stats: Callable[[], Mapping[str, Any]]) -> Link:
    told = stats().get(name)
    speed = told.speed if told is not None and told.speed > 0 else None
    return _linux_link(name, folder, speed, told is not None and told.duplex == psutil.NIC_DUPLEX_HALF, stats)


def _over(name: str, lower: list[Link]) -> Link:
    """A bridge, bond or VLAN: as slow as the slowest link below it, and wireless when one of them is."""
    kinds = [link.kind for link in lower]
    order = (LinkKind.WIRELESS, LinkKind.TUNNEL, LinkKind.WIRED, LinkKind.PPP)
    kind = next((found for found in order if found in kinds), LinkKind.VIRTUAL)
    speeds = [link.speed_mbit_s for link in lower if link.speed_mbit_s]
    driver = next((link.driver for link in lower if link.driver), "")
    return Link(name, kind, min(speeds, default=None), any(link.half_duplex for link in lower), driver)


def _windows_link(name: str, speed: int | None, half: bool) -> Link:
    row = next((found for found in windows.interfaces() if found.name == name), None)
    if row is None:
        return Link(name, LinkKind.UNKNOWN, speed, half)
    wireless = {windows.Media.WIRELESS_LAN, windows.Media.NATIVE_802_11, windows.Media.WIRELESS_WAN, windows.Media.BLUETOOTH}
    if row.type == windows.IfType.WIFI or row.physical_medium in wireless:
        return Link(name, LinkKind.WIRELESS, speed)
    if row.type == windows.IfType.PPP:
        return Link(name, LinkKind.PPP)
    if row.type in {windows.IfType.TUNNEL, windows.IfType.VIRTUAL}:
        return Link(name, LinkKind.TUNNEL)
    if not row.hardware:
        return Link(name, LinkKind.VIRTUAL, driver=row.description)
    return Link(name, LinkKind.WIRED, speed, half, row.description)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # not there on this kernel: the kind stays open
        return None


def own_percent(flow: Flow) -> float:
    """This process's share of one core during the stretch that counts."""
    start, end = _load_between(flow)
    return 100 * (end[1] - start[1]) / max(end[0] - start[0], 1e-6)


def machine_percent(flow: Flow) -> float:
    """Busy share of all cores during the stretch that counts."""
    start, end = _load_between(flow)
    return 100 * (end[2] - start[2]) / max(end[3] - start[3], 1e-6) if end[3] > start[3] else 0.0


def late_percent(flow: Flow) -> float:
    """Share of the engine's 10-ms ticks that came a whole tick late or more."""
    return 100 * flow.trace.late_ticks / max(flow.trace.ticks, 1)


def _load_between(flow: Flow) -> tuple[tuple[float, float, float, float], tuple[float, float, float, float]]:
    samples = flow.trace.load
    inside = [sample for sample in samples if flow.stretch.since_s - 0.11 <= sample[0] <= flow.stretch.until_s + 0.11]
    chosen = inside if len(inside) > 1 else samples
    return chosen[0], chosen[-1]


def lost_percent(flow: Flow) -> float:
    """Segments sent again, in percent of those sent; 0 where nobody tells."""
    again, sent = flow.segments or (0, 0)
    return 100 * again / sent if sent else 0.0


def other_mbit_s(flow: Flow, link: Link) -> float | None:
    """
    What else this machine moved in the direction of the test, in Mbit/s as the card counts; None without counters.

    Segments sent again are not other traffic. Card counters over less than 1 s are noisy by an interrupt batch (measured),
    so a short stretch gives None.
    """
    card = flow.trace.received if flow.direction is Direction.DOWNLOAD else flow.trace.sent
    since_s, until_s = flow.stretch.since_s, flow.stretch.until_s
    if not card.times or until_s - since_s < 1.0 or link.kind is LinkKind.LOOPBACK:
        return None
    packet_bytes = flow.packet.mss + flow.packet.headers + link.header_bytes
    own = flow.stretch.mbit_s * packet_bytes / flow.packet.mss
    if flow.trace.again.times:
        own += (flow.trace.again.at(until_s) - flow.trace.again.at(since_s)) * packet_bytes * 8e-6 / (until_s - since_s)
    return max(0.0, card.mbit_s(since_s, until_s) - own)


def queued_mbit_s(flow: Flow) -> float:
    """
    How far the card may be ahead of the payload without any other traffic.

    What waits in the line's queue has left the card and not arrived: at most the rise of the round trip, once per stretch.
    """
    trips = flow.round_trips()
    if flow.idle_ms is None or not trips:
        return 0.0
    rise_s = max(0.0, median(trips) - flow.idle_ms) / 1000
    return flow.stretch.mbit_s * rise_s / max(flow.stretch.until_s - flow.stretch.since_s, 1e-6)
