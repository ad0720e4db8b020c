"""What devices say, read from datagrams that anybody may have sent."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inventory.answers import Clues, dns_question, nbns_question, read_dns, read_nbns, read_ssdp, read_wsd
from tests.testbed.crowd import dns_name, mdns_services, nbns_status, ssdp_answer, wsd_match

READERS = [read_nbns, read_dns, read_ssdp, read_wsd]


def test_a_windows_machine_tells_its_name_and_that_it_serves_files() -> None:
    clues = read_nbns(nbns_status("teacher-3", "00:16:3e:00:00:0a"))
    assert clues
    assert clues.names == {"nbns": "TEACHER-3"}
    assert clues.words == {"nbns:name:00", "nbns:name:20", "nbns:group:00"}


def test_samba_has_no_mac_to_tell() -> None:
    clues = read_nbns(nbns_status("files", "00:00:00:00:00:00"))
    assert clues
    assert "nbns:samba" in clues.words


def test_a_printer_tells_its_services_and_its_name() -> None:
    clues = read_dns(mdns_services("printer-2", ["_ipp._tcp", "_pdl-datastream._tcp"], "10.20.0.9"))
    assert clues == Clues({"mdns:_ipp._tcp", "mdns:_pdl-datastream._tcp"}, {"mdns": "printer-2"})


def test_a_reverse_name_is_taken_from_the_pointer() -> None:
    target = dns_name("lab-7.school.example")
    answer = struct.pack("!HHHHHH", 9, 0x8180, 0, 1, 0, 0) + dns_name("9.0.20.10.in-addr.arpa")
    answer += struct.pack("!HHIH", 12, 1, 60, len(target)) + target
    assert read_dns(answer, "dns") == Clues(set(), {"dns": "lab-7.school.example"})


def test_compressed_names_are_followed_backwards_only() -> None:
    head = struct.pack("!HHHHHH", 0, 0x8400, 0, 1, 0, 0)
    good = head + dns_name("_ipp._tcp.local") + struct.pack("!HHIH", 12, 1, 10, 2) + b"\xc0\x0c"
    clues = read_dns(good)
    assert clues
    assert clues.words == {"mdns:_ipp._tcp"}
    assert read_dns(head + b"\xc0\x0c" + struct.pack("!HHIH", 12, 1, 10, 0)) is None


def test_a_question_is_no_answer() -> None:
    assert read_dns(dns_question("_ipp._tcp.local", 12)) is None
    assert read_nbns(nbns_question(7)) is None


def test_server_and_type_of_an_upnp_device() -> None:
    assert read_ssdp(ssdp_answer("Linux UPnP/1.0 IPCamera/1.0", "urn:x:device:Basic:1")) == Clues(
        {"ssdp:Linux UPnP/1.0 IPCamera/1.0", "ssdp:urn:x:device:Basic:1"}
    )


def test_types_of_a_web_service_device() -> None:
    assert read_wsd(wsd_match("wsdp:Device pub:Computer")) == Clues({"wsd:Device", "wsd:Computer"})


def test_control_characters_never_come_through() -> None:
    clues = read_ssdp(b"HTTP/1.1 200 OK\r\nSERVER: a\x1b[31m\x00b\xe2\x80\xaec\r\n\r\n")
    assert clues
    assert not any(character in word for word in clues.words for character in "\x1b\x00")


def test_a_device_that_says_too_much_is_cut_off() -> None:
    clues = Clues()
    for number in range(100):
        clues.take(Clues({f"ssdp:{number}"}))
    assert len(clues.words) == 32


@pytest.mark.parametrize("reader", READERS, ids=lambda one: one.__name__)
@given(data=st.binary(max_size=300))
def test_random_bytes_never_raise(reader: object, data: bytes) -> None:
    assert callable(reader)
    reader(data)


GOOD = [
    nbns_status("pc", "00:16:3e:00:00:0a"),
    mdns_services("pc", ["_ipp._tcp"], "10.20.0.9"),
    ssdp_answer("a", "b"),
    wsd_match("a:B"),
]


@given(st.sampled_from(GOOD), st.integers(0, 400), st.integers(0, 255))
def test_a_spoiled_answer_never_raises(good: bytes, place: int, byte: int) -> None:
    spoiled = bytearray(good)
    spoiled[place % len(spoiled)] = byte
    for reader in READERS:
        reader(bytes(spoiled))
        reader(bytes(spoiled[:place]))
