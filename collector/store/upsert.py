"""
The only SQL that differs between engines: insert what is new, and insert or update, many rows a statement.

SQLAlchemy writes each statement out once; the rows then go to the driver as they are. Measured (256 reports a commit,
SQLite): its way of binding a row cost three times what the database does with it, and ``executemany`` gives the interpreter
up and takes it back for every row, which under load means a wait for each.

Engines without ``ON CONFLICT`` (openGauss and its kin document ``ON DUPLICATE KEY UPDATE``) are served by changing this
file.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Connection, Dialect, FromClause, Table
from sqlalchemy.dialects import postgresql, sqlite

from collector.store.schema import Moment, microseconds

Row = Mapping[str, Any]
Change = Mapping[str, ColumnElement[Any]]
MOST_ROWS = 256
"""Of one statement; more gains nothing (61 µs a report at 256 rows a statement, 64 at 1,024)."""


def insert_all(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that cannot be there yet."""
    if rows:
        _run(connection, _statement(connection.dialect, table, tuple(rows[0]), "fail", None), rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    """Insert the rows whose key is not there yet; the keys of those inserted."""
    if not rows:
        return set()
    statement = _statement(connection.dialect, table, tuple(rows[0]), "skip", None)
    return {tuple(row) for cursor in _executed(connection, statement, rows) for row in cursor}


def insert_or_update(connection: Connection, table: Table, rows: Sequence[Row], change: Change | None = None) -> None:
    """
    Insert each row, or update the row of the same key. No two of ``rows`` may have one key.

    ``change`` gives the new value of each changed column in terms of :func:`given` and the table's own columns; without it
    every column outside the key takes the new value. It is kept for ever, so it must be a constant of its module.
    """
    if rows:
        _run(connection, _statement(connection.dialect, table, tuple(rows[0]), "update", change), rows)


def update_all(connection: Connection, table: Table, rows: Sequence[Row], key: tuple[str, ...]) -> None:
    """Update the row of each key; a key that is not there is left alone. The key's columns come last in each row."""
    if not rows:
        return
    dialect = connection.dialect
    mark = _mark(dialect)
    names = [name for name in rows[0] if name not in key]
    text = f"UPDATE {table.name} SET {', '.join(f'{name} = {mark}' for name in names)}"  # noqa: S608 - names of the schema
    text += " WHERE " + " AND ".join(f"{name} = {mark}" for name in key)
    processors = [_processor(table.c[name].type, dialect) for name in rows[0]]
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(
            text,
            [
                [
                    value if process is None else process(value)
                    for value, process in zip(row.values(), processors, strict=True)
                ]
                for row in rows
            ],
        )
    finally:
        cursor.close()


def given(column: Column[Any]) -> ColumnElement[Any]:
    """The value a row brought, inside ``change``."""
    found: ColumnElement[Any] = _excluded(column.table)[column.name]
    return found


@dataclass(frozen=True, slots=True)
class _Statement:
    """``head`` ``(place, …), …`` ``tail``; the values of a row, in order, and what turns each into the driver's form."""

    head: str
    place: str
    tail: str
    values: Callable[[Row], tuple[Any, ...]]
    processors: tuple[tuple[int, Callable[[Any], Any]], ...]

    @functools.cache  # noqa: B019 - statements live as long as the module
    def text(self, rows: int) -> str:
        """The SQL for so many rows."""
        return self.head + ", ".join([self.place] * rows) + self.tail

    def bound(self, row: Row) -> Sequence[Any]:
        """A row's values as the driver takes them."""
        if not self.processors:
            return self.values(row)
        values = list(self.values(row))
        for place, process in self.processors:
            values[place] = process(values[place])
        return values


_known: dict[tuple[str, str, tuple[str, ...], str, int], tuple[Change | None, _Statement]] = {}


def _statement(dialect: Dialect, table: Table, columns: tuple[str, ...], kind: str, change: Change | None) -> _Statement:
    key = (dialect.name, table.name, columns, kind, id(change))
    found = _known.get(key)
    if found is None:  # the change is kept beside it, so that its id cannot become another's
        found = _known[key] = (change, _written(dialect, table, columns, kind, change))
    return found[1]


def _written(dialect: Dialect, table: Table, columns: tuple[str, ...], kind: str, change: Change | None) -> _Statement:
    statement: Any = sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)
    key = list(table.primary_key.columns)
    if kind == "skip":
        statement = statement.on_conflict_do_nothing().returning(*key)
    elif kind == "update":
        new = change or {name: given(table.c[name]) for name in columns if not table.c[name].primary_key}
        statement = statement.on_conflict_do_update(index_elements=key, set_=new)
    text = str(statement.compile(dialect=dialect, column_keys=list(columns)))
    _, mark, tail = text.partition(" ON CONFLICT")
    names = ", ".join(dialect.identifier_preparer.format_column(table.c[name]) for name in columns)
    placeholder = _mark(dialect)
    processors = [(place, _processor(table.c[name].type, dialect)) for place, name in enumerate(columns)]
    return _Statement(
        head=f"INSERT INTO {dialect.identifier_preparer.format_table(table)} ({names}) VALUES ",  # noqa: S608 - names of the schema
        place="(" + ", ".join([placeholder] * len(columns)) + ")",
        tail=mark + tail,
        values=itemgetter(*columns),
        processors=tuple((place, process) for place, process in processors if process is not None),
    )


def _mark(dialect: Dialect) -> str:
    return "?" if dialect.paramstyle == "qmark" else "%s"


def _processor(type_: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """What turns a value into the driver's form. Times are most of them, and go past SQLAlchemy's two calls for each."""
    found: Callable[[Any], Any] | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return microseconds if isinstance(type_, Moment) else found


def _run(connection: Connection, statement: _Statement, rows: Sequence[Row]) -> None:
    for _ in _executed(connection, statement, rows):
        pass


def _executed(connection: Connection, statement: _Statement, rows: Sequence[Row]) -> Iterator[Any]:
    """
    Full statements first, then halves, so that few different texts are ever prepared; a cursor after each.

    The driver's own cursor: going through SQLAlchemy costs 50 µs a statement, in small batches more than the rows do.
    """
    cursor = connection.connection.cursor()
    try:
        start = 0
        while start < len(rows):
            count = min(MOST_ROWS, 1 << (len(rows) - start).bit_length() - 1)
            values = tuple(chain.from_iterable(map(statement.bound, rows[start : start + count])))
            cursor.execute(statement.text(count), values)
            yield cursor
            start += count
    finally:
        cursor.close()


@functools.cache
def _excluded(table: FromClause) -> Any:
    """SQL's ``excluded``. Made once: for each use anew it took a third of the time of a batch."""
    return sqlite.insert(cast("Table", table)).excluded
