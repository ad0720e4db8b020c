"""
What may go in time: the bodies of reports. Typed rows stay, so every score can still be computed and disputed.

Bodies go by whole months, which on PostgreSQL are partitions, so each is kept for the asked days and up to a month more.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import Connection, delete, select

from collector.store.schema import report_body, school
from collector.store.store import Store


def last_kept_month(now: datetime, days: int, zone: tzinfo) -> str:
    """The earliest month with a body that is younger than ``days``: ``2026-03``."""
    return (now - timedelta(days=days)).astimezone(zone).strftime("%Y-%m")


def schools_to_sweep(connection: Connection) -> list[str]:
    """Every school, by id: a body is found by its school and month, without a look at any other."""
    return list(connection.scalars(select(school.c.school_id).order_by(school.c.school_id)))


def drop_bodies(connection: Connection, wanted: Sequence[tuple[str, str]]) -> list[int]:
    """Delete the bodies of (school, months before this one); how many each."""
    return [
        connection.execute(
            delete(report_body).where(report_body.c.school_id == school_id, report_body.c.received_month < month)
        ).rowcount
        for school_id, month in wanted
    ]


class Retention:
    """Drops bodies school by school, each in a transaction of its own; at most once a day."""

    def __init__(self, store: Store, days: int, zone: tzinfo, now: Callable[[], datetime]) -> None:
        self._store = store
        self._days = days
        self._zone = zone
        self._now = now
        self._swept: date | None = None

    def sweep(self, stop: Callable[[], bool] = lambda: False) -> int:
        """How many bodies went; 0 when the day's sweep is done, or when bodies are kept for ever."""
        today = self._now().astimezone(self._zone).date()
        if not self._days or self._swept == today:
            return 0
        month = last_kept_month(self._now(), self._days, self._zone)
        with self._store.reading() as connection:
            ids = schools_to_sweep(connection)
        gone = 0
        for school_id in ids:
            if stop():
                return gone
            gone += self._store.submit(drop_bodies, (school_id, month)).result()
        self._swept = today
        return gone
