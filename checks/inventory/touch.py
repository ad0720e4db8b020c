"""
Sweep without privileges: an empty UDP datagram to each address makes the kernel ask for its MAC, and its table then has it.

Measured on /24 and /22: 99.9 % of what a raw ARP sweep finds. The kernel asks up to three times, one second apart, so each
address counts as three frames of the budget.
"""

import errno
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from checks.inventory.budget import Budget

_DISCARD_PORT = 9
_FRAMES_PER_ADDRESS = 3
_BATCH = 128
"""Unresolved datagrams stay in the socket's send buffer, so each batch has a socket of its own."""
_TABLE_HOLDS = 900
"""The kernel's table has room for 1024 entries (gc_thresh3), those of silent addresses included, which can be collected only
once the kernel has given them up: with more addresses than this, every second batch is waited for."""
_LOOK_EVERY = 32
_RETRY_S = 0.05
_ASKING_S = 3.2
"""Three requests, one second apart (mcast_solicit, retrans_time)."""
_CHECKING_S = 8.5
"""An old entry is trusted for 5 s (delay_first_probe_time), then asked three times."""
_STEP_S = 0.2


@dataclass(slots=True)
class Touched:
    """Datagrams sent, and whether time ended it."""

    sent: int = 0
    cut: bool = False


def touch(
    source: IPv4Address,
    targets: list[IPv4Address],
    *,
    budget: Budget,
    pause: Callable[[float], None],
    rng: random.Random,
    end_at: float,
    asked: set[str],
    look: Callable[[], bool],
    told: Callable[[float], None],
    open_socket: Callable[..., socket.socket] = socket.socket,
) -> Touched:
    """
    Touch each of ``targets`` once, from ``source``, in random order, and end before ``end_at`` of ``clock``.

    Addresses that were asked for are added to ``asked``.

    ``look`` reads the table (entries of a large LAN do not stay in it) and says whether some are still being checked.
    """
    result = Touched()
    order = list(targets)
    rng.shuffle(order)
    clock = budget.clock
    for first in range(0, len(order), _BATCH):
        with open_socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.bind((str(source), 0))
            for place, target in enumerate(order[first : first + _BATCH], start=first):
                if clock() + _ASKING_S >= end_at:
                    result.cut = True
                    break
                if _send(sender, str(target), pause):
                    result.sent += 1
                    asked.add(str(target))
                if place % _LOOK_EVERY == 0:
                    look()
                    told(place / len(order))
                budget.spend(_FRAMES_PER_ADDRESS)
                pause(max(0.0, budget.free_at - clock()))
            if len(order) > _TABLE_HOLDS and first % (2 * _BATCH):
                _wait(clock, pause, min(clock() + _ASKING_S, end_at), look)
        if result.cut:
            break
    _settle(clock, pause, end_at, look)
    return result


def _send(sender: socket.socket, address: str, pause: Callable[[float], None]) -> bool:
    for _ in range(2):
        try:
            sender.sendto(b"", (address, _DISCARD_PORT))
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ENOBUFS):  # no route, not permitted: asked for nothing
                return False
            pause(_RETRY_S)
        else:
            return True
    return False


def _settle(clock: Callable[[], float], pause: Callable[[float], None], end_at: float, look: Callable[[], bool]) -> None:
    """Wait for late answers, and longer while old entries are being checked."""
    begun = clock()
    checking = True
    while clock() < end_at:
        waited = clock() - begun
        if waited >= _CHECKING_S or (waited >= _ASKING_S and not checking):
            break
        pause(_STEP_S)
        checking = look()


def _wait(clock: Callable[[], float], pause: Callable[[float], None], until: float, look: Callable[[], bool]) -> None:
    while clock() < until:
        pause(_STEP_S)
        look()
