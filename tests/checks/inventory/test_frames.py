"""IPv6 frames as RFC 3810 and 4443 have them, read back by another implementation."""

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inventory.frames import Heard, echo_request, mld_query, parse_icmpv6

MAC, SOURCE = bytes.fromhex("00163e000002"), IPv6Address("fe80::2")
HOST, ITS = "00:16:3e:00:00:0a", "fe80::a"


def test_another_implementation_reads_our_questions() -> None:
    inet6 = pytest.importorskip("scapy.layers.inet6")
    ether = pytest.importorskip("scapy.layers.l2").Ether
    query = ether(mld_query(MAC, SOURCE, 1000))
    assert (query.dst, query[inet6.IPv6].dst, query[inet6.IPv6].hlim) == ("33:33:00:00:00:01", "ff02::1", 1)
    assert query[inet6.ICMPv6MLQuery2].mrd == 1000
    echo = ether(echo_request(MAC, SOURCE, 7))
    assert echo[inet6.ICMPv6EchoRequest].id == 7
    for packet in (query, echo):  # the checksum is right when building it anew changes nothing
        again = packet.copy()
        del again[inet6.IPv6].payload.cksum
        assert bytes(ether(bytes(again))) == bytes(packet)


def heard(layer: str, *, source: str = ITS, hops: int = 255, **fields: object) -> Heard | None:
    inet6 = pytest.importorskip("scapy.layers.inet6")
    l2 = pytest.importorskip("scapy.layers.l2")
    packet = l2.Ether(src=HOST, dst="33:33:00:00:00:01") / inet6.IPv6(src=source, dst="ff02::1", hlim=hops)
    return parse_icmpv6(bytes(packet / getattr(inet6, layer)(**fields)))


MINE = Heard(bytes.fromhex("00163e00000a"), IPv6Address(ITS).packed)


@pytest.mark.parametrize("layer", ["ICMPv6EchoReply", "ICMPv6MLReport2", "ICMPv6ND_NS"])
def test_what_a_host_says_of_itself_is_heard(layer: str) -> None:
    assert heard(layer) == MINE


def test_a_router_says_so() -> None:
    assert heard("ICMPv6ND_RA") == Heard(MINE.mac, MINE.address, router=True)


def test_an_address_about_to_be_used_is_heard_before_it_is() -> None:
    found = heard("ICMPv6ND_NS", source="::", tgt="2400:da00::a")
    assert found == Heard(MINE.mac, IPv6Address("2400:da00::a").packed)


def test_a_packet_that_came_through_a_router_says_nothing_of_this_link() -> None:
    assert heard("ICMPv6EchoReply", source="2400:da00::a", hops=63) is None
    assert heard("ICMPv6ND_NA", source="2400:da00::a", hops=63) is None
    assert heard("ICMPv6ND_NA", source="2400:da00::a") is not None


def test_another_hosts_question_is_no_answer() -> None:
    assert heard("ICMPv6EchoRequest") is None


@given(st.binary(max_size=200))
def test_random_frames_never_raise(frame: bytes) -> None:
    assert parse_icmpv6(frame) is None or len(frame) >= 62


@given(st.binary(max_size=80))
def test_random_icmpv6_never_raises(body: bytes) -> None:
    frame = echo_request(MAC, SOURCE, 1)[:20] + b"\x00\xff" + SOURCE.packed * 2 + body
    parse_icmpv6(frame)
