"""
ARP sweep through a raw socket: evenly paced, in random order, in rounds until nothing new answers.

Every known tool sends 138 to 1132 requests a second; a school's access switch may close the port at 15 (Cisco, D-Link and
Planet ARP inspection). With 2 % loss each way one round misses 3 to 5 % of the hosts, three rounds none, so there are at
least three.
"""

import random
import select
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Protocol

_ETHERTYPE_ARP = 0x0806
_ETHERNET, _IPV4, _MAC_BYTES, _IPV4_BYTES, _REQUEST = 1, 0x0800, 6, 4, 1
_HEADER = struct.Struct("!HHBBH")
_FRAME_BYTES = 42
_BROADCAST = b"\xff" * _MAC_BYTES
_PADDING = bytes(60 - _FRAME_BYTES)
"""An Ethernet frame has at least 60 bytes before its check sequence."""
_MIN_ROUNDS, _MAX_ROUNDS = 3, 8
_TAIL_S = 0.5
"""Phones answer after 100 to 200 ms, three times that with power saving."""
_RECEIVE_BUFFER = 1 << 20


class Wire(Protocol):
    """A link on which ARP frames are sent and received."""

    def send(self, frame: bytes) -> bool:
        """True when the frame went out, False when the system had no room for it now."""

    def receive(self, wait_s: float) -> bytes | None:
        """The next frame, None when none came within ``wait_s``."""

    def close(self) -> None:
        """Give the socket back."""


class RawWire:
    """A Linux AF_PACKET socket for ARP. Raises PermissionError without CAP_NET_RAW, OSError when the interface is gone."""

    def __init__(self, interface: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHERTYPE_ARP))
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            self._socket.bind((interface, _ETHERTYPE_ARP))
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise

    def send(self, frame: bytes) -> bool:
        try:
            self._socket.send(frame)
        except BlockingIOError:
            return False
        return True

    def receive(self, wait_s: float) -> bytes | None:
        if not select.select([self._socket], [], [], max(0.0, wait_s))[0]:
            return None
        try:
            return self._socket.recv(2048)
        except BlockingIOError:
            return None

    def close(self) -> None:
        self._socket.close()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who asks: this machine's MAC and its address inside the prefix that is swept."""

    mac: bytes
    address: IPv4Address


@dataclass(slots=True)
class Swept:
    """MACs by address, addresses asked at least once, rounds begun, frames sent, and whether time ended it."""

    found: dict[str, set[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    rounds: int = 0
    sent: int = 0
    cut: bool = False


Told = Callable[[int, int, float], None]
"""Progress: round, addresses found, share of the round done."""


def sweep(
    wire: Wire,
    sender: Sender,
    targets: list[IPv4Address],
    *,
    packets_per_second: float,
    clock: Callable[[], float],
    rng: random.Random,
    end_at: float,
    told: Told,
) -> Swept:
    """
    Ask ``targets`` until a round brings nothing new, at least three times, and end before ``end_at`` of ``clock``.

    Each round asks only those not yet seen. Between two frames there is never less than 1 / ``packets_per_second``.
    """
    run = _Sweep(wire, sender, targets, 1 / packets_per_second, clock, end_at, told)
    while run.result.rounds < _MAX_ROUNDS and not run.result.cut:
        before = len(run.result.found)
        waiting = run.unseen()
        if not waiting:
            break
        rng.shuffle(waiting)
        run.round(waiting)
        if run.result.rounds >= _MIN_ROUNDS and len(run.result.found) == before:
            break
    return run.result


class _Sweep:
    def __init__(
        self,
        wire: Wire,
        sender: Sender,
        targets: list[IPv4Address],
        gap_s: float,
        clock: Callable[[], float],
        end_at: float,
        told: Told,
    ) -> None:
        self.result = Swept()
        self._wire, self._clock, self._gap_s, self._end_at, self._told = wire, clock, gap_s, end_at, told
        self._mac = sender.mac
        self._head = request_head(sender)
        self._targets = {target.packed: str(target) for target in targets}
        self._next_at = clock()

    def unseen(self) -> list[bytes]:
        return [packed for packed, text in self._targets.items() if text not in self.result.found]

    def round(self, waiting: list[bytes]) -> None:
        self.result.rounds += 1
        for place, packed in enumerate(waiting):
            text = self._targets[packed]
            if text in self.result.found:  # it spoke up by itself
                continue
            if max(self._next_at, self._clock()) + _TAIL_S > self._end_at:
                self.result.cut = True
                break
            self._listen(self._next_at)
            if text in self.result.found:  # it answered while we waited for our turn
                continue
            self._next_at = self._clock() + self._gap_s
            if self._wire.send(self._head + packed + _PADDING):
                self.result.sent += 1
                self.result.asked.add(text)
            self._told(self.result.rounds, len(self.result.found), place / len(waiting))
        self._listen(self._clock() + _TAIL_S)

    def _listen(self, until: float) -> None:
        while True:
            left = until - self._clock()
            frame = self._wire.receive(max(0.0, left))
            if frame is not None:
                self._take(frame)
            elif left <= 0:
                return

    def _take(self, frame: bytes) -> None:
        heard = parse_arp(frame)
        if heard is None:
            return
        mac, packed = heard
        if mac != self._mac and packed in self._targets:
            self.result.found.setdefault(self._targets[packed], set()).add(mac.hex(":"))


def request_head(sender: Sender) -> bytes:
    """A broadcast ARP request (RFC 826) up to the address that is asked for, which follows."""
    return (
        _BROADCAST
        + sender.mac
        + _ETHERTYPE_ARP.to_bytes(2, "big")
        + _HEADER.pack(_ETHERNET, _IPV4, _MAC_BYTES, _IPV4_BYTES, _REQUEST)
        + sender.mac
        + sender.address.packed
        + bytes(_MAC_BYTES)
    )


def parse_arp(frame: bytes) -> tuple[bytes, bytes] | None:
    """MAC and IPv4 address of who sent this ARP frame, request or reply; None when it is none, or says nothing of a host."""
    if len(frame) < _FRAME_BYTES or frame[12:14] != _ETHERTYPE_ARP.to_bytes(2, "big"):
        return None
    kind, protocol, mac_bytes, address_bytes, _ = _HEADER.unpack_from(frame, 14)
    if (kind, protocol, mac_bytes, address_bytes) != (_ETHERNET, _IPV4, _MAC_BYTES, _IPV4_BYTES):
        return None
    mac, address = frame[22:28], frame[28:32]
    # 0.0.0.0 asks whether an address is free (RFC 5227); a group MAC is no host's
    return (mac, address) if any(address) and any(mac) and not mac[0] & 1 else None
