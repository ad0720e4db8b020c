"""
Which way packets take: over a router, over the local network, or not out of this machine at all.

Linux: the kernel's main tables below ``root``, by longest prefix and then metric. Policy routing (``ip rule``: several
tables, routes by mark or source) is out of scope: where it is in use, ``path_to`` tells the way of the main table.
Windows: :mod:`checks.network.windows` asks the system.
"""

import ipaddress
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Literal

from checks.network import windows
from checks.registry import CheckError
from contract import outcome
from contract.reason import ReasonCode

Family = Literal[4, 6]
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_UP, _GATEWAY, _REJECT = 0x1, 0x2, 0x200
"""RTF_* of linux/route.h."""
_ANYCAST, _LOCAL = 0x100000, 0x80000000
"""RTF_ANYCAST and RTF_LOCAL of linux/ipv6_route.h."""
_ADVERTISED = 0x40000
"""RTF_ADDRCONF: made by a router advertisement."""
_IPV6_COLUMNS, _IPV4_COLUMNS = 10, 8
_HALF_OF_ALL = 1
"""VPNs replace a default route by two routes of prefix length 1."""


_ANYWHERE: dict[Family, Address] = {4: IPv4Address(0), 6: IPv6Address(0)}
_SOCKET_FAMILY: dict[Family, socket.AddressFamily] = {4: socket.AF_INET, 6: socket.AF_INET6}


class RouteError(CheckError):
    """No way leads to the address, or the tables cannot be read."""


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of the main table. ``gateway`` None means that the destination is on the link itself."""

    network: Network
    gateway: str | None
    interface: str
    metric: int
    usable: bool = True
    """False for routes that reject (unreachable, prohibit, blackhole)."""
    own: bool = False
    """True when the network is this machine itself."""


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """Where packets for the rest of the world go. ``gateway`` is None on point-to-point links."""

    gateway: str | None
    interface: str
    metric: int


def path_to(address: str, *, root: Path, platform: str) -> tuple[outcome.Path, str | None]:
    """
    How far packets to ``address`` (an IP literal, a zone is allowed) go, and the interface they leave by, if known.

    LOCAL: loopback or an address of this machine. LAN: on the link, no gateway. WAN: through a gateway, or out of a
    point-to-point link that carries the default route. An IPv4-mapped address counts as the IPv4 address it holds.

    Raises ValueError when ``address`` is no IP literal, :class:`RouteError` when no route leads there.
    """
    literal, _, zone = address.partition("%")
    target = _unmapped(ipaddress.ip_address(literal))
    if target.is_loopback or target.is_unspecified:
        return outcome.Path.LOCAL, "lo" if platform == "linux" else None
    if platform == "win32":
        return _windows_path(str(target), zone)
    _only_linux(platform)
    own = own_addresses(root)
    if any(target in network for network in own):
        return outcome.Path.LOCAL, "lo"
    if zone:
        return outcome.Path.LAN, zone
    route = best_route(target, routes(root))
    if route is None or not route.usable:
        raise RouteError(ReasonCode.NO_DEFAULT_ROUTE)
    far = route.gateway is not None or route.network.prefixlen <= _HALF_OF_ALL
    return (outcome.Path.WAN if far else outcome.Path.LAN), route.interface


def default_route(family: Family, *, root: Path, platform: str) -> DefaultRoute | None:
    """
    The default route of the main table with the lowest metric, None without one. One that rejects counts as none.

    Halves (``0.0.0.0/1`` and ``128.0.0.0/1``, ``::/1`` and ``8000::/1``), as VPNs set them, win over it.
    """
    if platform == "win32":
        found = windows.best_route(str(_ANYWHERE[family]))
        return DefaultRoute(found.gateway, found.interface, found.metric) if found and not found.loopback else None
    _only_linux(platform)
    inside = [route for route in routes(root) if route.network.version == family and route.usable and not route.own]
    halves = [route for route in inside if route.network.prefixlen == _HALF_OF_ALL]
    if len({route.network for route in halves}) == 2:  # noqa: PLR2004 - both halves
        best = min(halves, key=lambda route: route.metric)
        return DefaultRoute(best.gateway, best.interface, best.metric)
    whole = best_route(_ANYWHERE[family], [route for route in inside if route.network.prefixlen == 0])
    return DefaultRoute(whole.gateway, whole.interface, whole.metric) if whole else None


def advertised_gateways(*, root: Path, platform: str) -> list[str]:
    """
    Routers whose advertisements gave this machine a default route, by address. Linux only: RTF_ADDRCONF marks such routes.

    Needs no privilege, and knows only routers that offer themselves as default.
    """
    if platform != "linux":
        return []
    found = set()
    for words in map(str.split, _lines(root / "proc/net/ipv6_route")):
        wanted = _UP | _GATEWAY | _ADVERTISED
        if len(words) >= _IPV6_COLUMNS and int(words[1], 16) == 0 and int(words[8], 16) & wanted == wanted:
            found.add(str(IPv6Address(int(words[4], 16))))
    return sorted(found)


def best_route(target: Address, table: list[Route]) -> Route | None:
    """The entry that carries packets to ``target``: longest prefix, then lowest metric."""
    fitting = [route for route in table if route.network.version == target.version and target in route.network]
    return min(fitting, key=lambda route: (-route.network.prefixlen, route.metric), default=None)


def routes(root: Path) -> list[Route]:
    """The main tables of both families. A family whose file is absent (IPv6 switched off at boot) has none."""
    return [*_ipv4_routes(_lines(root / "proc/net/route")), *_ipv6_routes(_lines(root / "proc/net/ipv6_route"))]


def own_addresses(root: Path) -> list[Network]:
    """Networks that are this machine itself: its addresses, and 127.0.0.0/8."""
    found: list[Network] = [IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")]
    candidate = ""
    for line in _lines(root / "proc/net/fib_trie"):
        words = line.split()
        if words[:1] == ["|--"]:
            candidate = words[1]
        elif words[1:] == ["host", "LOCAL"]:
            found.append(IPv4Network(f"{candidate}{words[0]}"))
    found.extend(IPv6Network(int(line.split()[0], 16)) for line in _lines(root / "proc/net/if_inet6"))
    return found


def source_towards(address: str, family: Family) -> str | None:
    """
    The source address that the system would choose (RFC 6724) for packets to ``address``, None without a route.

    A UDP ``connect()`` sends nothing; it works on every system without privileges.
    """
    with socket.socket(_SOCKET_FAMILY[family], socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:  # ENETUNREACH, EADDRNOTAVAIL: the answer is that there is no way
            return None
        return str(probe.getsockname()[0]).partition("%")[0]


def _ipv4_routes(lines: list[str]) -> list[Route]:
    found = []
    for line in lines[1:]:
        words = line.split()
        if len(words) < _IPV4_COLUMNS:
            continue
        interface, destination, gateway, flags, mask = words[0], words[1], words[2], int(words[3], 16), words[7]
        if flags & _UP or flags & _REJECT:
            network = IPv4Network((_native(destination), str(IPv4Address(_native(mask)))))
            through = str(IPv4Address(_native(gateway))) if flags & _GATEWAY else None
            found.append(Route(network, through, interface, int(words[6]), usable=not flags & _REJECT))
    return found


def _ipv6_routes(lines: list[str]) -> list[Route]:
    found = []
    for line in lines:
        words = line.split()
        if len(words) < _IPV6_COLUMNS:
            continue
        flags = int(words[8], 16)
        network = IPv6Network((int(words[0], 16), int(words[1], 16)))
        if network.is_multicast or flags & _ANYCAST:
            continue
        found.append(
            Route(
                network,
                str(IPv6Address(int(words[4], 16))) if flags & _GATEWAY else None,
                words[9],
                int(words[5], 16),
                usable=not flags & _REJECT,
                own=bool(flags & _LOCAL),
            )
        )
    return found


def _native(word: str) -> int:
    """An address of /proc/net/route: hexadecimal digits of the number as it lies in memory, in this machine's byte order."""
    return int(struct.unpack("!I", struct.pack("=I", int(word, 16)))[0])


def _unmapped(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _windows_path(address: str, zone: str) -> tuple[outcome.Path, str | None]:
    if zone:
        return outcome.Path.LAN, zone
    found = windows.best_route(address)
    if found is None:
        raise RouteError(ReasonCode.NO_DEFAULT_ROUTE)
    if found.loopback or found.source == address:
        return outcome.Path.LOCAL, found.interface
    far = found.gateway is not None or found.prefix_length <= _HALF_OF_ALL
    return (outcome.Path.WAN if far else outcome.Path.LAN), found.interface


def _only_linux(platform: str) -> None:
    if platform != "linux":
        raise RouteError(ReasonCode.UNSUPPORTED_PLATFORM, system=platform)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RouteError(ReasonCode.READING_FAILED, problem=str(error)) from error
