"""
Who made a device, by the prefix of its MAC.

``vendors.bin`` is built by ``scripts/vendors.py`` from the IEEE registries MA-L, MA-M and MA-S (24, 28 and 36 bits); its
dates are part of it. The file is mapped, not read: a lookup touches a few pages and takes a few microseconds.

Layout, all numbers little-endian: 8 bytes of magic; u32 length of a JSON header with the registries' dates and the numbers
of entries; for 24, 28 and 36 bits each the sorted prefixes (u32, u32, u64), then the number of the name of each (u16); the
offsets of the names (u32, one more than names); the names in UTF-8. Each part begins at a multiple of 8 bytes.
"""

import functools
import mmap
import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from struct import calcsize
from typing import Literal

import msgspec
from msgspec import Struct

MAGIC = b"CAVEND1\n"
_FORMATS: dict[int, Literal["I", "Q"]] = {24: "I", 28: "I", 36: "Q"}
LENGTHS = tuple(_FORMATS)
FILE = Path(__file__).with_name("vendors.bin")
_LOCALLY_ADMINISTERED = 0x02
_ALIGNED = 8
_MAC_BITS = 48


class Header(Struct, frozen=True):
    """``dates`` by registry, ``entries`` by prefix length, ``names`` in all."""

    dates: dict[str, str]
    entries: dict[int, int]
    names: int


class Vendors:
    """The table, open. ``lookup`` is what it is for."""

    def __init__(self, raw: "bytes | mmap.mmap") -> None:
        if raw[: len(MAGIC)] != MAGIC:
            message = "not a table of vendors"
            raise ValueError(message)
        view = memoryview(raw)
        size = int.from_bytes(view[8:12], "little")
        self.header = msgspec.json.decode(bytes(view[12 : 12 + size]).rstrip(b" \0"), type=Header)
        place = _up(12 + size)
        self._prefixes: dict[int, Sequence[int]] = {}
        self._numbers: dict[int, Sequence[int]] = {}
        for length in LENGTHS:
            count = self.header.entries[length]
            wide = calcsize(_FORMATS[length])
            self._prefixes[length] = _numbers(view[place : place + wide * count], _FORMATS[length])
            place = _up(place + wide * count)
            self._numbers[length] = _numbers(view[place : place + 2 * count], "H")
            place = _up(place + 2 * count)
        self._offsets = _numbers(view[place : place + 4 * (self.header.names + 1)], "I")
        self._names = view[_up(place + 4 * (self.header.names + 1)) :]

    def lookup(self, mac: str) -> str | None:
        """
        The maker of a MAC such as ``00:16:3e:00:00:0a``, by the longest prefix that is registered.

        None for a locally administered MAC: the device has made it up, and its prefix means nothing.
        """
        number = int(mac.replace(":", ""), 16)
        if number >> 40 & _LOCALLY_ADMINISTERED:
            return None
        for length in reversed(LENGTHS):
            prefix, prefixes = number >> (_MAC_BITS - length), self._prefixes[length]
            place = bisect_left(prefixes, prefix)
            if place < len(prefixes) and prefixes[place] == prefix:
                name = self._numbers[length][place]
                return bytes(self._names[self._offsets[name] : self._offsets[name + 1]]).decode()
        return None


@functools.cache
def vendors(path: Path = FILE) -> Vendors:
    """The table that comes with the program."""
    with path.open("rb") as stream:
        return Vendors(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def build(tables: Mapping[int, Mapping[int, str]], dates: Mapping[str, str]) -> bytes:
    """The file for names by prefix, by length of prefix in bits."""
    names = sorted({name for table in tables.values() for name in table.values()})
    place_of = {name: place for place, name in enumerate(names)}
    header = msgspec.json.encode(
        Header(dict(dates), {length: len(tables.get(length, {})) for length in LENGTHS}, len(names))
    )
    out = bytearray(MAGIC + len(header).to_bytes(4, "little") + header)
    for length in LENGTHS:
        table = sorted(tables.get(length, {}).items())
        _pad(out)
        out += b"".join(prefix.to_bytes(calcsize(_FORMATS[length]), "little") for prefix, _ in table)
        _pad(out)
        out += b"".join(place_of[name].to_bytes(2, "little") for _, name in table)
    _pad(out)
    offset, encoded = 0, [name.encode() for name in names]
    for name in encoded:
        out += offset.to_bytes(4, "little")
        offset += len(name)
    out += offset.to_bytes(4, "little")
    _pad(out)
    return bytes(out + b"".join(encoded))


def _numbers(part: memoryview, code: Literal["H", "I", "Q"]) -> Sequence[int]:
    if sys.byteorder == "little":
        return part.cast(code)
    swapped = array(code, part.tobytes())
    swapped.byteswap()
    return swapped


def _up(place: int) -> int:
    return -(-place // _ALIGNED) * _ALIGNED


def _pad(out: bytearray) -> None:
    out += bytes(_up(len(out)) - len(out))
