"""What people changed: who, when, what, on which school. Only ever added to."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from collector.store.schema import audit
from collector.store.upsert import insert_all


class Entry(Struct, frozen=True, kw_only=True):
    """``school_id`` is empty for what concerns the bureau; ``subject`` names what was changed, never a secret."""

    school_id: str
    at: datetime
    entry_id: str
    person: str
    action: str
    subject: str


def note(connection: Connection, entries: Sequence[Entry]) -> list[None]:
    """Write entries."""
    names = Entry.__struct_fields__
    insert_all(connection, audit, [{name: getattr(entry, name) for name in names} for entry in entries])
    return [None] * len(entries)


def newest(connection: Connection, limit: int = 200) -> list[Entry]:
    """The newest entries, newest first."""
    statement = select(audit).order_by(audit.c.at.desc(), audit.c.entry_id).limit(limit)
    return [Entry(**row) for row in connection.execute(statement).mappings()]
