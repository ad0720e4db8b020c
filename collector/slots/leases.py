"""
Leases of speed tests, in the database: who may test when, across all workers.

Every grant begins with an update of its server's row, which keeps other workers out until the commit (a row lock in
PostgreSQL, the write lock in SQLite), so that two workers never give the same place away. The tables hold the present day
only and are made when they are first needed: nothing is lost with them but appointments.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    delete,
    insert,
    select,
    update,
)

from collector.slots.calendar import Calendar
from collector.slots.plan import first_free
from collector.slots.settings import SlotSettings

metadata = MetaData()
_gate = Table(
    "slot_gate", metadata, Column("server", String(128), primary_key=True), Column("grants", Integer, nullable=False)
)
_lease = Table(
    "slot_lease",
    metadata,
    Column("school_id", String(64), primary_key=True),
    Column("slot", String(32), primary_key=True),
    Column("server", String(128), nullable=False, index=True),
    Column("uplink", String(64), nullable=False),
    Column("agent_id", String(64), nullable=False),
    Column("starts_at", DateTime, nullable=False),
    Column("ends_at", DateTime, nullable=False, index=True),
    Column("done_at", DateTime),
)
_usage = Table(
    "slot_usage",
    metadata,
    Column("school_id", String(64), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("bytes", BigInteger, nullable=False),
)


class State(StrEnum):
    """What became of a request for a slot."""

    GRANTED = "granted"
    """This machine tests, at ``starts_at``."""
    STAND_IN = "stand_in"
    """Another machine of the same uplink has the lease; ask again when it ends."""
    DONE = "done"
    """Another machine tested the uplink a short while ago."""
    NEVER = "never"
    """The calendar never opens, or the month's data is used up."""


class Asked(Struct, frozen=True, kw_only=True):
    """A machine that wants to test. ``uplink`` tells lines of one school apart: the address the collector sees."""

    school_id: str
    agent_id: str
    uplink: str
    at: datetime


class Answer(Struct, frozen=True, kw_only=True):
    """``starts_at`` is when to test, or when to ask again. ``slot`` is empty unless granted."""

    state: State
    starts_at: datetime
    slot: str = ""
    used_bytes: int = 0


class Leases:
    """Grants leases of the servers, each with its ``capacity``. All times have a time zone."""

    def __init__(
        self,
        settings: SlotSettings,
        servers: dict[str, int],
        zone: tzinfo,
        delay: Callable[[float], float],
        names: Callable[[], str] = lambda: secrets.token_urlsafe(18),
    ) -> None:
        self.settings, self._servers, self._zone, self._delay, self._names = settings, servers, zone, delay, names
        self._calendar = Calendar(settings.calendar)
        self.budget_bytes = int(settings.monthly_gigabytes * 1_000_000_000)

    def prepare(self, connection: Connection) -> None:
        """Make the tables and the servers' rows where they are missing."""
        metadata.create_all(connection)
        there = set(connection.scalars(select(_gate.c.server)))
        missing = [{"server": name, "grants": 0} for name in self._servers if name not in there]
        if missing:
            connection.execute(insert(_gate), missing)

    def ask(self, connection: Connection, items: Sequence[Asked]) -> list[Answer]:
        """Answer requests, in order. Of the form that the store's writer takes."""
        return [self._answer(connection, item) for item in items]

    def _answer(self, connection: Connection, item: Asked) -> Answer:
        now = item.at.astimezone(UTC).replace(tzinfo=None)
        # Every server's row, in one order: two workers never wait for each other crosswise.
        for name in sorted(self._servers):
            connection.execute(update(_gate).where(_gate.c.server == name).values(grants=_gate.c.grants + 1))
        connection.execute(delete(_lease).where(_lease.c.ends_at < now - timedelta(days=1)))
        used = self.used(connection, item.school_id, item.at)
        if used >= self.budget_bytes:
            return Answer(state=State.NEVER, starts_at=self._next_month(item.at), used_bytes=used)
        mine = connection.execute(select(_lease).where(_lease.c.school_id == item.school_id)).mappings().all()
        for row in mine:
            if row["uplink"] != item.uplink:
                continue
            rested = row["done_at"] and row["done_at"] + timedelta(hours=self.settings.rest_hours)
            if rested and rested > now and row["agent_id"] != item.agent_id:
                return Answer(state=State.DONE, starts_at=_aware(rested), used_bytes=used)
            if row["done_at"] is None and row["ends_at"] > now:
                own = row["agent_id"] == item.agent_id
                state, at = (State.GRANTED, row["starts_at"]) if own else (State.STAND_IN, row["ends_at"])
                return Answer(state=state, starts_at=_aware(at), slot=row["slot"] if own else "", used_bytes=used)
        return self._grant(
            connection, item, [(row["starts_at"], row["ends_at"]) for row in mine if not row["done_at"]], used
        )

    def _grant(self, connection: Connection, item: Asked, own: list[tuple[datetime, datetime]], used: int) -> Answer:
        """On the server that is free first; the own leases are in UTC without a zone, as stored."""
        now = item.at.astimezone(UTC).replace(tzinfo=None)
        seconds = float(self.settings.lease_seconds)
        found: list[tuple[datetime, str]] = []
        for name, capacity in self._servers.items():
            rows = connection.execute(
                select(_lease.c.starts_at, _lease.c.ends_at).where(
                    and_(_lease.c.server == name, _lease.c.ends_at > now, _lease.c.done_at.is_(None))
                )
            )
            taken = [(row[0], row[1]) for row in rows]
            moment = first_free(now, seconds, taken, own, capacity, lambda at: self._opens(at, seconds))
            if moment is not None:
                found.append((moment, name))
        if not found:
            return Answer(state=State.NEVER, starts_at=item.at + timedelta(days=1), used_bytes=used)
        starts_at, server = min(found)
        slot = self._names()
        row = {
            "school_id": item.school_id,
            "slot": slot,
            "server": server,
            "uplink": item.uplink,
            "agent_id": item.agent_id,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(seconds=seconds),
        }
        connection.execute(insert(_lease), [row])
        return Answer(state=State.GRANTED, starts_at=_aware(starts_at), slot=slot, used_bytes=used)

    def _opens(self, moment: datetime, seconds: float) -> datetime | None:
        local = self._calendar.opens(_aware(moment).astimezone(self._zone), seconds)
        return None if local is None else local.astimezone(UTC).replace(tzinfo=None)

    def start_in_s(self, answer: Answer, now: datetime) -> float:
        """Seconds until ``starts_at``, and a little at random: those who were told the same time do not come together."""
        wait_s = max(0.0, (answer.starts_at - now).total_seconds())
        room_s = self.settings.spread_seconds
        return wait_s + (self._delay(room_s) if answer.state is not State.GRANTED or wait_s else 0.0)

    def finish(self, connection: Connection, items: Sequence[tuple[str, str, datetime]]) -> list[bool]:
        """(school, slot, moment): the test is over, its place is free and its uplink measured."""
        return [
            connection.execute(
                update(_lease)
                .where(_lease.c.school_id == school, _lease.c.slot == slot, _lease.c.done_at.is_(None))
                .values(done_at=at.astimezone(UTC).replace(tzinfo=None))
            ).rowcount
            > 0
            for school, slot, at in items
        ]

    def allowed_from(self, now: datetime) -> datetime | None:
        """``now`` while the calendar is open for a whole test, else when it opens."""
        opened = self._opens(now.astimezone(UTC).replace(tzinfo=None), float(self.settings.lease_seconds))
        return None if opened is None else _aware(opened)

    def used(self, connection: Connection, school_id: str, at: datetime) -> int:
        """Bytes of the school's speed tests in the month of ``at``."""
        where = and_(_usage.c.school_id == school_id, _usage.c.month == self._month(at))
        return connection.scalar(select(_usage.c.bytes).where(where)) or 0

    def spend(self, connection: Connection, items: Sequence[tuple[str, int, datetime]]) -> list[int]:
        """(school, bytes, moment): count what a test has moved; the month's sums."""
        sums = []
        for school, size, at in items:
            where = and_(_usage.c.school_id == school, _usage.c.month == self._month(at))
            grown = connection.execute(update(_usage).where(where).values(bytes=_usage.c.bytes + size))
            if not grown.rowcount:
                connection.execute(insert(_usage), [{"school_id": school, "month": self._month(at), "bytes": size}])
            sums.append(self.used(connection, school, at))
        return sums

    def _month(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m")

    def _next_month(self, at: datetime) -> datetime:
        local = at.astimezone(self._zone).replace(day=28) + timedelta(days=4)
        return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
