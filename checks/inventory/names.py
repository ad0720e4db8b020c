"""
Asking devices what they are, from plain UDP sockets: no privileges, and the same budget as every other sender.

Multicast first (mDNS, SSDP, WS-Discovery: three frames for everybody), then NBNS to each address that has not spoken, then
reverse DNS through the machine's own resolver; four rounds, since any of them may get lost.
"""

import random
import select
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from checks.inventory.answers import Clues, dns_question, nbns_question, read_dns, read_nbns, read_ssdp, read_wsd
from checks.inventory.budget import Budget

_ROUNDS = 4
"""With 2 % loss each way three rounds miss one of 170 devices in one run of a hundred; only the silent are asked again."""
_WAIT_S = 1.0
"""After a round: SSDP answers within MX, phones wake up late."""
_PTR = 12
_MDNS, _SSDP, _WSD = ("224.0.0.251", 5353), ("239.255.255.250", 1900), ("239.255.255.250", 3702)
_NBNS_PORT, _DNS_PORT = 137, 53
_M_SEARCH = b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n'
_PROBE = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">'
    "<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>urn:uuid:{id}"
    "</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe/></s:Body></s:Envelope>"
)
_RECEIVE_BUFFER = 1 << 20
_MAX_ANSWERS = 20_000
"""A device that never stops answering does not keep us."""


@dataclass(slots=True)
class Named:
    """What each address said, datagrams sent, rounds, and whether there was time for all of it."""

    clues: dict[str, Clues] = field(default_factory=dict)
    sent: int = 0
    rounds: int = 0
    complete: bool = True


def resolver(root: Path = Path("/")) -> str | None:
    """The first name server of resolv.conf(5), None without one."""
    try:
        lines = (root / "etc/resolv.conf").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return next((line.split()[1] for line in lines if line.startswith("nameserver") and len(line.split()) > 1), None)


def ask_names(
    source: str,
    addresses: Iterable[str],
    *,
    budget: Budget,
    rng: random.Random,
    end_at: float,
    name_server: str | None = None,
    frames_each: int = 1,
    told: Callable[[float], None] = lambda _share: None,
) -> Named:
    """
    Ask everybody on the LAN of ``source`` (this machine's IPv4 address) by multicast, and each of ``addresses`` alone.

    ``name_server`` is asked for the names of those that stayed silent, when it is on a private network: names of a school's
    machines are not for a public resolver. ``frames_each`` is 2 where the system must ask for a MAC before it can send.
    """
    with _Asking(source, budget, end_at, frames_each) as asking:
        asking.run(list(addresses), rng, name_server, told)
        return asking.result


class _Asking:
    def __init__(self, source: str, budget: Budget, end_at: float, frames_each: int) -> None:
        self.result = Named()
        self._source, self._budget, self._clock, self._end_at = source, budget, budget.clock, end_at
        self._readers: dict[socket.socket, Callable[[bytes], Clues | None]] = {}
        self._reversed: dict[int, str] = {}
        self._heard = 0
        self._frames_each = frames_each

    def __enter__(self) -> Self:
        """Open a socket for each protocol; the port that an answer comes to tells which it is."""
        self._nbns = self._open(read_nbns)
        self._mdns = self._open(read_dns, hops=255)
        self._ssdp = self._open(read_ssdp, hops=2)
        self._wsd = self._open(read_wsd, hops=1)
        self._dns = self._open(lambda _data: None)
        return self

    def __exit__(self, *_: object) -> None:
        """Close them."""
        for item in self._readers:
            item.close()

    def _open(self, reader: Callable[[bytes], Clues | None], hops: int = 1) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._readers[made] = reader
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self._source))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
        made.bind((self._source, 0))
        made.setblocking(False)
        return made

    def run(self, addresses: list[str], rng: random.Random, name_server: str | None, told: Callable[[float], None]) -> None:
        rng.shuffle(addresses)
        for number in range(1, _ROUNDS + 1):
            self.result.rounds = number
            identifier = f"{rng.getrandbits(128):032x}"
            probe = _PROBE.format(id="-".join(identifier[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))))
            self._send(self._mdns, dns_question("_services._dns-sd._udp.local", _PTR, unicast=True), _MDNS)
            self._send(self._ssdp, _M_SEARCH, _SSDP)
            self._send(self._wsd, probe.encode(), _WSD)
            waiting = [one for one in addresses if one not in self.result.clues]
            for place, address in enumerate(waiting):
                if self._clock() + _WAIT_S > self._end_at:
                    self.result.complete = False
                    return
                self._send(self._nbns, nbns_question(rng.getrandbits(16)), (address, _NBNS_PORT), self._frames_each)
                told((number - 1 + place / len(waiting)) / _ROUNDS)
            self._listen(self._clock() + _WAIT_S)
        if name_server and ip_address(name_server).is_private and ip_address(name_server).version == 4:  # noqa: PLR2004
            self._reverse([one for one in addresses if not self.result.clues.get(one, Clues()).names], name_server, rng)

    def _reverse(self, addresses: list[str], server: str, rng: random.Random) -> None:
        for address in addresses:
            if self._clock() + _WAIT_S > self._end_at:
                self.result.complete = False
                return
            identifier = rng.getrandbits(16)
            self._reversed[identifier] = address
            question = dns_question(ip_address(address).reverse_pointer, _PTR, identifier=identifier, recursion=True)
            self._send(self._dns, question, (server, _DNS_PORT))
            if len(self._reversed) > 2 and not any("dns" in one.names for one in self.result.clues.values()):  # noqa: PLR2004
                self._listen(self._clock() + _WAIT_S)
                if not any("dns" in one.names for one in self.result.clues.values()):
                    return  # three addresses without a name: nobody keeps the reverse zone
        self._listen(self._clock() + _WAIT_S)

    def _send(self, through: socket.socket, data: bytes, to: tuple[str, int], frames: int = 1) -> None:
        self._listen(self._budget.free_at)
        self._budget.spend(frames)
        try:
            through.sendto(data, to)
        except OSError:  # unreachable, or no room for it: the next round asks again
            return
        self.result.sent += 1

    def _listen(self, until: float) -> None:
        while True:
            left = until - self._clock()
            ready = select.select(list(self._readers), [], [], max(0.0, left))[0]
            for item in ready:
                self._take(item)
            if not ready and left <= 0:
                return
            if self._heard >= _MAX_ANSWERS and left <= 0:
                return

    def _take(self, item: socket.socket) -> None:
        try:
            data, (address, *_) = item.recvfrom(9000)
        except OSError:  # ECONNREFUSED: port unreachable of an earlier question
            return
        self._heard += 1
        if item is self._dns:
            clues, address = read_dns(data, "dns"), self._reversed.get(int.from_bytes(data[:2], "big"), "")
        else:
            clues = self._readers[item](data)
        if clues and address:
            self.result.clues.setdefault(address, Clues()).take(clues)
