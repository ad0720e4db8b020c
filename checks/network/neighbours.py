"""
The neighbour tables: which addresses of the LAN this machine knows a MAC for, of both families.

Linux asks the kernel by rtnetlink (RTM_GETNEIGH, no privilege needed) and falls back to ``/proc/net/arp``; Windows asks
GetIpNetTable2. Reading sends nothing.
"""

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

from checks.network import windows
from checks.registry import CheckError
from contract.reason import ReasonCode

_MAC_BYTES = 6


class Standing(StrEnum):
    """How sure the system is of an entry."""

    CONFIRMED = "confirmed"
    """It answered within the last half minute or so, or was set by hand."""
    STALE = "stale"
    """It answered once, and may be being asked again now. Linux keeps such entries for hours on a small LAN (gc_thresh1)."""
    FAILED = "failed"
    """It was asked and did not answer, or has not answered yet; ``mac`` is None."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entry: IP literal without zone, MAC in lower case with colons, name of the interface."""

    address: str
    mac: str | None
    interface: str
    standing: Standing


def read_neighbours(*, root: Path, platform: str) -> list[Neighbour]:
    """Every unicast entry of both families. Raises CheckError when no table can be read."""
    if platform == "win32":
        return [_from_windows(item) for item in windows.neighbours()]
    if platform != "linux":
        raise CheckError(ReasonCode.UNSUPPORTED_PLATFORM, system=platform)
    if (root / "proc").resolve() == Path("/proc"):  # the running system's own
        try:
            return parse_netlink(dump_netlink(), _name_of)
        except OSError:  # a sandbox without AF_NETLINK: the file still has IPv4
            return parse_arp_file(_read_arp_file(root))
    return parse_arp_file(_read_arp_file(root))


_RTM_NEWNEIGH, _RTM_GETNEIGH, _NLMSG_ERROR, _NLMSG_DONE = 28, 30, 2, 3
_REQUEST_DUMP = 0x0001 | 0x0300
_NDA_DST, _NDA_LLADDR = 1, 2
_MESSAGE = struct.Struct("=IHHII")
_NEIGHBOUR = struct.Struct("=BBHiHBB")
_ATTRIBUTE = struct.Struct("=HH")
_REACHABLE, _STALE, _DELAY, _PROBE, _PERMANENT = 0x02, 0x04, 0x08, 0x10, 0x80
_INCOMPLETE, _FAILED = 0x01, 0x20
_PROXY_FLAG = 0x08
_FILE_COMPLETE, _FILE_COLUMNS = 0x02, 6
_RECEIVE_BYTES = 1 << 16


def dump_netlink(*, open_socket: Callable[..., socket.socket] = socket.socket) -> bytes:
    """The kernel's answer to RTM_GETNEIGH for all families, in one piece. Raises OSError."""
    request = _MESSAGE.pack(_MESSAGE.size + _NEIGHBOUR.size, _RTM_GETNEIGH, _REQUEST_DUMP, 1, 0)
    request += _NEIGHBOUR.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0)
    whole = b""
    with open_socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as asked:
        asked.settimeout(2)  # the kernel answers at once; this only guards against a hang
        asked.sendto(request, (0, 0))
        while True:
            part = asked.recv(_RECEIVE_BYTES)
            whole += part
            if _is_last(part):
                return whole


def _is_last(part: bytes) -> bool:
    return any(kind in (_NLMSG_DONE, _NLMSG_ERROR) for kind, _ in _messages(part))


def _messages(raw: bytes) -> list[tuple[int, bytes]]:
    found, place = [], 0
    while place + _MESSAGE.size <= len(raw):
        length, kind, _, _, _ = _MESSAGE.unpack_from(raw, place)
        if length < _MESSAGE.size:
            break
        found.append((kind, raw[place + _MESSAGE.size : place + length]))
        place += (length + 3) & ~3
    return found


def parse_netlink(raw: bytes, name_of: Callable[[int], str]) -> list[Neighbour]:
    """Entries of a dump; ``name_of`` turns an interface's index into its name."""
    found = []
    for kind, body in _messages(raw):
        if kind != _RTM_NEWNEIGH or len(body) < _NEIGHBOUR.size:
            continue
        family, _, _, index, state, flags, _ = _NEIGHBOUR.unpack_from(body)
        parts = _attributes(body[_NEIGHBOUR.size :])
        # AF_BRIDGE rows are the forwarding table of a bridge, proxy rows are addresses we answer for: neither is a neighbour
        if family not in (socket.AF_INET, socket.AF_INET6) or flags & _PROXY_FLAG or _NDA_DST not in parts:
            continue
        address = socket.inet_ntop(family, parts[_NDA_DST])
        standing = _standing(state)
        if standing is not None and not ip_address(address).is_multicast:
            found.append(_neighbour(address, parts.get(_NDA_LLADDR, b""), name_of(index), standing))
    return found


def _standing(state: int) -> Standing | None:
    if state & (_REACHABLE | _PERMANENT):
        return Standing.CONFIRMED
    if state & (_STALE | _DELAY | _PROBE):
        return Standing.STALE
    return Standing.FAILED if state & (_FAILED | _INCOMPLETE) else None  # NOARP: multicast, loopback, point-to-point


def _attributes(raw: bytes) -> dict[int, bytes]:
    found, place = {}, 0
    while place + _ATTRIBUTE.size <= len(raw):
        length, kind = _ATTRIBUTE.unpack_from(raw, place)
        if length < _ATTRIBUTE.size:
            break
        found[kind] = raw[place + _ATTRIBUTE.size : place + length]
        place += (length + 3) & ~3
    return found


def parse_arp_file(text: str) -> list[Neighbour]:
    """Entries of ``/proc/net/arp``. The file does not tell fresh from stale, so complete entries are stale."""
    found = []
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) == _FILE_COLUMNS and words[1] == "0x1":  # Ethernet
            complete = int(words[2], 16) & _FILE_COMPLETE
            mac = bytes.fromhex(words[3].replace(":", "")) if complete else b""
            found.append(_neighbour(words[0], mac, words[5], Standing.STALE if complete else Standing.FAILED))
    return found


def _neighbour(address: str, mac: bytes, interface: str, standing: Standing) -> Neighbour:
    known = len(mac) == _MAC_BYTES and any(mac) and not mac[0] & 1 and standing is not Standing.FAILED
    return Neighbour(address, mac.hex(":") if known else None, interface, standing if known else Standing.FAILED)


def _from_windows(item: windows.NeighbourEntry) -> Neighbour:
    # NL_NEIGHBOR_STATE: 0 unreachable, 1 incomplete, 2 probe, 3 delay, 4 stale, 5 reachable, 6 permanent
    standing = {
        2: Standing.STALE,
        3: Standing.STALE,
        4: Standing.STALE,
        5: Standing.CONFIRMED,
        6: Standing.CONFIRMED,
    }
    found = standing.get(item.state, Standing.FAILED)
    return Neighbour(item.address, None if found is Standing.FAILED else item.mac, item.interface, found)


def _name_of(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:  # gone between the dump and now
        return str(index)


def _read_arp_file(root: Path) -> str:
    try:
        return (root / "proc/net/arp").read_text(encoding="ascii")
    except OSError as error:
        raise CheckError(ReasonCode.READING_FAILED, problem=str(error)) from error
