"""What a rate of TCP payload is on the wire: a perfect 100BASE-TX line shows 94.15 Mbit/s."""

import struct
from dataclasses import dataclass

ETHERNET_BYTES = 38
"""Layer 1 around a packet: 14 header, 4 FCS, 8 preamble, 12 gap (IEEE 802.3)."""
HEADER_BYTES = 14
"""What the byte counters of a network card count beyond the packet itself."""
PPPOE_BYTES = 8
PPPOE_MTU = 1492
TIMESTAMP_BYTES = 12
_OPTIONS_OFFSET, _TIMESTAMPS = 5, 0x01
"""struct tcp_info of linux/tcp.h: tcpi_options, TCPI_OPT_TIMESTAMPS."""
_RETRANS_OFFSET, _ACKED_OFFSET, _SEGS_OUT_OFFSET = 100, 120, 136
_USUAL_MTUS = frozenset({1500, PPPOE_MTU})


@dataclass(frozen=True, slots=True)
class Packet:
    """A full packet of the path: ``mss`` payload bytes behind ``headers`` bytes of IP and TCP."""

    mss: int
    headers: int

    @property
    def ip_share(self) -> float:
        """Bytes at IP level per byte of payload."""
        return (self.mss + self.headers) / self.mss

    @property
    def line_share(self) -> float:
        """Bytes at layer 1 of Ethernet per byte of payload. A path MTU of 1492 means PPPoE, with 8 bytes more."""
        packet = self.mss + self.headers
        return (packet + ETHERNET_BYTES + (PPPOE_BYTES if packet == PPPOE_MTU else 0)) / self.mss

    @property
    def card_share(self) -> float:
        """Bytes that a network card counts per byte of payload."""
        return (self.mss + self.headers + HEADER_BYTES) / self.mss


def packet_of(mss: int | None, *, ipv6: bool, tcp_info: bytes) -> tuple[Packet, bool]:
    """
    The packet behind a socket's MSS, and whether timestamps were seen to be on.

    ``tcp_info`` is Linux's struct or empty; without it, timestamps are on when they complete the packet to a usual MTU.
    Without an MSS the largest usual payload is taken: that gives the smallest overhead, so the line value errs downwards.
    """
    bare = (40 if ipv6 else 20) + 20
    if mss is None:
        return Packet(1500 - bare, bare), False
    if len(tcp_info) > _OPTIONS_OFFSET:
        stamped = bool(tcp_info[_OPTIONS_OFFSET] & _TIMESTAMPS)
    else:
        stamped = mss + bare + TIMESTAMP_BYTES in _USUAL_MTUS
    return Packet(mss, bare + (TIMESTAMP_BYTES if stamped else 0)), stamped


def acknowledged(tcp_info: bytes) -> int | None:
    """Bytes that the peer has acknowledged, None where the system does not tell."""
    if len(tcp_info) < _SEGS_OUT_OFFSET:
        return None
    return int(struct.unpack_from("=Q", tcp_info, _ACKED_OFFSET)[0])


def segments(tcp_info: bytes) -> tuple[int, int] | None:
    """(retransmitted, sent) segments of a socket, None where the system does not tell."""
    if len(tcp_info) < _SEGS_OUT_OFFSET + 4:
        return None
    return (
        struct.unpack_from("=I", tcp_info, _RETRANS_OFFSET)[0],
        struct.unpack_from("=I", tcp_info, _SEGS_OUT_OFFSET)[0],
    )
