"""
The structures of iphlpapi.dll, laid out by hand after the offsets of netioapi.h on 64-bit Windows.

The bytes are built here without the ctypes declarations under test, so that a wrong field or padding shows.
"""

import ctypes
import socket
from typing import Any

import pytest

from checks.network import windows
from checks.registry import CheckError


def sockaddr(address: str) -> bytes:
    """SOCKADDR_INET: family, port, then sin_addr at 4 or sin6_addr at 8."""
    if ":" in address:
        return (23).to_bytes(2, "little") + bytes(6) + socket.inet_pton(socket.AF_INET6, address) + bytes(4)
    return (2).to_bytes(2, "little") + bytes(2) + socket.inet_pton(socket.AF_INET, address) + bytes(20)


def placed(size: int, **parts: tuple[int, bytes]) -> bytes:
    raw = bytearray(size)
    for offset, data in parts.values():
        raw[offset : offset + len(data)] = data
    return bytes(raw)


def number(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "little")


def route(next_hop: str, *, index: int = 12, prefix: int = 0, metric: int = 25, loopback: bool = False) -> bytes:
    return placed(
        104,
        index=(8, number(index)),
        prefix=(40, number(prefix, 1)),
        next_hop=(44, sockaddr(next_hop)),
        metric=(84, number(metric)),
        loopback=(92, number(loopback, 1)),
    )


def interface(
    alias: str,
    index: int,
    *,
    type_: int = 6,
    medium: int = 14,
    flags: int = 0x05,
    speed: int = 10**9,
    text: str = "PCIe GbE",
) -> bytes:
    return placed(
        1352,
        index=(8, number(index)),
        alias=(28, alias.encode("utf-16-le")),
        description=(542, text.encode("utf-16-le")),
        mac_length=(1056, number(6)),
        mac=(1060, bytes.fromhex("00163e000002")),
        type=(1128, number(type_)),
        medium=(1140, number(medium)),
        flags=(1152, number(flags, 1)),
        status=(1156, number(1)),
        transmit=(1192, number(speed, 8)),
        receive=(1200, number(speed, 8)),
    )


def neighbour(address: str, mac: str, state: int, *, router: bool = False, index: int = 12) -> bytes:
    octets = bytes.fromhex(mac.replace(":", ""))
    return placed(
        88,
        address=(0, sockaddr(address)),
        index=(28, number(index)),
        mac=(40, octets),
        mac_length=(72, number(len(octets))),
        state=(76, number(state)),
        flags=(80, number(router, 1)),
    )


class RecordedLibrary:
    """Answers as iphlpapi.dll does: status codes, rows copied to where the caller points, tables it frees itself."""

    def __init__(self, *, route: bytes = b"", source: str = "0.0.0.0", rows: list[bytes] | None = None) -> None:
        self.route, self.source = route, source
        self.interfaces = rows or [interface("以太网", 12)]
        self.neighbours: list[bytes] = []
        self.status = 0
        self.open_tables: dict[int, Any] = {}

    def GetBestRoute2(self, *arguments: Any) -> int:  # noqa: N802 - Windows' own name
        if self.status == 0:
            ctypes.memmove(arguments[5], self.route, len(self.route))
            ctypes.memmove(arguments[6], sockaddr(self.source), 28)
        return self.status

    def GetIfTable2(self, out: Any) -> int:  # noqa: N802
        return self._table(out, self.interfaces)

    def GetIpNetTable2(self, family: int, out: Any) -> int:  # noqa: N802
        assert family == 0
        return self._table(out, self.neighbours)

    def FreeMibTable(self, pointer: Any) -> None:  # noqa: N802
        del self.open_tables[pointer.value]

    def _table(self, out: Any, rows: list[bytes]) -> int:
        buffer = ctypes.create_string_buffer(number(len(rows), 8) + b"".join(rows))
        self.open_tables[ctypes.addressof(buffer)] = buffer
        out._obj.value = ctypes.addressof(buffer)
        return self.status


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the recorded layout is the 64-bit one")
def test_the_structures_have_the_documented_sizes() -> None:
    sizes = [ctypes.sizeof(row) for row in (windows.ForwardRow, windows.InterfaceRow, windows.NeighbourRow)]
    assert sizes == [104, 1352, 88]


def test_a_route_over_a_gateway_is_read() -> None:
    library = RecordedLibrary(route=route("192.168.1.1"), source="192.168.1.20")
    found = windows.best_route("203.0.113.9", library=library)
    assert found == windows.BestRoute("192.168.1.1", "以太网", 25, 0, "192.168.1.20", loopback=False)


def test_an_on_link_route_has_no_gateway() -> None:
    library = RecordedLibrary(route=route("0.0.0.0", prefix=24), source="192.168.1.20")
    found = windows.best_route("192.168.1.9", library=library)
    assert found is not None
    assert (found.gateway, found.prefix_length) == (None, 24)


def test_an_ipv6_route_is_read() -> None:
    library = RecordedLibrary(route=route("fe80::1"), source="2400:da00::20")
    found = windows.best_route("2400:da00:99::1", library=library)
    assert found is not None
    assert (found.gateway, found.source) == ("fe80::1", "2400:da00::20")


@pytest.mark.parametrize("status", [1168, 1231])
def test_no_route_is_none(status: int) -> None:
    library = RecordedLibrary()
    library.status = status
    assert windows.best_route("203.0.113.9", library=library) is None


def test_any_other_status_is_an_error() -> None:
    library = RecordedLibrary()
    library.status = 87
    with pytest.raises(CheckError, match="GetBestRoute2: 87"):
        windows.best_route("203.0.113.9", library=library)


def test_interfaces_are_read_and_filters_are_left_out() -> None:
    library = RecordedLibrary(rows=[interface("以太网", 12), interface("以太网-WFP", 13, flags=0x02)])
    (found,) = windows.interfaces(library=library)
    assert found == windows.Interface(
        "以太网", "PCIe GbE", 12, 6, 14, hardware=True, up=True, mac="00:16:3e:00:00:02", speed_bit_s=10**9
    )


def test_an_unknown_speed_is_none() -> None:
    library = RecordedLibrary(rows=[interface("以太网", 12, speed=2**64 - 1)])
    assert windows.interfaces(library=library)[0].speed_bit_s is None


def test_neighbours_of_both_families_are_read_and_groups_are_left_out() -> None:
    library = RecordedLibrary()
    library.neighbours = [
        neighbour("192.168.1.1", "00:16:3e:00:00:01", 5, router=True),
        neighbour("fe80::9", "00:16:3e:00:00:09", 4),
        neighbour("224.0.0.22", "01:00:5e:00:00:16", 6),
        neighbour("192.168.1.9", "00:00:00:00:00:00", 0),
    ]
    assert windows.neighbours(library=library) == [
        windows.NeighbourEntry("192.168.1.1", "00:16:3e:00:00:01", "以太网", 5, router=True),
        windows.NeighbourEntry("fe80::9", "00:16:3e:00:00:09", "以太网", 4, router=False),
    ]


def test_every_table_is_given_back() -> None:
    library = RecordedLibrary(route=route("192.168.1.1"))
    windows.best_route("203.0.113.9", library=library)
    windows.neighbours(library=library)
    assert library.open_tables == {}
