"""
Routes, interfaces and neighbours of Windows, through iphlpapi.dll by ctypes.

Written after the documented layouts of netioapi.h (Windows Vista and later, the same on 32 and 64 bit up to the padding that
ctypes computes) and tested with recorded bytes of these structures. It has not run on a real Windows yet.
"""

import ctypes
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from checks.registry import CheckError
from contract.reason import ReasonCode

_AF_INET, _AF_INET6 = 2, 23
"""Windows' own numbers; ``socket.AF_INET6`` differs elsewhere."""
_NO_ERROR, _NOT_FOUND, _FILE_NOT_FOUND, _NETWORK_UNREACHABLE = 0, 1168, 2, 1231
_IPV4_BYTES = slice(4, 8)
_IPV6_BYTES = slice(8, 24)


class IfType(IntEnum):
    """The IANA ifType numbers that matter here."""

    ETHERNET = 6
    PPP = 23
    LOOPBACK = 24
    VIRTUAL = 53
    WIFI = 71
    TUNNEL = 131
    WWAN_GSM = 243
    WWAN_CDMA = 244


class Media(IntEnum):
    """NDIS_PHYSICAL_MEDIUM numbers that matter here."""

    UNSPECIFIED = 0
    WIRELESS_LAN = 1
    WIRELESS_WAN = 8
    NATIVE_802_11 = 9
    BLUETOOTH = 10
    ETHERNET = 14


class Prefix(ctypes.Structure):
    """IP_ADDRESS_PREFIX, 32 bytes."""

    _fields_ = (("address", ctypes.c_uint32 * 7), ("length", ctypes.c_uint8))


class ForwardRow(ctypes.Structure):
    """MIB_IPFORWARD_ROW2, 104 bytes."""

    _fields_ = (
        ("luid", ctypes.c_uint64),
        ("index", ctypes.c_uint32),
        ("destination", Prefix),
        ("next_hop", ctypes.c_uint32 * 7),
        ("site_prefix_length", ctypes.c_uint8),
        ("valid_lifetime", ctypes.c_uint32),
        ("preferred_lifetime", ctypes.c_uint32),
        ("metric", ctypes.c_uint32),
        ("protocol", ctypes.c_uint32),
        ("loopback", ctypes.c_uint8),
        ("autoconfigure", ctypes.c_uint8),
        ("publish", ctypes.c_uint8),
        ("immortal", ctypes.c_uint8),
        ("age", ctypes.c_uint32),
        ("origin", ctypes.c_uint32),
    )


class InterfaceRow(ctypes.Structure):
    """MIB_IF_ROW2, 1352 bytes."""

    _fields_ = (
        ("luid", ctypes.c_uint64),
        ("index", ctypes.c_uint32),
        ("guid", ctypes.c_uint32 * 4),
        ("alias", ctypes.c_uint16 * 257),
        ("description", ctypes.c_uint16 * 257),
        ("physical_address_length", ctypes.c_uint32),
        ("physical_address", ctypes.c_uint8 * 32),
        ("permanent_physical_address", ctypes.c_uint8 * 32),
        ("mtu", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("tunnel_type", ctypes.c_uint32),
        ("media_type", ctypes.c_uint32),
        ("physical_medium", ctypes.c_uint32),
        ("access_type", ctypes.c_uint32),
        ("direction_type", ctypes.c_uint32),
        ("flags", ctypes.c_uint8),
        ("oper_status", ctypes.c_uint32),
        ("admin_status", ctypes.c_uint32),
        ("media_connect_state", ctypes.c_uint32),
        ("network_guid", ctypes.c_uint32 * 4),
        ("connection_type", ctypes.c_uint32),
        ("transmit_bit_s", ctypes.c_uint64),
        ("receive_bit_s", ctypes.c_uint64),
        ("counters", ctypes.c_uint64 * 18),
    )


class NeighbourRow(ctypes.Structure):
    """MIB_IPNET_ROW2, 88 bytes."""

    _fields_ = (
        ("address", ctypes.c_uint32 * 7),
        ("index", ctypes.c_uint32),
        ("luid", ctypes.c_uint64),
        ("physical_address", ctypes.c_uint8 * 32),
        ("physical_address_length", ctypes.c_uint32),
        ("state", ctypes.c_uint32),
        ("flags", ctypes.c_uint8),
        ("reachability_ms", ctypes.c_uint32),
    )


@dataclass(frozen=True, slots=True)
class BestRoute:
    """What GetBestRoute2 chose. ``interface`` is the alias, the name that psutil and people use."""

    gateway: str | None
    interface: str
    metric: int
    prefix_length: int
    source: str
    loopback: bool


@dataclass(frozen=True, slots=True)
class Interface:
    """A row of GetIfTable2. ``hardware`` is False for interfaces that only software made."""

    name: str
    description: str
    index: int
    type: int
    physical_medium: int
    hardware: bool
    up: bool
    mac: str | None
    speed_bit_s: int | None


@dataclass(frozen=True, slots=True)
class NeighbourEntry:
    """A row of GetIpNetTable2 that has a MAC. ``state`` is NL_NEIGHBOR_STATE: 0 unreachable … 5 reachable, 6 permanent."""

    address: str
    mac: str
    interface: str
    state: int
    router: bool


def best_route(destination: str, *, library: Any = None) -> BestRoute | None:
    """The route to an IP literal, None when there is none. Raises CheckError when the system call fails otherwise."""
    api = library or _iphlpapi()
    target, row, source = _sockaddr(destination), ForwardRow(), (ctypes.c_uint32 * 7)()
    status = api.GetBestRoute2(None, 0, None, ctypes.byref(target), 0, ctypes.byref(row), ctypes.byref(source))
    if status in (_NOT_FOUND, _FILE_NOT_FOUND, _NETWORK_UNREACHABLE):
        return None
    _succeeded("GetBestRoute2", status)
    next_hop = _literal(bytes(row.next_hop))
    names = {item.index: item.name for item in interfaces(library=api)}
    return BestRoute(
        gateway=None if next_hop in ("0.0.0.0", "::", "") else next_hop,  # noqa: S104 - compared, not bound
        interface=names.get(row.index, str(row.index)),
        metric=row.metric,
        prefix_length=row.destination.length,
        source=_literal(bytes(source)),
        loopback=bool(row.loopback),
    )


def interfaces(*, library: Any = None) -> list[Interface]:
    """Every interface of the system, filters and miniports left out."""
    return [
        _interface(row)
        for row in _table(library or _iphlpapi(), InterfaceRow, lambda api, out: api.GetIfTable2(out), "GetIfTable2")
        if not row.flags & 0x02  # FilterInterface: a lightweight filter on top of another row
    ]


def neighbours(*, library: Any = None) -> list[NeighbourEntry]:
    """The neighbour table of both families: entries with a MAC that are neither multicast nor broadcast."""
    api = library or _iphlpapi()
    rows = _table(api, NeighbourRow, lambda made, out: made.GetIpNetTable2(0, out), "GetIpNetTable2")
    names = {item.index: item.name for item in interfaces(library=api)}
    found = []
    for row in rows:
        mac = bytes(row.physical_address)[: row.physical_address_length]
        if len(mac) == 6 and any(mac) and not mac[0] & 1:  # noqa: PLR2004 - a MAC; bit 0 marks groups
            found.append(
                NeighbourEntry(
                    _literal(bytes(row.address)),
                    mac.hex(":"),
                    names.get(row.index, str(row.index)),
                    row.state,
                    bool(row.flags & 1),
                )
            )
    return found


def _interface(row: InterfaceRow) -> Interface:
    mac = bytes(row.physical_address)[: row.physical_address_length]
    speed = row.receive_bit_s
    return Interface(
        name=_wide(row.alias),
        description=_wide(row.description),
        index=row.index,
        type=row.type,
        physical_medium=row.physical_medium,
        hardware=bool(row.flags & 0x01),
        up=row.oper_status == 1,
        mac=mac.hex(":") if len(mac) == 6 else None,  # noqa: PLR2004
        speed_bit_s=None if speed in (0, 2**64 - 1) else speed,
    )


def _table(api: Any, row: type[Any], call: Callable[[Any, Any], int], name: str) -> list[Any]:
    """Rows of a table that the system allocates and FreeMibTable frees. Rows start at their own alignment, 8."""
    pointer = ctypes.c_void_p()
    _succeeded(name, call(api, ctypes.byref(pointer)))
    if not pointer.value:
        raise CheckError(ReasonCode.READING_FAILED, problem=f"{name}: no table")
    try:
        count = ctypes.c_uint32.from_address(pointer.value).value
        raw = ctypes.string_at(pointer.value + 8, count * ctypes.sizeof(row))
    finally:
        api.FreeMibTable(pointer)
    size = ctypes.sizeof(row)
    return [row.from_buffer_copy(raw, place * size) for place in range(count)]


def _succeeded(name: str, status: int) -> None:
    if status != _NO_ERROR:
        raise CheckError(ReasonCode.READING_FAILED, problem=f"{name}: {status}")


def _sockaddr(address: str) -> Any:
    raw = bytearray(28)
    if ":" in address:
        raw[:2] = _AF_INET6.to_bytes(2, "little")
        raw[_IPV6_BYTES] = socket.inet_pton(socket.AF_INET6, address)
    else:
        raw[:2] = _AF_INET.to_bytes(2, "little")
        raw[_IPV4_BYTES] = socket.inet_pton(socket.AF_INET, address)
    return (ctypes.c_uint32 * 7).from_buffer(raw)


def _literal(raw: bytes) -> str:
    family = int.from_bytes(raw[:2], "little")
    if family == _AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[_IPV4_BYTES])
    return socket.inet_ntop(socket.AF_INET6, raw[_IPV6_BYTES]) if family == _AF_INET6 else ""


def _wide(characters: Any) -> str:
    return bytes(characters).decode("utf-16-le").partition("\0")[0]


def _iphlpapi() -> Any:
    return getattr(ctypes, "WinDLL")("iphlpapi")  # noqa: B009 - the type checker runs on Linux, where it is absent
