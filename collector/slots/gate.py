"""What the speed routes ask before a test and tell after it: the calendar, and the school's data of the month."""

import math
import random
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from collector.config import CollectorConfig
from collector.slots.leases import Leases
from collector.speed.sessions import SpeedError
from collector.store.store import Store


class ClosedError(SpeedError):
    """No test now. ``retry_after_s`` is a whole number of seconds, at least 1."""

    def __init__(self, code: str, retry_after_s: int) -> None:
        super().__init__(code, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class Gate:
    """One per process, over the store that all processes share."""

    def __init__(self, leases: Leases, store: Store, now: Callable[[], datetime]) -> None:
        self.leases, self._store, self._now = leases, store, now
        store.write(_prepare, [leases])

    def admit(self, school_id: str) -> None:
        """Raises :class:`ClosedError` during lessons and exams, and when the month's data is used up."""
        now = self._now()
        opens = self.leases.allowed_from(now)
        if opens is None or opens > now:
            wait_s = 86_400.0 if opens is None else (opens - now).total_seconds()
            raise ClosedError("problem.speed_lessons", max(1, math.ceil(wait_s)))
        with self._store.reading() as connection:
            if self.leases.used(connection, school_id, now) >= self.leases.budget_bytes:
                raise ClosedError("problem.speed_budget", 86_400)

    def spent(self, school_id: str, size: int) -> None:
        """``size`` bytes were moved; written when the store gets round to it."""
        if size:
            self._store.submit(self.leases.spend, (school_id, size, self._now()))


def gate_of(config: CollectorConfig, store: Store, now: Callable[[], datetime]) -> Gate:
    """The gate of a collector, whose speed endpoints are one server."""
    servers = {"collector": config.speed.max_concurrent}
    delay = random.SystemRandom().uniform
    leases = Leases(config.slots, servers, config.zone, lambda most_s: delay(0.0, most_s))
    return Gate(leases, store, now)


def _prepare(connection: Connection, items: Sequence[Leases]) -> list[None]:
    for leases in items:
        leases.prepare(connection)
    return [None] * len(items)
