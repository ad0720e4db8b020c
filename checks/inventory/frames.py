"""The frames of a search: ARP (RFC 826), MLD (RFC 3810) and ICMPv6 (RFC 4443, 4861), made and read by offsets."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

_BROADCAST = b"\xff" * 6
_ARP, _IPV6 = b"\x08\x06", b"\x86\xdd"
_ARP_HEADER = struct.Struct("!HHBBH")
_ARP_BYTES = 42
_PADDING = bytes(60 - _ARP_BYTES)
"""An Ethernet frame has at least 60 bytes before its check sequence."""
_ALL_NODES = IPv6Address("ff02::1").packed
_ALL_NODES_MAC = bytes.fromhex("333300000001")
_IPV6_HEADER = struct.Struct("!IHBB")
_ROUTER_ALERT = bytes((58, 0, 5, 2, 0, 0, 1, 0))
"""Hop-by-hop header with the alert that MLD must carry (RFC 3810 §5), padded to eight bytes."""
_ICMPV6, _HOP_BY_HOP = 58, 0
_ECHO, _ECHO_REPLY, _MLD_QUERY = 128, 129, 130
_ROUTER_ADVERTISEMENT, _SOLICITATION, _ADVERTISEMENT = 134, 135, 136
_SPOKEN = frozenset({_ECHO_REPLY, 131, 143, 133, _ROUTER_ADVERTISEMENT, _SOLICITATION, _ADVERTISEMENT})
"""What a host on this link says of itself: echo replies, MLDv1 and v2 reports, neighbour discovery."""
_ON_LINK_HOPS = 255
"""A router lowers it, so 255 proves that the packet comes from this link (RFC 4861 §3.1)."""
_ADDRESS_BYTES = 16


@dataclass(frozen=True, slots=True)
class Heard:
    """Who spoke: MAC as bytes, address packed (4 or 16 bytes), and whether it says it is a router."""

    mac: bytes
    address: bytes
    router: bool = False


def arp_request(mac: bytes, address: IPv4Address, target: bytes, to: bytes = _BROADCAST) -> bytes:
    """Who has ``target`` (packed)? ``to`` a known MAC makes it a question to that host alone, which no switch floods."""
    head = _ARP_HEADER.pack(1, 0x0800, 6, 4, 1)
    return to + mac + _ARP + head + mac + address.packed + bytes(6) + target + _PADDING


def parse_arp(frame: bytes) -> Heard | None:
    """Who sent this ARP frame, request or reply; None when it is none, or says nothing of a host."""
    if len(frame) < _ARP_BYTES or frame[12:14] != _ARP:
        return None
    if _ARP_HEADER.unpack_from(frame, 14)[:4] != (1, 0x0800, 6, 4):
        return None
    mac, address = frame[22:28], frame[28:32]
    # 0.0.0.0 asks whether an address is free (RFC 5227); a group MAC is no host's
    return Heard(mac, address) if any(address) and _of_a_host(mac) else None


def mld_query(mac: bytes, source: IPv6Address, answer_within_ms: int) -> bytes:
    """A general query of MLDv2: every host reports its groups once, at a random moment within the time given."""
    body = struct.pack("!BBHHH", _MLD_QUERY, 0, 0, answer_within_ms, 0) + bytes(16) + struct.pack("!BBH", 2, 125, 0)
    return _to_all_nodes(mac, source, body, hops=1, extension=_ROUTER_ALERT)


def echo_request(mac: bytes, source: IPv6Address, identifier: int) -> bytes:
    """An echo request to all nodes."""
    return _to_all_nodes(mac, source, struct.pack("!BBHHH", _ECHO, 0, 0, identifier, 1), hops=64)


def parse_icmpv6(frame: bytes) -> Heard | None:
    """Who on this link sent this ICMPv6 message; None when it says nothing certain of one host."""
    if len(frame) < 62 or frame[12:14] != _IPV6:  # noqa: PLR2004 - Ethernet, IPv6 and ICMPv6 headers
        return None
    kind, place = frame[20], 54
    if kind == _HOP_BY_HOP:
        kind, place = frame[54], 54 + (frame[55] + 1) * 8
    if kind != _ICMPV6 or place + 4 > len(frame) or frame[place] not in _SPOKEN:
        return None
    mac, source, message = frame[6:12], frame[22:38], frame[place]
    if not _of_a_host(mac):
        return None
    if message == _SOLICITATION and not any(source):  # duplicate address detection: the host is about to use the target
        source = frame[place + 8 : place + 8 + _ADDRESS_BYTES]
    on_link = source[:1] == b"\xfe" and source[1] & 0xC0 == 0x80  # noqa: PLR2004 - fe80::/10
    discovered = message in (_SOLICITATION, _ADVERTISEMENT) and frame[21] == _ON_LINK_HOPS and len(source) == _ADDRESS_BYTES
    if not (on_link or (discovered and source[0] != 0xFF and any(source))):  # noqa: PLR2004 - multicast
        return None
    router = message == _ROUTER_ADVERTISEMENT or (message == _ADVERTISEMENT and bool(frame[place + 4] & 0x80))
    return Heard(mac, source, router)


def _of_a_host(mac: bytes) -> bool:
    return any(mac) and not mac[0] & 1


def _to_all_nodes(mac: bytes, source: IPv6Address, body: bytes, *, hops: int, extension: bytes = b"") -> bytes:
    pseudo = source.packed + _ALL_NODES + struct.pack("!II", len(body), _ICMPV6)
    body = body[:2] + _checksum(pseudo + body).to_bytes(2, "big") + body[4:]
    header = _IPV6_HEADER.pack(6 << 28, len(extension) + len(body), _HOP_BY_HOP if extension else _ICMPV6, hops)
    return _ALL_NODES_MAC + mac + _IPV6 + header + source.packed + _ALL_NODES + extension + body


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
