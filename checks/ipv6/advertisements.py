"""Router advertisements heard on the LAN (RFC 4861 §4.2). Needs a raw socket; without one there is nothing to hear."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterable

WINDOW_S = 0.7
"""Routers answer a solicitation within 0.5 s (MAX_RA_DELAY_TIME)."""
_SOLICITATION, _ADVERTISEMENT = 133, 134
_ALL_NODES, _ALL_ROUTERS = "ff02::1", "ff02::2"
_HOPS = 255
_HEAD = struct.Struct("!BBHBBH")
_PACKET = 2048


def advertised(packet: bytes) -> bool:
    """True for an advertisement of a router that offers itself as default: a lifetime above 0."""
    if len(packet) < _HEAD.size:
        return False
    kind, _, _, _, _, lifetime = _HEAD.unpack_from(packet)
    return bool(kind == _ADVERTISEMENT and lifetime > 0)


def raw_socket() -> socket.socket | None:
    """A raw ICMPv6 socket, None without the privilege (CAP_NET_RAW)."""
    try:
        made = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    except OSError:
        return None
    made.setblocking(False)
    return made


async def listen(
    interfaces: Iterable[str], heard: set[str], opened: Callable[[], socket.socket | None] = raw_socket
) -> bool:
    """
    Solicit once on each interface and put the sources of advertisements into ``heard`` for :data:`WINDOW_S`.

    False when nothing could be listened for.
    """
    made = opened()
    if made is None:
        return False
    loop = asyncio.get_running_loop()
    with made:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, _HOPS)
        for name in interfaces:
            with contextlib.suppress(OSError):  # an interface without IPv6 hears nothing
                index = socket.if_nametoindex(name)
                group = socket.inet_pton(socket.AF_INET6, _ALL_NODES) + struct.pack("@I", index)
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
                made.sendto(bytes([_SOLICITATION, 0, 0, 0, 0, 0, 0, 0]), (_ALL_ROUTERS, 0, 0, index))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WINDOW_S):
                while True:
                    packet, source = await loop.sock_recvfrom(made, _PACKET)
                    if advertised(packet):
                        heard.add(str(source[0]).partition("%")[0])
    return True
