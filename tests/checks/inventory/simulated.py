"""A LAN without a socket: a clock that moves when somebody waits, and hosts that answer after their delay."""

import heapq
import random
from collections.abc import Callable
from ipaddress import IPv4Address

from checks.inventory.sweep import Sender

SENDER = Sender(bytes.fromhex("00163e000002"), IPv4Address("10.40.0.2"))


class Clock:
    """Seconds that pass when something waits for them."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


def reply(mac: str, address: str, *, operation: int = 2) -> bytes:
    """An ARP frame from ``mac`` that speaks for ``address``."""
    own = bytes.fromhex(mac.replace(":", ""))
    head = SENDER.mac + own + b"\x08\x06" + b"\x00\x01\x08\x00\x06\x04" + operation.to_bytes(2, "big")
    return head + own + IPv4Address(address).packed + SENDER.mac + SENDER.address.packed + bytes(18)


class SimulatedWire:
    """
    Hosts by address, each with MACs and a delay. ``lost`` says of each frame whether it gets lost.

    ``sent_at`` are the times at which requests went out.
    """

    def __init__(
        self,
        clock: Clock,
        hosts: dict[str, list[str]],
        *,
        delay_s: float = 0.002,
        lost: Callable[[], bool] = lambda: False,
    ) -> None:
        self.clock, self.hosts, self.delay_s, self.lost = clock, hosts, delay_s, lost
        self.sent_at: list[float] = []
        self.asked: list[str] = []
        self.to: list[str] = []
        self.closed = False
        self.down_at = float("inf")
        self._coming: list[tuple[float, int, bytes]] = []

    def send(self, frame: bytes) -> bool:
        self.sent_at.append(self.clock())
        address = str(IPv4Address(frame[38:42]))
        self.asked.append(address)
        self.to.append(frame[:6].hex(":"))
        for mac in self.hosts.get(address, []):
            if not self.lost() and not self.lost():
                self.bring(self.delay_s, reply(mac, address))
        return True

    def bring(self, delay_s: float, frame: bytes) -> None:
        """Let a frame arrive later by itself."""
        heapq.heappush(self._coming, (self.clock() + delay_s, len(self.sent_at), frame))

    def receive(self, wait_s: float) -> bytes | None:
        if self._coming and self._coming[0][0] <= self.clock() + wait_s:
            at, _, frame = heapq.heappop(self._coming)
            self.clock.now = max(self.clock.now, at)
            return frame
        self.clock.pause(max(wait_s, 0.0))
        return None

    def up(self) -> bool:
        return self.clock() < self.down_at

    def close(self) -> None:
        self.closed = True


def losing(percent: float, seed: int) -> Callable[[], bool]:
    """A link that loses ``percent`` of the frames each way."""
    rng = random.Random(seed)
    return lambda: rng.random() * 100 < percent
