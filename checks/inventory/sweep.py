"""
ARP sweep through a raw socket, with a few IPv6 questions on the way.

In random order, in rounds over those not yet seen, at the pace of one budget. With 2 % loss each way one round misses 3 to
5 % of the hosts, so there are at least three, and as many more as it takes until a missing host is unlikely. When the second
round brings far more than loss can explain, something on the way drops frames: the sweep slows down and says so.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from checks.inventory.budget import Budget
from checks.inventory.frames import Heard, arp_request, echo_request, mld_query, parse_arp, parse_icmpv6
from checks.inventory.wire import LinkLost, Wire

_MIN_ROUNDS, _MAX_ROUNDS = 3, 10
_TAIL_S = 0.21
"""An address is asked again this long after the last time: phones answer after 100 to 200 ms."""
_PATIENT_TAIL_S = 0.6
"""Where nobody is in a hurry (below ``_HURRY``), phones with power saving get the time they take."""
_HURRY = 90
_RISK = 0.01
"""Rounds go on until fewer than this many hosts are expected to be missing."""
_LIMITER_SHARE, _LIMITER_COUNT = 0.12, 5
"""Hosts that a repeated question found, for each that answered its first: 2.5 to 7.6 % on a clean network, far above 40 %
behind a limiter."""
_CALM_S = 1.0
_FEELERS, _MORE_FEELERS, _SUSPICIOUS, _FEELER_S = 12, 40, 2, 0.004
"""The first repeated questions wait for answers, so that a limiter is noticed before the whole round runs into it."""
_LOOK_AT_LINK_S = 0.25
_IPV4_BYTES = 4
_PAIRS6 = 3
"""More queries than a few could win the election of the querier (RFC 3810 §7.6.2) from the switch that holds it."""
_ANSWER_WITHIN_MS = 1000
"""MLD reports of a big LAN spread over a second, so that they are no burst of their own."""
_ROUND6_S = 1.25

Told = Callable[[int, int, float], None]
"""Progress: round, addresses found, share of the round done."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who asks: this machine's MAC, its address inside the prefix that is swept, and its link-local IPv6 address."""

    mac: bytes
    address: IPv4Address
    link_local: IPv6Address | None = None


@dataclass(slots=True)
class Swept:
    """
    MACs by address (both families), addresses asked at least once, rounds, frames, and how it ended.

    ``cut``: time ended it; ``lost``: the link went down; ``limited``: something on the way dropped frames.
    """

    found: dict[str, set[str]] = field(default_factory=dict)
    found6: dict[str, set[str]] = field(default_factory=dict)
    routers: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    rounds: int = 0
    sent: int = 0
    sent6: int = 0
    cut: bool = False
    lost: bool = False
    limited: bool = False


def sweep(
    wire: Wire,
    sender: Sender,
    targets: list[IPv4Address],
    *,
    budget: Budget,
    rng: random.Random,
    end_at: float,
    told: Told,
    known: Mapping[str, str] | None = None,
    second_look: bool = False,
) -> Swept:
    """
    Ask ``targets``, at least three times those that stay silent, and end before ``end_at`` of the budget's clock.

    ``known`` are MACs by address from an earlier look: those are asked alone first, without a broadcast. With
    ``second_look`` each address found is asked once more at the end, which shows a second host with the same address whose
    answer got lost. With a link-local address of the sender, IPv6 hosts are asked too, in six frames.
    """
    run = _Sweep(wire, sender, targets, budget, end_at, told)
    try:
        run.rounds(rng, known or {})
        if second_look:
            run.second_look(rng)
        run.finish6()
    except LinkLost:
        run.result.lost = True
    return run.result


class _Sweep:
    def __init__(
        self, wire: Wire, sender: Sender, targets: list[IPv4Address], budget: Budget, end_at: float, told: Told
    ) -> None:
        self.result = Swept()
        self._wire, self._sender, self._budget, self._end_at, self._told = wire, sender, budget, end_at, told
        self._clock = budget.clock
        self._targets = {target.packed: str(target) for target in targets}
        self._asked_at: dict[bytes, float] = {}
        self._link_seen_at = budget.clock()
        self._questions6 = self._question6s()
        self._next6_at = budget.clock()
        self._before6 = -1
        self._at_this_rate = 0
        self._base = 0
        """Hosts found before the rate went down the last time."""
        self._late = 0
        """Hosts since then that answered a repeated question only."""
        self._times: Counter[bytes] = Counter()
        """How often each address was asked since then."""

    @property
    def _tail_s(self) -> float:
        return _TAIL_S if self._budget.rate >= _HURRY else _PATIENT_TAIL_S

    def rounds(self, rng: random.Random, known: Mapping[str, str]) -> None:
        order = list(self._targets)
        rng.shuffle(order)
        for number in range(1, _MAX_ROUNDS + 1):
            waiting = [packed for packed in order if self._targets[packed] not in self.result.found]
            if not waiting or self.result.cut:
                return
            self.result.rounds = number
            self._at_this_rate += 1
            if self._round(waiting, known if number == 1 else {}):
                self._at_this_rate, self._base, self._late = 0, len(self.result.found), 0
                self._times.clear()
            elif self._at_this_rate >= _MIN_ROUNDS:
                self._listen(self._clock() + self._tail_s)
                if self._expected_missing() < _RISK:
                    return

    def _expected_missing(self) -> float:
        """Of n hosts that each miss a question with probability p, n·pʳ have missed r of them."""
        hosts = len(self.result.found) - self._base
        return float(hosts * (self._late / hosts) ** self._at_this_rate) if hosts else 0.0

    def _round(self, waiting: list[bytes], known: Mapping[str, str]) -> bool:
        """One round; True when it showed a limiter and the budget went down."""
        for place, packed in enumerate(waiting):
            text = self._targets[packed]
            at = max(self._budget.free_at, self._asked_at.get(packed, 0.0) + self._tail_s)
            if max(at, self._clock()) + self._tail_s > self._end_at:
                self.result.cut = True
                return False
            if self._at_this_rate == 2 and place < (_FEELERS if self._late < _SUSPICIOUS else _MORE_FEELERS):  # noqa: PLR2004
                at = max(at, self._clock() + _FEELER_S)
            self._listen(at)
            self._ask6()
            self._listen(self._budget.free_at)
            if text in self.result.found:  # it answered while we waited for our turn, or spoke up by itself
                continue
            self._ask(packed, bytes.fromhex(known[text].replace(":", "")) if text in known else None)
            self._told(self.result.rounds, len(self.result.found), place / len(waiting))
            if self._shows_limiter():
                self.result.limited = True
                if self._budget.slow():
                    self._listen(self._clock() + _CALM_S)
                    return True
        return False

    def _shows_limiter(self) -> bool:
        prompt = len(self.result.found) - self._base - self._late
        return self._late >= _LIMITER_COUNT and self._late > _LIMITER_SHARE * prompt

    def second_look(self, rng: random.Random) -> None:
        single = [packed for packed, text in self._targets.items() if len(self.result.found.get(text, ())) == 1]
        rng.shuffle(single)
        for packed in single:
            if self._budget.free_at + self._tail_s > self._end_at:
                return
            self._listen(self._budget.free_at)
            self._ask(packed, None)
        self._listen(self._clock() + self._tail_s)

    def finish6(self) -> None:
        """The rest of the IPv6 questions, until a pair of them brings nothing, and their answers."""
        while self._questions6 and self._next6_at < self._end_at:
            self._listen(max(self._next6_at, self._budget.free_at))
            self._ask6()
        self._listen(min(self._next6_at, self._end_at))

    def _question6s(self) -> list[list[bytes]]:
        mac, source = self._sender.mac, self._sender.link_local
        if source is None:
            return []
        return [[mld_query(mac, source, _ANSWER_WITHIN_MS), echo_request(mac, source, pair)] for pair in range(_PAIRS6)]

    def _ask6(self) -> None:
        """Put the next pair of questions, when it is due and the last one brought something."""
        if not self._questions6 or self._clock() < self._next6_at:
            return
        if len(self.result.found6) == self._before6:
            self._questions6 = []
            return
        self._before6 = len(self.result.found6) if self.result.sent6 else -1
        for frame in self._questions6.pop(0):
            self._listen(self._budget.free_at)
            self._budget.spend()
            if self._wire.send(frame):
                self.result.sent += 1
                self.result.sent6 += 1
        self._next6_at = self._clock() + _ROUND6_S

    def _ask(self, packed: bytes, mac: bytes | None) -> None:
        now = self._clock()
        if now - self._link_seen_at >= _LOOK_AT_LINK_S:
            self._link_seen_at = now
            if not self._wire.up():
                raise LinkLost
        self._budget.spend()
        to = (mac,) if mac else ()
        if self._wire.send(arp_request(self._sender.mac, self._sender.address, packed, *to)):
            self.result.sent += 1
            self.result.asked.add(self._targets[packed])
            self._asked_at[packed] = now
            self._times[packed] += 1

    def _listen(self, until: float) -> None:
        while True:
            left = until - self._clock()
            frame = self._wire.receive(max(0.0, left))
            if frame is not None:
                self._take(parse_arp(frame) or parse_icmpv6(frame))
            elif left <= 0:
                return

    def _take(self, heard: Heard | None) -> None:
        if heard is None or heard.mac == self._sender.mac:
            return
        if len(heard.address) == _IPV4_BYTES:
            text = self._targets.get(heard.address)
            if text is not None:
                if text not in self.result.found and self._times[heard.address] > 1:
                    self._late += 1
                self.result.found.setdefault(text, set()).add(heard.mac.hex(":"))
            return
        text = str(IPv6Address(heard.address))
        self.result.found6.setdefault(text, set()).add(heard.mac.hex(":"))
        if heard.router:
            self.result.routers.add(text)
