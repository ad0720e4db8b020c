"""Waivers, a row for each school and waiver. One is withdrawn, never deleted: what was published must stay explicable."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import Column, Connection, String, Table, Text, select, update

from collector.store.schema import Moment, metadata
from collector.store.upsert import insert_new
from contract.wire import encode
from criteria.waiver import WaiverEntry

waiver_row = Table(
    "waiver",
    metadata,
    Column("school_id", String(64), primary_key=True),
    Column("waiver_id", String(16), primary_key=True),
    Column("pack_id", String(64), nullable=False),
    Column("criterion", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_on", String(10), nullable=False),
    Column("expires", String(10), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    sqlite_with_rowid=False,
)


class Granted(Struct, frozen=True, kw_only=True):
    """A waiver as stored. ``entry`` names all the schools it is for."""

    waiver_id: str
    entry: WaiverEntry
    created_at: datetime
    withdrawn_at: datetime | None = None


def id_of(entry: WaiverEntry) -> str:
    """Of its content: the same file loaded twice adds nothing."""
    return hashlib.sha256(encode(entry)).hexdigest()[:12]


def put(connection: Connection, items: Sequence[tuple[WaiverEntry, datetime]]) -> list[bool]:
    """Add each waiver; False where it is there already."""
    return [bool(insert_new(connection, waiver_row, _rows(entry, at))) for entry, at in items]


def _rows(entry: WaiverEntry, at: datetime) -> list[dict[str, object]]:
    return [
        {
            "school_id": school,
            "waiver_id": id_of(entry),
            "pack_id": entry.pack,
            "criterion": entry.criterion,
            "reason": entry.reason,
            "approved_by": entry.approved_by,
            "approved_on": entry.approved_on.isoformat(),
            "expires": entry.expires.isoformat(),
            "created_at": at,
            "withdrawn_at": None,
        }
        for school in entry.schools
    ]


def withdraw(connection: Connection, items: Sequence[tuple[str, datetime]]) -> list[bool]:
    """End each waiver now; False where none of that id is in force."""
    table = waiver_row.c
    return [
        connection.execute(
            update(waiver_row).where(table.waiver_id == id_, table.withdrawn_at.is_(None)).values(withdrawn_at=at)
        ).rowcount
        > 0
        for id_, at in items
    ]


def listed(connection: Connection) -> list[Granted]:
    """Every waiver there ever was, by expiry."""
    found: dict[str, Granted] = {}
    statement = select(waiver_row).order_by(waiver_row.c.expires, waiver_row.c.waiver_id, waiver_row.c.school_id)
    for row in connection.execute(statement).mappings():
        known = found.get(row["waiver_id"])
        schools = [*(known.entry.schools if known else []), row["school_id"]]
        found[row["waiver_id"]] = Granted(
            waiver_id=row["waiver_id"],
            entry=_entry(dict(row), schools),
            created_at=row["created_at"],
            withdrawn_at=row["withdrawn_at"],
        )
    return list(found.values())


def of_school(connection: Connection, school_id: str, now: datetime) -> list[WaiverEntry]:
    """The waivers of a school that had not been withdrawn by ``now``; whether one has expired is for the judge."""
    table = waiver_row.c
    statement = (
        select(waiver_row)
        .where(table.school_id == school_id, table.withdrawn_at.is_(None) | (table.withdrawn_at > now))
        .order_by(table.expires.desc(), table.waiver_id)
    )
    return [_entry(dict(row), [school_id]) for row in connection.execute(statement).mappings()]


def _entry(row: dict[str, str], schools: list[str]) -> WaiverEntry:
    return WaiverEntry(
        pack=row["pack_id"],
        criterion=row["criterion"],
        schools=schools,
        reason=row["reason"],
        approved_by=row["approved_by"],
        approved_on=date.fromisoformat(row["approved_on"]),
        expires=date.fromisoformat(row["expires"]),
    )
