"""Classes of IPv6 addresses, and which of them are in use."""

from pathlib import Path

import pytest

from checks.network.addresses import AddressClass, classify, ipv6_addresses
from tests.checks.machine import Machine


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("::", AddressClass.UNSPECIFIED),
        ("::1", AddressClass.LOOPBACK),
        ("ff02::1", AddressClass.MULTICAST),
        ("fe80::1%eth0", AddressClass.LINK_LOCAL),
        ("febf::1", AddressClass.LINK_LOCAL),
        ("fec0::1", AddressClass.OTHER),
        ("fc00::1", AddressClass.UNIQUE_LOCAL),
        ("fd12::1", AddressClass.UNIQUE_LOCAL),
        ("2002:c000:204::1", AddressClass.SIX_TO_FOUR),
        ("2001::1", AddressClass.TEREDO),
        ("2001:0:53aa:64c:1::", AddressClass.TEREDO),
        ("2001:1::1", AddressClass.GLOBAL),
        ("2001:db8::1", AddressClass.DOCUMENTATION),
        ("64:ff9b::c000:201", AddressClass.NAT64),
        ("2400:da00::1", AddressClass.GLOBAL),
        ("3fff:ffff::1", AddressClass.GLOBAL),
        ("4000::1", AddressClass.OTHER),
    ],
)
def test_each_class_is_known_and_the_specific_one_comes_before_the_general(address: str, kind: AddressClass) -> None:
    assert classify(address) is kind


def test_addresses_that_failed_or_await_duplicate_detection_are_not_in_use(tmp_path: Path) -> None:
    Machine(tmp_path).write(
        "proc/net/if_inet6",
        "00000000000000000000000000000001 01 80 10 80       lo\n"
        "2400da00000000000000000000000001 02 40 00 80     eth0\n"
        "2400da00000000000000000000000002 02 40 00 08     eth0\n"
        "2400da00000000000000000000000003 02 40 00 40     eth0\n"
        "fe800000000000000000000000000001 02 40 20 80     eth0\n",
    )
    assert ipv6_addresses(root=tmp_path, platform="linux") == [("eth0", "2400:da00::1"), ("eth0", "fe80::1")]


def test_without_the_stack_there_are_none(tmp_path: Path) -> None:
    assert ipv6_addresses(root=tmp_path, platform="linux") == []
