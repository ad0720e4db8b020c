"""
The only SQL that differs between engines: insert what is new, and insert or update.

Engines without ``ON CONFLICT`` (openGauss and its kin document ``ON DUPLICATE KEY UPDATE``) are served by changing these.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Connection, FromClause, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def _insert(connection: Connection, table: Table) -> Any:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    """Insert the rows whose key is not there yet; the keys of those inserted."""
    if not rows:
        return set()
    statement = _insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return {tuple(row) for row in connection.execute(statement, rows)}


def insert_or_update(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    change: Mapping[str, ColumnElement[Any]] | None = None,
) -> None:
    """
    Insert each row, or update the row of the same key.

    ``change`` gives the new value of each changed column in terms of :func:`given` and the table's own columns; without it
    every column outside the key takes the new value.
    """
    if not rows:
        return
    statement = _insert(connection, table)
    fields = set(rows[0])
    new = change or {name: given(table.c[name]) for name in fields if not table.c[name].primary_key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=new), rows)


def given(column: Column[Any]) -> ColumnElement[Any]:
    """The value a row brought, inside ``change``."""
    found: ColumnElement[Any] = _excluded(column.table)[column.name]
    return found


@functools.cache
def _excluded(table: FromClause) -> Any:
    """SQL's ``excluded``. Made once: for each use anew it took a third of the time of a batch."""
    return sqlite.insert(cast("Table", table)).excluded
