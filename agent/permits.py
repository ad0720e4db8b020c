"""What this account may do on this machine. Nothing is sent: sockets are opened and closed again."""

import socket
import sys
from collections.abc import Callable

OpenSocket = Callable[..., socket.socket]
_ROUTED_IPV6 = ("2400:3200::1", 53)
"""Connecting a UDP socket looks up the route and sends nothing (RFC 8305 §3 uses the same to learn source addresses)."""


def raw_sockets(open_socket: OpenSocket = socket.socket, platform: str = sys.platform) -> bool:
    """True when packets can be built by hand: root, CAP_NET_RAW, or a Windows administrator."""
    if platform == "linux":
        return _opens(open_socket, socket.AF_PACKET, socket.SOCK_RAW, 0)
    return _opens(open_socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


def ping_sockets(open_socket: OpenSocket = socket.socket) -> bool:
    """True when pings need no privilege: ``net.ipv4.ping_group_range`` takes this account in."""
    return _opens(open_socket, socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)


def ipv6_route(open_socket: OpenSocket = socket.socket) -> str | None:
    """The source address this machine would use towards the IPv6 internet, or None without a route."""
    try:
        with open_socket(socket.AF_INET6, socket.SOCK_DGRAM, 0) as probe:
            probe.connect(_ROUTED_IPV6)
            return str(probe.getsockname()[0])
    except OSError:
        return None


def _opens(open_socket: OpenSocket, family: int, kind: int, protocol: int) -> bool:
    try:
        open_socket(family, kind, protocol).close()
    except OSError:
        return False
    return True
