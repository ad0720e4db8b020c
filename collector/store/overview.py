"""Schools with their newest figures and verdict, from three small tables: the cost does not grow with the history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select

from collector.store.schema import school, school_latest, scorecard
from contract.api import Gap, SchoolRow
from contract.outcome import Verdict

_VERDICT = func.coalesce(scorecard.c.verdict, Verdict.UNDECIDED.value)


class Filter(Struct, frozen=True, kw_only=True):
    """``counties`` None means all. ``text`` is looked for in names and ids."""

    counties: Sequence[str] | None = None
    verdict: Verdict | None = None
    text: str = ""


class Sums(Struct, frozen=True, kw_only=True):
    """Schools by verdict, and how many have reported lately."""

    schools: int
    reporting: int
    by_verdict: dict[Verdict, int]


def rows(connection: Connection, pack_id: str, wanted: Filter, *, after: str = "", limit: int = 100) -> list[SchoolRow]:
    """Up to ``limit`` schools with ids behind ``after``, by id, judged under ``pack_id``."""
    statement = _joined(pack_id, wanted, school, school_latest, _VERDICT.label("verdict"), *_FIGURES)
    statement = statement.where(school.c.school_id > after).order_by(school.c.school_id).limit(limit)
    return [_typed(row) for row in connection.execute(statement).mappings()]


def one(connection: Connection, pack_id: str, school_id: str) -> SchoolRow | None:
    """One school."""
    statement = _joined(pack_id, Filter(), school, school_latest, _VERDICT.label("verdict"), *_FIGURES)
    row = connection.execute(statement.where(school.c.school_id == school_id)).mappings().first()
    return None if row is None else _typed(row)


def count(connection: Connection, pack_id: str, wanted: Filter) -> int:
    """How many schools the filter lets through."""
    return connection.scalar(_joined(pack_id, wanted, func.count())) or 0


def sums(connection: Connection, pack_id: str, wanted: Filter, since: datetime) -> Sums:
    """Totals over the schools that the filter lets through; reporting since ``since``."""
    lately = func.count(school_latest.c.school_id).filter(school_latest.c.received_at >= since)
    statement = _joined(pack_id, wanted, _VERDICT.label("verdict"), func.count(), lately).group_by(_VERDICT)
    found = connection.execute(statement).all()
    return Sums(
        schools=sum(row[1] for row in found),
        reporting=sum(row[2] for row in found),
        by_verdict={Verdict(row[0]): row[1] for row in found},
    )


_FIGURES = (scorecard.c.score, scorecard.c.floor, scorecard.c.ceiling, scorecard.c.coverage, scorecard.c.gap)


def _joined(pack_id: str, wanted: Filter, *columns: Any) -> Select[Any]:
    card = and_(scorecard.c.school_id == school.c.school_id, scorecard.c.pack_id == pack_id)
    tables = school.outerjoin(school_latest, school_latest.c.school_id == school.c.school_id).outerjoin(scorecard, card)
    picked: list[Any] = []
    for column in columns:
        picked += [item for item in column.c if item is not school_latest.c.school_id] if hasattr(column, "c") else [column]
    return select(*picked).select_from(tables).where(*_conditions(wanted))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.counties is not None:
        conditions.append(school.c.county.in_(wanted.counties))
    if wanted.verdict is not None:
        conditions.append(_VERDICT.in_([wanted.verdict.value]))
    if wanted.text:
        conditions.append(
            or_(
                school.c.name.contains(wanted.text, autoescape=True),
                school.c.school_id.contains(wanted.text, autoescape=True),
            )
        )
    return conditions


def _typed(row: RowMapping) -> SchoolRow:
    return SchoolRow(
        id=row["school_id"],
        name=row["name"],
        county=row["county"],
        kind=row["kind"],
        verdict=Verdict(row["verdict"]),
        score=row["score"],
        floor=row["floor"],
        ceiling=row["ceiling"],
        coverage=row["coverage"],
        last_report_at=row["received_at"],
        worst_gap=None if row["gap"] is None else msgspec.json.decode(row["gap"], type=Gap),
        download_mbit_s=row["download_mbit_s"],
        upload_mbit_s=row["upload_mbit_s"],
        ipv6_level=row["ipv6_level"],
        devices=row["devices"],
    )
