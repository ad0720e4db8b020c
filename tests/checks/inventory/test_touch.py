"""The unprivileged touch: its pace, its end, and how long it waits for answers."""

import errno
import random
import socket
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from typing import Any, Self

import pytest

from checks.inventory.budget import Budget
from checks.inventory.touch import Touched, touch
from tests.checks.inventory.simulated import Clock

SOURCE = IPv4Address("10.40.0.2")
TARGETS = [host for host in IPv4Network("10.40.0.0/24").hosts() if host != SOURCE]


class Sockets:
    """Makes datagram sockets that note what is sent, and fail as told."""

    def __init__(self, clock: Clock, *, failures: dict[str, list[int]] | None = None) -> None:
        self.clock, self.failures = clock, failures or {}
        self.sent: list[tuple[float, str]] = []
        self.opened = 0
        self.bound: list[str] = []

    def __call__(self, family: int, kind: int) -> Any:
        assert (family, kind) == (socket.AF_INET, socket.SOCK_DGRAM)
        self.opened += 1
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Closed."""

    def setblocking(self, flag: bool) -> None:
        assert not flag

    def bind(self, where: tuple[str, int]) -> None:
        self.bound.append(where[0])

    def sendto(self, data: bytes, where: tuple[str, int]) -> None:
        assert (data, where[1]) == (b"", 9)
        if self.failures.get(where[0]):
            raise OSError(self.failures[where[0]].pop(0), "told to fail")
        self.sent.append((self.clock(), where[0]))


def run(sockets: Sockets, *, pace: float = 12, seconds: float = 3600, checking: int = 0) -> tuple[Touched, set[str]]:
    asked: set[str] = set()
    looks = [True] * checking

    def look() -> bool:
        return looks.pop() if looks else False

    done = touch(
        SOURCE,
        TARGETS,
        budget=Budget(pace, sockets.clock),
        pause=sockets.clock.pause,
        rng=random.Random(3),
        end_at=sockets.clock() + seconds,
        asked=asked,
        look=look,
        told=lambda _share: None,
        open_socket=sockets,
    )
    return done, asked


def test_every_address_is_touched_once_in_random_order_from_the_own_address() -> None:
    sockets = Sockets(Clock())
    done, asked = run(sockets)
    order = [address for _, address in sockets.sent]
    assert sorted(order, key=IPv4Address) == [str(target) for target in TARGETS]
    assert order != sorted(order, key=IPv4Address)
    assert asked == set(order)
    assert (done.sent, done.cut) == (253, False)
    assert set(sockets.bound) == {str(SOURCE)}
    assert sockets.opened == 2


def test_the_kernels_three_requests_per_address_stay_within_the_budget() -> None:
    sockets = Sockets(Clock())
    run(sockets, pace=12)
    times = [at for at, _ in sockets.sent]
    assert min(after - before for before, after in pairwise(times)) >= 3 / 12 - 1e-9


def test_time_ends_it_with_what_was_asked_so_far() -> None:
    sockets = Sockets(Clock())
    done, asked = run(sockets, seconds=20)
    assert done.cut
    assert 0 < len(asked) < len(TARGETS)
    assert sockets.clock() - 100 <= 20 + 0.2


def test_it_waits_longer_while_the_kernel_checks_old_entries() -> None:
    usual, longer = Sockets(Clock()), Sockets(Clock())
    run(usual, pace=1000)
    run(longer, pace=1000, checking=10_000)
    assert longer.clock() - usual.clock() == pytest.approx(8.5 - 3.2, abs=0.3)


def test_a_full_buffer_is_tried_again_and_a_refusal_is_not_covered() -> None:
    sockets = Sockets(Clock(), failures={"10.40.0.9": [errno.ENOBUFS], "10.40.0.10": [errno.EACCES], "10.40.0.11": [11, 11]})
    done, asked = run(sockets)
    assert "10.40.0.9" in asked
    assert {"10.40.0.10", "10.40.0.11"}.isdisjoint(asked)
    assert done.sent == 251
