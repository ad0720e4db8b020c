"""The overhead table for a line of exactly 100 Mbit/s, computed again from the packet."""

import struct

import pytest

from checks.bandwidth.overhead import Packet, packet_of, segments

IPV4_STAMPED, IPV4_BARE, IPV6_STAMPED, IPV6_BARE = Packet(1448, 52), Packet(1460, 40), Packet(1428, 72), Packet(1440, 60)


@pytest.mark.parametrize(
    ("packet", "goodput"), [(IPV4_STAMPED, 94.15), (IPV4_BARE, 94.93), (IPV6_STAMPED, 92.85), (IPV6_BARE, 93.63)]
)
def test_a_100_mbit_port_carries_this_payload(packet: Packet, goodput: float) -> None:
    assert round(100 / packet.line_share, 2) == goodput


@pytest.mark.parametrize(
    ("packet", "goodput"),
    [(Packet(1440, 52), 93.63), (Packet(1452, 40), 94.41), (Packet(1420, 72), 92.33), (Packet(1432, 60), 93.11)],
)
def test_pppoe_costs_eight_bytes_of_each_frame(packet: Packet, goodput: float) -> None:
    assert round(100 / packet.line_share, 2) == goodput


@pytest.mark.parametrize(
    ("packet", "goodput"),
    [
        (IPV4_STAMPED, 96.53),
        (IPV4_BARE, 97.33),
        (IPV6_STAMPED, 95.20),
        (IPV6_BARE, 96.00),
        (Packet(1440, 52), 96.51),
        (Packet(1420, 72), 95.17),
    ],
)
def test_a_shaper_at_ip_level_lets_this_payload_through(packet: Packet, goodput: float) -> None:
    assert round(100 / packet.ip_share, 2) == goodput


def info(options: int, *, retransmitted: int = 0, sent: int = 0) -> bytes:
    raw = bytearray(232)
    raw[5] = options
    struct.pack_into("=I", raw, 100, retransmitted)
    struct.pack_into("=I", raw, 136, sent)
    return bytes(raw)


@pytest.mark.parametrize(
    ("mss", "ipv6", "tcp_info", "packet", "stamped"),
    [
        (1448, False, info(0x07), IPV4_STAMPED, True),
        (1460, False, info(0x06), IPV4_BARE, False),
        (1428, True, info(0x01), IPV6_STAMPED, True),
        (1448, False, b"", IPV4_STAMPED, True),
        (1460, False, b"", IPV4_BARE, False),
        (1440, True, b"", IPV6_BARE, False),
        (1440, False, b"", Packet(1440, 52), True),
        (None, False, b"", IPV4_BARE, False),
        (None, True, b"", IPV6_BARE, False),
    ],
)
def test_the_packet_follows_from_the_socket(
    mss: int | None, ipv6: bool, tcp_info: bytes, packet: Packet, stamped: bool
) -> None:
    assert packet_of(mss, ipv6=ipv6, tcp_info=tcp_info) == (packet, stamped)


def test_an_unknown_mss_never_makes_a_line_look_faster() -> None:
    guessed, _ = packet_of(None, ipv6=False, tcp_info=b"")
    assert all(guessed.line_share <= real.line_share for real in (IPV4_STAMPED, IPV4_BARE, Packet(1440, 52)))


def test_segments_are_read_where_linux_keeps_them() -> None:
    assert segments(info(0, retransmitted=7, sent=9000)) == (7, 9000)
    assert segments(b"") is None
