"""The register of schools."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, RowMapping, func, select

from collector.store.schema import school
from collector.store.upsert import insert_or_update
from contract.school import School, SchoolKind


class Change(StrEnum):
    """What an import does to a school."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def find(connection: Connection, school_id: str) -> School | None:
    """The school of an id."""
    row = connection.execute(select(school).where(school.c.school_id == school_id)).mappings().first()
    return None if row is None else typed(row)


def listed(connection: Connection, counties: Sequence[str] | None = None) -> list[School]:
    """Schools by id, of some counties or all."""
    statement = select(school).order_by(school.c.school_id)
    if counties is not None:
        statement = statement.where(school.c.county.in_(counties))
    return [typed(row) for row in connection.execute(statement).mappings()]


def counties(connection: Connection) -> list[str]:
    """Every county that has a school, sorted."""
    return list(connection.scalars(select(school.c.county).distinct().order_by(school.c.county)))


def count(connection: Connection) -> int:
    """How many schools are registered."""
    return connection.scalar(select(func.count()).select_from(school)) or 0


def compare(connection: Connection, wanted: Sequence[School]) -> list[Change]:
    """What putting each of ``wanted`` into the register would do."""
    there = {item.id: item for item in listed(connection)}
    return [
        Change.ADDED if item.id not in there else Change.UNCHANGED if there[item.id] == item else Change.UPDATED
        for item in wanted
    ]


def put(connection: Connection, wanted: Sequence[tuple[School, datetime]]) -> list[Change]:
    """Add or update schools; a school that is not mentioned stays."""
    changes = compare(connection, [item for item, _ in wanted])
    rows = [
        {
            "school_id": item.id,
            "name": item.name,
            "county": item.county,
            "kind": item.kind.value,
            "students": item.students,
            "classes": item.classes,
            "teachers": item.teachers,
            "contract_mbit_s": item.contract_mbit_s,
            "updated_at": now,
        }
        for (item, now), change in zip(wanted, changes, strict=True)
        if change is not Change.UNCHANGED
    ]
    insert_or_update(connection, school, rows)
    return changes


def typed(row: RowMapping) -> School:
    """A row of the table as the register's type."""
    fields = {name: row[name] for name in ("name", "county", "students", "classes", "teachers", "contract_mbit_s")}
    return msgspec.structs.replace(
        School(id=row["school_id"], name=row["name"], county=row["county"], kind=SchoolKind(row["kind"])), **fields
    )
