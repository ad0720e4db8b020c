"""Connections: how each engine is opened so that a commit survives a power cut and readers never wait for the writer."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

BUSY_MS = 30_000
"""How long a second writer (a command beside the server) waits for its turn; the server's transactions last milliseconds."""


def database_url(database: str, folder: Path) -> URL:
    """``database`` is a URL, or the path of an SQLite file, taken from ``folder`` when relative."""
    if "://" in database:
        return make_url(database)
    return URL.create("sqlite", database=str(folder / database))


def open_engines(url: URL) -> tuple[Engine, Engine]:
    """
    (writer, readers).

    On SQLite the writer takes the lock when it begins, so that two writers queue instead of failing half way, and readers
    cannot write at all.
    """
    if url.get_backend_name() != "sqlite":
        return create_engine(url), create_engine(url, execution_options={"postgresql_readonly": True})
    if url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its WAL the mode of the database; what schools lack is not for every account of the machine.
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))
    # Overflow is free: a connection is a file handle, and requests that read are bounded by the thread pool (40).
    writer = create_engine(url, pool_size=1, max_overflow=-1)
    readers = create_engine(url, pool_size=8, max_overflow=-1)
    _prepare(writer, "BEGIN IMMEDIATE", query_only=False)
    _prepare(readers, "BEGIN", query_only=True)
    return writer, readers


def _prepare(engine: Engine, begin: str, *, query_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # sqlite3 would begin on its own, late, and without the lock
        cursor = dbapi.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # measured: costs nothing once commits are grouped
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -16384")
        if query_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(begin)
