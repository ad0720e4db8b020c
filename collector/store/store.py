"""The store: opening it, reading from it, writing to it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import URL, Connection, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from collector.errors import StoreError
from collector.store import migrations, schema, tokens
from collector.store.engine import open_engines
from collector.store.writer import Item, Result, Write, Writer

Found = TypeVar("Found")
_STARTING = 0x63616D707573
"""Number of PostgreSQL's advisory lock under which the schema is looked at and changed: "campus"."""


class Store:
    """
    A database of the present schema.

    Reads take a connection from :meth:`reading`. The server writes with :meth:`submit` (grouped, from one thread); a command
    writes with :meth:`write` in its own thread, in one short transaction.
    """

    def __init__(self, url: URL, now: Callable[[], datetime]) -> None:
        try:
            self._writing, self._reading = open_engines(url)
        except OSError as error:
            raise StoreError("store.cannot_open", database=url.render_as_string(), problem=str(error)) from error
        self._writer: Writer | None = None
        self._lock = threading.Lock()
        self._door: Connection | None = None
        self._door_lock = threading.Lock()
        try:
            with self._writing.begin() as connection:
                _prepare(connection, now())
        except SQLAlchemyError as error:
            self.close()
            raise StoreError("store.cannot_open", database=url.render_as_string(), problem=_words(error)) from error
        except StoreError:
            self.close()
            raise

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Write what is waiting, then close."""
        self.close()

    @property
    def embedded(self) -> bool:
        """True for a file beside us: a look-up then takes microseconds and cannot hang on a network."""
        return self._reading.dialect.name == "sqlite"

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one state of the database, and cannot change it."""
        return self._reading.connect()

    def submit(self, write: Write[Item, Result], item: Item) -> "Future[Result]":
        """Write in the writer's thread; the future is done after the commit."""
        with self._lock:
            if self._writer is None:
                self._writer = Writer(self._writing)
        return self._writer.submit(write, item)

    def write(self, write: Write[Item, Result], items: Sequence[Item]) -> list[Result]:
        """Write here and now, in one transaction."""
        try:
            with self._writing.begin() as connection:
                return list(write(connection, items))
        except DBAPIError as error:
            raise StoreError("store.failed", problem=_words(error)) from error

    def token(self, scope: str, digest: str) -> tokens.TokenRow | None:
        """
        The token with this digest; see :mod:`collector.identity.token` for ``scope``.

        Nothing is remembered between two questions: a token taken back is refused from the next request on.
        """
        with self._door_lock:
            if self._door is None or self._door.invalidated:
                self._door = self._reading.connect().execution_options(isolation_level="AUTOCOMMIT")
            return tokens.find(self._door, scope, digest)

    def answers(self) -> bool:
        """True when a read succeeds."""
        try:
            with self.reading() as connection:
                connection.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True

    def close(self) -> None:
        """Finish what is queued, then let go of the database."""
        if self._writer is not None:
            self._writer.close()
        with self._door_lock:
            if self._door is not None:
                self._door.close()
                self._door = None
        self._writing.dispose()
        self._reading.dispose()


def _prepare(connection: Connection, now: datetime) -> None:
    """A new database gets the present schema, an earlier one is led there, a later one is not touched; all or nothing."""
    if connection.dialect.name == "postgresql":  # two workers that start together; SQLite has locked already
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_STARTING})")
    table = schema.schema_version
    there = inspect(connection).has_table(table.name)
    version = connection.scalar(select(func.max(table.c.version))) if there else None
    if version is not None and version > schema.VERSION:
        raise StoreError("store.other_schema", found=version, expected=schema.VERSION)
    if version is not None and version < schema.VERSION:
        migrations.upgrade(connection, version)
    schema.metadata.create_all(connection)
    if version is None:
        connection.execute(insert(table).values(version=schema.VERSION, applied_at=now))
    elif version < schema.VERSION:
        connection.execute(update(table).values(version=schema.VERSION, applied_at=now))


def _words(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error)
