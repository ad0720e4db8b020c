"""From sightings to devices, and what of them may leave the school."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inventory.merge import Sighting, merge
from checks.inventory.privacy import is_personal, personal_key
from checks.registry import CheckError
from contract.report import Device
from contract.wire import encode
from tests.checks.machine import SECRET

PC, PRINTER, ROUTER, PHONE = "00:16:3e:00:00:0a", "00:16:3e:00:00:0b", "00:16:3e:00:00:01", "da:a1:19:00:00:07"


def merged(*sightings: tuple[str, str], gateways: frozenset[str] = frozenset()) -> dict[str, Device]:
    found = merge([Sighting(address, mac, True) for address, mac in sightings], gateways=gateways, secret=SECRET)
    return {device.key: device for device in found.devices}


def test_both_families_of_one_mac_are_one_device() -> None:
    found = merged(("10.40.0.9", PC), ("fe80::9", PC), ("2400:da00::9", PC), ("10.40.0.10", PRINTER))
    assert found == {
        PC: Device(key=PC, mac=PC, ipv4=["10.40.0.9"], ipv6=["2400:da00::9", "fe80::9"]),
        PRINTER: Device(key=PRINTER, mac=PRINTER, ipv4=["10.40.0.10"]),
    }


def test_addresses_are_in_the_order_of_their_numbers() -> None:
    assert merged(("10.40.0.100", PC), ("10.40.0.9", PC))[PC].ipv4 == ["10.40.0.9", "10.40.0.100"]


def test_one_mac_with_more_than_two_ipv4_addresses_is_a_router_that_answers_for_others() -> None:
    found = merged(*((f"10.40.0.{number}", ROUTER) for number in (1, 50, 51)), ("10.40.0.9", PC), ("10.40.0.10", PC))
    assert len(found) == 2
    assert found[ROUTER].proxied
    assert not found[PC].proxied


@pytest.mark.parametrize("address", ["10.40.0.1", "fe80::1"])
def test_the_gateway_is_marked(address: str) -> None:
    found = merged((address, ROUTER), ("10.40.0.9", PC), gateways=frozenset({"10.40.0.1", "fe80::1"}))
    assert (found[ROUTER].gateway, found[PC].gateway) == (True, False)


def test_an_address_that_two_machines_claim_is_a_conflict() -> None:
    found = merge(
        [Sighting("10.40.0.9", PC, True), Sighting("10.40.0.9", PRINTER, True), Sighting("fe80::9", PC, True)],
        gateways=frozenset(),
        secret=SECRET,
    )
    assert (found.conflicts, found.with_ipv6, len(found.devices)) == (1, 1, 2)


def test_devices_known_from_old_entries_only_are_counted_apart() -> None:
    found = merge(
        [Sighting("10.40.0.9", PC, False), Sighting("fe80::9", PC, True), Sighting("10.40.0.10", PRINTER, False)],
        gateways=frozenset(),
        secret=SECRET,
    )
    assert found.unconfirmed == 1


def test_a_personal_device_leaves_as_a_keyed_hash_and_nothing_else() -> None:
    (device,) = merged(("10.40.0.9", PHONE), ("2400:da00::9", PHONE)).values()
    digest = hmac.new(SECRET, bytes.fromhex("daa119000007"), hashlib.sha256).hexdigest()
    assert device == Device(key=digest[:16], personal=True)


def test_another_school_sees_another_key() -> None:
    assert personal_key(PHONE, SECRET) != personal_key(PHONE, bytes(32))


def test_a_key_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(CheckError, match="128 bits"):
        personal_key(PHONE, b"short")


@pytest.mark.parametrize(
    ("mac", "personal"), [(PC, False), (PHONE, True), ("52:54:00:00:00:01", True), ("00:00:00:00:00:01", False)]
)
def test_the_locally_administered_bit_decides(mac: str, personal: bool) -> None:
    assert is_personal(mac) is personal


MACS = st.binary(min_size=6, max_size=6).map(lambda raw: bytes([raw[0] & 0xFE]) + raw[1:])
SIGHTINGS = st.lists(st.tuples(st.integers(0, 2**32 - 1), MACS), max_size=30)


@given(SIGHTINGS)
def test_no_byte_of_a_personal_device_leaves(seen: list[tuple[int, bytes]]) -> None:
    sightings = [Sighting(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", raw.hex(":"), True) for n, raw in seen]
    found = merge(sightings, gateways=frozenset(), secret=SECRET)
    sent = encode(found.devices)
    for item in sightings:
        if is_personal(item.mac):
            assert item.mac.encode() not in sent
    assert SECRET.hex().encode() not in sent
    assert SECRET not in sent
    assert {device.mac for device in found.devices if device.personal} <= {None}
    assert all(not device.ipv4 and not device.ipv6 for device in found.devices if device.personal)


@given(SIGHTINGS)
def test_the_order_of_sightings_does_not_matter(seen: list[tuple[int, bytes]]) -> None:
    sightings = [Sighting(f"10.0.{n >> 8 & 255}.{n & 255}", raw.hex(":"), bool(n & 1)) for n, raw in seen]
    backwards = list(reversed(sightings))
    assert merge(sightings, gateways=frozenset(), secret=SECRET) == merge(backwards, gateways=frozenset(), secret=SECRET)


def test_a_gateway_is_equipment_even_with_a_made_up_mac() -> None:
    virtual = "02:00:5e:00:01:01"
    (device,) = merged(("10.40.0.1", virtual), gateways=frozenset({"10.40.0.1"})).values()
    assert (device.mac, device.gateway, device.personal) == (virtual, True, False)


def test_proxied_addresses_are_listed_apart_from_the_routers_own() -> None:
    found = merged(*((f"10.40.0.{n}", ROUTER) for n in (1, 50, 51)), gateways=frozenset({"10.40.0.1"}))
    assert (found[ROUTER].ipv4, found[ROUTER].proxied_ipv4) == (["10.40.0.1"], ["10.40.0.50", "10.40.0.51"])


def test_both_owners_of_a_duplicated_address_name_it() -> None:
    found = merged(("10.40.0.9", PC), ("10.40.0.9", PRINTER), ("10.40.0.10", ROUTER))
    assert {mac: device.conflicts for mac, device in found.items()} == {
        PC: ["10.40.0.9"],
        PRINTER: ["10.40.0.9"],
        ROUTER: [],
    }
