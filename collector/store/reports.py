"""Reports: taken in exactly once, and found again."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Table, case, func, select, tuple_

from collector.store import chains
from collector.store.arrivals import Arrival, Row, unpacked
from collector.store.folding import CHECKS, LATEST, fold
from collector.store.schema import (
    agent,
    check_latest,
    check_run,
    measurement,
    report,
    report_body,
    school_day,
    school_dirty,
    school_latest,
)
from collector.store.upsert import Change, given, insert_all, insert_new, insert_or_update, update_all
from contract.api import ReportRow


class Taken(StrEnum):
    """What became of an arrival."""

    NEW = "new"
    AGAIN = "again"
    """The same report was there already; nothing changed."""
    OTHER_BODY = "other_body"
    """Another report has this id; nothing was stored."""


class Stored(Struct, frozen=True):
    """``received_at`` is when the report first came."""

    taken: Taken
    received_at: datetime
    chain: str | None = None
    cloned: bool = False


def take_in(connection: Connection, arrivals: Sequence[Arrival]) -> list[Stored]:
    """
    Store what is new, all of it or nothing.

    Everything derived is written from new reports only, so that a report sent twice is counted once. The school is marked
    for scoring in the same transaction: a crash before its scorecard is written leaves the mark.
    """
    first: dict[tuple[str, str], Arrival] = {}
    for item in arrivals:
        first.setdefault(item.key, item)
    # In the order of the keys: two workers that are sent the same reports wait for each other, never in a ring.
    new = insert_new(connection, report, [first[key].report for key in sorted(first)])
    known = _known(connection, [item.key for item in arrivals if item.key not in new or first[item.key] is not item])
    fresh = [item for item in first.values() if item.key in new]
    links = chains.links(connection, arrivals)
    for item in sorted(fresh, key=lambda item: item.received_at):
        link = links.get(item.sender)
        if link is not None and item.chain_next is not None:
            links[item.sender] = link.shown(item.chain_shown, item.chain_next, item.received_at)
    if fresh:
        _add(connection, fresh, links)
    return [_stored(item, item.key in new and first[item.key] is item, known, links) for item in arrivals]


def _stored(
    item: Arrival, new: bool, known: dict[tuple[str, str], tuple[str, datetime]], links: dict[tuple[str, str], chains.Link]
) -> Stored:
    link = links.get(item.sender, chains.Link())
    taken, received_at = Taken.NEW, item.received_at
    if not new:
        digest, received_at = known[item.key]
        taken = Taken.AGAIN if digest == item.report["body_sha256"] else Taken.OTHER_BODY
    return Stored(taken, received_at, link.chain, link.cloned_at is not None)


def newest(connection: Connection, school_id: str, limit: int = 50) -> list[ReportRow]:
    """The newest reports of a school, without their bodies."""
    statement = (
        select(report)
        .where(report.c.school_id == school_id)
        .order_by(report.c.received_at.desc(), report.c.report_id.desc())
    )
    return [
        ReportRow(
            report_id=row["report_id"],
            agent_id=row["agent_id"],
            received_at=row["received_at"],
            started_at=row["started_at"],
            bytes=row["body_bytes"],
            sequence=row["sequence"],
        )
        for row in connection.execute(statement.limit(limit)).mappings()
    ]


def body(connection: Connection, school_id: str, report_id: str) -> bytes | None:
    """The JSON of a report exactly as the agent wrote it; None when it is not there (or no longer)."""
    statement = select(report_body.c.encoding, report_body.c.body).where(
        report_body.c.school_id == school_id, report_body.c.report_id == report_id
    )
    row = connection.execute(statement).first()
    return None if row is None else unpacked(row.encoding, row.body)


def count(connection: Connection) -> int:
    """How many reports there are."""
    return connection.scalar(select(func.count()).select_from(report)) or 0


def _known(connection: Connection, keys: list[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, datetime]]:
    if not keys:
        return {}
    statement = select(report.c.school_id, report.c.report_id, report.c.body_sha256, report.c.received_at).where(
        tuple_(report.c.school_id, report.c.report_id).in_(keys)
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(statement)}


def _add(connection: Connection, fresh: list[Arrival], links: dict[tuple[str, str], chains.Link]) -> None:
    fresh = sorted(fresh, key=lambda item: (item.school_id, item.received_at))
    insert_all(connection, report_body, [item.report_body for item in fresh])
    insert_all(connection, measurement, [row for item in fresh for row in item.measurement])
    insert_all(connection, check_run, [row for item in fresh for row in item.check_run])
    folded = fold(fresh)
    agents = [
        chains.columns(links[item["school_id"], item["agent_id"]]) | item for item in folded.agents if _is_in(links, item)
    ]
    update_all(connection, agent, agents, ("school_id", "agent_id"))
    insert_or_update(connection, school_latest, folded.latest, _LATEST)
    insert_or_update(connection, check_latest, folded.checks, _CHECKS)
    insert_or_update(connection, school_day, folded.days, _DAYS)
    insert_or_update(connection, school_dirty, folded.marks, _MARKS)


def _is_in(links: dict[tuple[str, str], chains.Link], row: Row) -> bool:
    return (row["school_id"], row["agent_id"]) in links


def _held(table: Table, replaced: tuple[str, ...], kept: tuple[str, ...]) -> Change:
    """By receipt time: a newer row replaces, but its empty ``kept`` columns leave the value that was there."""
    at = table.c.received_at
    newer = given(at) >= at
    change: dict[str, ColumnElement[Any]] = {"received_at": case((newer, given(at)), else_=at)}
    change |= {name: case((newer, given(table.c[name])), else_=table.c[name]) for name in replaced}
    for name in kept:
        old, new = table.c[name], given(table.c[name])
        change[name] = case((newer, func.coalesce(new, old)), else_=func.coalesce(old, new))
    return change


def _added() -> Change:
    names = ("reports", "downloads", "download_sum", "uploads", "upload_sum")
    added: dict[str, ColumnElement[Any]] = {name: school_day.c[name] + given(school_day.c[name]) for name in names}
    for name, smaller in (("min", True), ("max", False)):
        for kind in ("download", "upload"):
            old, new = school_day.c[f"{kind}_{name}"], given(school_day.c[f"{kind}_{name}"])
            better = new < old if smaller else new > old
            added[f"{kind}_{name}"] = case((old.is_(None), new), (better, new), else_=old)
    return added


_LATEST = _held(school_latest, *LATEST)
_CHECKS = _held(check_latest, *CHECKS)
_DAYS = _added()
_MARKS = _held(school_dirty, (), ())
