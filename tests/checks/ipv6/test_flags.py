"""Flags: each is up for its own reason and for no other, and what could not be told is said."""

from typing import Any

import msgspec
import pytest

from checks.ipv6.evidence import Evidence, Probe, SeenAddress, SeenName, SeenTarget
from checks.ipv6.flags import Flag, raised, untold
from checks.network.addresses import AddressClass

NATIVE = SeenAddress("eth0", "2400:da00::20", AddressClass.GLOBAL)
QUIET = Evidence(
    enabled=True,
    links_up=1,
    addresses=[NATIVE],
    default_route=True,
    gateway="fe80::1",
    gateway_probe=Probe.PASSED,
    gateway_echo=Probe.PASSED,
    resolvers=["2400:da00::53"],
    resolver6=Probe.PASSED,
    routers=["fe80::1"],
    routers_heard=True,
)
TRANSLATED = SeenTarget(name="c", address="::1", port=80, operator="c", source="fd00::2", witnessed="2400:da00::1")
CASES: dict[Flag, dict[str, Any]] = {
    Flag.NO_V6_RESOLVER: {"resolvers": ["192.0.2.53"]},
    Flag.DNS6_DEAD: {"resolver6": Probe.SILENT},
    Flag.GW_NO_ECHO: {"gateway_echo": Probe.SILENT},
    Flag.ROGUE_RA: {"routers": ["fe80::1", "fe80::bad"]},
    Flag.NAT66: {"targets": [TRANSLATED]},
    Flag.TEMP_ONLY: {"addresses": [msgspec.structs.replace(NATIVE, temporary=True)]},
    Flag.EUI64: {"addresses": [msgspec.structs.replace(NATIVE, eui64=True)]},
    Flag.DNS64: {"names": [SeenName(name="n", addresses=["64:ff9b::1"])]},
    Flag.CAPTIVE_PORTAL: {"portal": True},
    Flag.PROXY_IN_USE: {"proxy": True},
}


def test_a_quiet_network_raises_none() -> None:
    assert raised(QUIET) == []
    assert untold(QUIET) == {}


@pytest.mark.parametrize("flag", Flag)
def test_each_flag_is_up_for_its_own_reason_only(flag: Flag) -> None:
    assert raised(msgspec.structs.replace(QUIET, **CASES[flag])) == [flag]


def test_without_a_raw_socket_it_is_unknown_whether_there_are_strange_routers() -> None:
    assert Flag.ROGUE_RA in untold(msgspec.structs.replace(QUIET, routers_heard=False))


def test_routers_on_the_list_are_no_strangers() -> None:
    two = msgspec.structs.replace(QUIET, routers=["fe80::1", "fe80::2"], routers_known=["fe80::1", "fe80::2"])
    assert raised(two) == []
    assert raised(msgspec.structs.replace(two, routers=["fe80::bad"])) == [Flag.ROGUE_RA]


def test_dead_name_servers_are_no_flag_where_ipv6_has_no_way_out() -> None:
    assert raised(msgspec.structs.replace(QUIET, default_route=False, resolver6=Probe.SILENT)) == []
