"""Typed measurements back from the tables: what the judge sees of a school."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, RowMapping, and_, or_, select

from collector.store.schema import check_latest, measurement
from contract.outcome import Bound, CheckStatus, Path, Provenance
from contract.reason import Reason
from contract.report import Value
from contract.school import School
from contract.units import Unit
from criteria.facts import Facts, RunState, Sample

MOST_ROWS = 20_000
"""Of one school at one scoring: a school that reports hourly with 20 measures for 40 days."""


def facts_of(connection: Connection, school: School, names: Sequence[str], since: datetime) -> Facts:
    """
    What is known of a school.

    Measurements of ``names`` received at ``since`` or later, newest first, and how the newest run of each check went. Of a
    check that has been silent since, the newest measurements come along, so that it can be called stale and dated.
    """
    latest = select(check_latest).where(check_latest.c.school_id == school.id)
    runs = connection.execute(latest).mappings().all()
    old = [(run["measured_at"], run["measured_report_id"], run["check_id"]) for run in runs if _before(run, since)]
    table = measurement.c
    recent = or_(
        table.received_at >= since,
        *(and_(table.received_at == at, table.report_id == id_, table.check_id == check) for at, id_, check in old),
    )
    statement = (
        select(measurement)
        .where(table.school_id == school.id, table.name.in_(names), recent)
        .order_by(table.received_at.desc(), table.report_id.desc(), table.place)
        .limit(MOST_ROWS)
    )
    samples: dict[str, list[Sample]] = {}
    for row in connection.execute(statement).mappings():
        samples.setdefault(row["name"], []).append(_sample(row))
    return Facts(school=school, samples=samples, runs={run["check_id"]: _run(run) for run in runs})


def _before(run: RowMapping, since: datetime) -> bool:
    return run["measured_at"] is not None and run["measured_at"] < since


def _run(row: RowMapping) -> RunState:
    return RunState(
        check=row["check_id"], status=CheckStatus(row["status"]), at=row["received_at"], reason=_reason(row["reason"])
    )


def _sample(row: RowMapping) -> Sample:
    return Sample(
        name=row["name"],
        value=msgspec.json.decode(row["value"], type=Value),
        unit=Unit(row["unit"]),
        at=row["received_at"],
        report_id=row["report_id"],
        agent_id=row["agent_id"],
        check=row["check_id"],
        check_version=row["check_version"],
        subject=row["subject"],
        bound=Bound(row["bound"]),
        because=_reason(row["reason"]),
        path=None if row["path"] is None else Path(row["path"]),
        provenance=Provenance(row["provenance"]),
    )


def _reason(stored: str | None) -> Reason | None:
    return None if stored is None else msgspec.json.decode(stored, type=Reason)
