"""One search: what was asked and what was seen, whichever way it was done."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv6Address

from checks.inventory.budget import Budget
from checks.inventory.merge import Sighting
from checks.inventory.sweep import Sender, Swept, Told, sweep
from checks.inventory.touch import touch
from checks.inventory.wire import Wire
from checks.network.links import Link
from checks.network.neighbours import Neighbour, Standing
from contract.reason import Reason

_SMALLEST_PREFIX = 30
"""/31 and /32 are point-to-point."""


class Mode(StrEnum):
    """How devices are looked for."""

    AUTO = "auto"
    """``arp`` where raw sockets are permitted, else ``touch``."""
    PASSIVE = "passive"
    """Read the neighbour table; not one packet."""
    TOUCH = "touch"
    ARP = "arp"


@dataclass(frozen=True, slots=True)
class Range:
    """A prefix of this machine's own, on the interface that has it."""

    link: Link
    prefix: IPv4Interface

    @property
    def addresses(self) -> int:
        """Those another host can have: without network, broadcast and our own."""
        return self.prefix.network.num_addresses - 3

    def hosts(self) -> list[IPv4Address]:
        """The addresses themselves. Only for ranges within the limit: a /8 has 16 million."""
        return [host for host in self.prefix.network.hosts() if host != self.prefix.ip]


def ranges_of(links: list[Link], prefixes: Mapping[str, list[IPv4Interface]]) -> list[Range]:
    """The prefixes of Ethernet-like ``links`` that can hold other hosts; 169.254.0.0/16 is nobody's LAN."""
    return [
        Range(link, prefix)
        for link in links
        for prefix in prefixes.get(link.name, [])
        if link.mac and prefix.network.prefixlen <= _SMALLEST_PREFIX and not prefix.is_link_local
    ]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a search keeps to. ``pause`` waits that many seconds; ``end_at`` is a moment of the budget's clock."""

    budget: Budget
    pause: Callable[[float], None]
    rng: random.Random
    end_at: float
    ipv6: bool = True
    second_look: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """The neighbour table, limited to the interfaces looked at and without this machine itself."""

    read: Callable[[], list[Neighbour]]
    interfaces: frozenset[str]
    own_macs: frozenset[str]

    def entries(self) -> list[Neighbour]:
        """Entries with a MAC."""
        return [
            item for item in self.read() if item.mac and item.interface in self.interfaces and item.mac not in self.own_macs
        ]


@dataclass(slots=True)
class Search:
    """Grows while it goes on. ``covered`` are addresses that were asked for; ``seen`` maps (address, MAC) to "confirmed"."""

    in_range: int = 0
    backend: Mode = Mode.PASSIVE
    covered: set[str] = field(default_factory=set)
    rounds: int = 0
    sent: int = 0
    sent6: int = 0
    cut: bool = False
    lost: bool = False
    limited: bool = False
    routers: set[str] = field(default_factory=set)
    seen: dict[tuple[str, str], bool] = field(default_factory=dict)
    reason: Reason | None = None

    def by_arp(
        self,
        ranges: list[Range],
        wires: Mapping[str, Wire],
        link_locals: Mapping[str, IPv6Address],
        limits: Limits,
        told: Told,
    ) -> None:
        """One sweep after the other, so that the budget holds for all interfaces together."""
        asked6: set[str] = set()
        for item in ranges:
            name = item.link.name
            ask6 = limits.ipv6 and name not in asked6  # once a link, however many prefixes it has
            asked6.add(name)
            swept = sweep(
                wires[name],
                Sender(
                    bytes.fromhex((item.link.mac or "").replace(":", "")),
                    item.prefix.ip,
                    link_locals.get(name) if ask6 else None,
                ),
                item.hosts(),
                budget=limits.budget,
                rng=limits.rng,
                end_at=limits.end_at,
                told=told,
                known={address: mac for address, mac in self.seen if ":" not in address},
                second_look=limits.second_look,
            )
            self._take(swept)
            if swept.lost:
                return

    def _take(self, swept: Swept) -> None:
        self.covered |= swept.asked
        self.rounds = max(self.rounds, swept.rounds)
        self.sent += swept.sent
        self.sent6 += swept.sent6
        self.cut = self.cut or swept.cut
        self.lost = self.lost or swept.lost
        self.limited = self.limited or swept.limited
        self.routers |= swept.routers
        for found in (swept.found, swept.found6):
            for address, macs in found.items():
                for mac in macs:
                    self.seen[address, mac] = True

    def by_touch(self, ranges: list[Range], table: Table, limits: Limits, told: Told) -> None:
        """The kernel asks; addresses that it has confirmed of late cost nothing."""
        fresh = {item.address for item in table.entries() if item.standing is Standing.CONFIRMED}
        self.rounds = 1
        for item in ranges:
            hosts = item.hosts()
            self.covered |= {str(host) for host in hosts if str(host) in fresh}
            touched = touch(
                item.prefix.ip,
                [host for host in hosts if str(host) not in fresh],
                budget=limits.budget,
                pause=limits.pause,
                rng=limits.rng,
                end_at=limits.end_at,
                asked=self.covered,
                look=lambda: self._look(table),
                told=lambda share: told(1, len(self.seen), share),
            )
            self.sent += touched.sent
            self.cut = self.cut or touched.cut

    def add(self, entries: list[Neighbour]) -> None:
        """Take what the table knows."""
        for item in entries:
            key = (item.address, item.mac or "")
            self.seen[key] = self.seen.get(key, False) or item.standing is Standing.CONFIRMED

    def trusted(self) -> list[Sighting]:
        """
        What was seen, without old table entries of addresses that were asked in this search and stayed silent.

        After a touch the kernel itself settles those: they are confirmed or gone.
        """
        answered = {address for (address, _), confirmed in self.seen.items() if confirmed}
        return [
            Sighting(address, mac, confirmed)
            for (address, mac), confirmed in self.seen.items()
            if confirmed or not (self.backend is Mode.ARP and address in self.covered and address not in answered)
        ]

    def _look(self, table: Table) -> bool:
        """Take what is confirmed; True while old entries are still being checked."""
        entries = table.entries()
        self.add([item for item in entries if item.standing is Standing.CONFIRMED])
        return any(item.standing is Standing.STALE and item.address in self.covered for item in entries)
