"""A copy of an SQLite database while the server goes on writing."""

import contextlib
import os
import sqlite3
from pathlib import Path

from collector.errors import StoreError


def copy_database(source: Path, target: Path) -> int:
    """
    Copy ``source`` to the new file ``target`` as one moment of it; reports in the copy.

    One step of SQLite's backup interface holds one read snapshot: in WAL mode the writer does not wait for it. The copy is
    checked before it takes its name, and is readable by its owner only. Raises :class:`StoreError`.
    """
    if target.exists():
        raise StoreError("store.backup_exists", file=str(target))
    fresh = target.with_name(target.name + ".new")
    try:
        os.close(os.open(fresh, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
        with (
            contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as here,
            contextlib.closing(sqlite3.connect(fresh)) as there,
        ):
            here.backup(there, pages=-1)
            there.execute("PRAGMA journal_mode = DELETE")  # one file, to be carried away
            found = there.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise StoreError("store.backup_damaged", file=str(source), problem=str(found))
            count = int(there.execute("SELECT count(*) FROM report").fetchone()[0])
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError("store.backup_failed", file=str(target), problem=str(error)) from error
    finally:
        fresh.unlink(missing_ok=True)
    return count
