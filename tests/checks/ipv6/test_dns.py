"""The DNS codec: what it asks, what it understands, and that nothing else ever makes it fail."""

import struct
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.ipv6.dns import Answer, DnsError, RecordType, decode_answer, encode_query

NAME = "www.school.example"
QUERY = encode_query(NAME, RecordType.AAAA, 0x1234)


def record(kind: int, data: bytes, *, owner: bytes = b"\xc0\x0c") -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def answer(
    *records: bytes, flags: int = 0x8180, number: int = 0x1234, query: bytes = QUERY, count: int | None = None
) -> bytes:
    return (
        struct.pack("!HHHHHH", number, flags, 1, len(records) if count is None else count, 0, 0)
        + query[12:]
        + b"".join(records)
    )


def test_a_question_is_what_rfc_1035_shows() -> None:
    assert (
        encode_query("a.bc", RecordType.A, 7)
        == b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x02bc\x00\x00\x01\x00\x01"
    )


def test_chinese_names_are_asked_for_in_their_ascii_form() -> None:
    assert b"\x0bxn--fiq228c\x0axn--fiqs8s\x00" in encode_query("中文.中国", RecordType.A, 1)


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["abcdefgh"] * 32)])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(DnsError):
        encode_query(name, RecordType.A, 1)


def test_addresses_are_read_along_a_chain_of_aliases() -> None:
    alias = record(5, b"\x03cdn\xc0\x10")
    raw = answer(
        alias, record(28, IPv6Address("2400:da00::1").packed), record(28, IPv6Address("2400:da00::2").packed, owner=b"\0")
    )
    assert decode_answer(raw, QUERY, RecordType.AAAA) == Answer(
        0, truncated=False, addresses=("2400:da00::1", "2400:da00::2")
    )


def test_another_type_is_not_taken_for_the_wanted_one() -> None:
    raw = answer(record(1, IPv4Address("192.0.2.1").packed))
    assert decode_answer(raw, QUERY, RecordType.AAAA).addresses == ()


@pytest.mark.parametrize(("rcode", "exists"), [(0, True), (3, False), (2, None), (5, None)])
def test_a_missing_name_differs_from_a_failing_server(rcode: int, exists: bool | None) -> None:
    assert decode_answer(answer(flags=0x8180 | rcode), QUERY, RecordType.AAAA).name_exists is exists


def test_a_truncated_answer_says_so() -> None:
    assert decode_answer(answer(flags=0x8380), QUERY, RecordType.AAAA).truncated


@pytest.mark.parametrize(
    "raw",
    [
        answer(number=0x4321),
        answer(flags=0x0100),
        answer(query=encode_query("other.school.example", RecordType.AAAA, 0x1234)),
        b"",
        QUERY[:11],
    ],
)
def test_what_does_not_answer_this_question_is_refused(raw: bytes) -> None:
    with pytest.raises(DnsError):
        decode_answer(raw, QUERY, RecordType.AAAA)


def test_a_server_that_changes_the_case_of_the_name_is_understood() -> None:
    assert decode_answer(answer(query=QUERY[:12] + QUERY[12:].upper()), QUERY, RecordType.AAAA).rcode == 0


def test_a_pointer_that_points_to_itself_does_not_hang() -> None:
    raw = answer(record(28, IPv6Address("2400:da00::1").packed, owner=struct.pack("!H", 0xC000 | len(QUERY))))
    assert decode_answer(raw, QUERY, RecordType.AAAA).addresses == ("2400:da00::1",)


@given(st.lists(st.integers(0, 2**128 - 1).map(lambda number: str(IPv6Address(number))), max_size=8))
def test_every_list_of_addresses_comes_back(addresses: list[str]) -> None:
    raw = answer(*(record(28, IPv6Address(address).packed) for address in addresses))
    assert decode_answer(raw, QUERY, RecordType.AAAA).addresses == tuple(addresses)


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_its_own_error(raw: bytes) -> None:
    with pytest.raises(DnsError):
        decode_answer(raw, QUERY, RecordType.AAAA)


@given(st.binary(max_size=200), st.integers(0, 65535))
def test_random_records_behind_a_right_head_raise_nothing_but_its_own_error(tail: bytes, count: int) -> None:
    try:
        found = decode_answer(answer(tail, count=count), QUERY, RecordType.AAAA)
    except DnsError:
        return
    assert len(found.addresses) <= len(tail) // 16


@given(st.text(max_size=80))
def test_any_text_is_asked_for_or_refused(name: str) -> None:
    try:
        raw = encode_query(name, RecordType.AAAA, 1)
    except DnsError:
        return
    assert len(raw) <= 12 + 255 + 4
