"""Tokens at rest: digests only."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, RowMapping, insert, select, update

from collector.store.schema import token


class TokenRow(Struct, frozen=True, kw_only=True):
    """A token as stored. ``school_id`` None and ``counties`` None mean: not bound to any."""

    role: str
    digest: str
    school_id: str | None
    agent_id: str | None
    counties: tuple[str, ...] | None
    note: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def find(connection: Connection, scope: str, digest: str) -> TokenRow | None:
    """The token of a digest. ``scope`` is its school, or empty."""
    statement = select(token).where(token.c.school_id == scope, token.c.digest == digest)
    row = connection.execute(statement).mappings().first()
    return None if row is None else _typed(row)


def listed(connection: Connection) -> list[TokenRow]:
    """All tokens, those of the bureau first, then by school and time."""
    statement = select(token).order_by(token.c.school_id, token.c.created_at, token.c.digest)
    return [_typed(row) for row in connection.execute(statement).mappings()]


def add(connection: Connection, rows: Sequence[TokenRow]) -> list[None]:
    """Store new tokens."""
    for row in rows:
        connection.execute(
            insert(token).values(
                school_id=row.school_id or "",
                digest=row.digest,
                role=row.role,
                agent_id=row.agent_id,
                counties=None if row.counties is None else msgspec.json.encode(row.counties).decode(),
                note=row.note,
                created_at=row.created_at,
                expires_at=row.expires_at,
                revoked_at=row.revoked_at,
            )
        )
    return [None] * len(rows)


def revoke_agent(connection: Connection, school_id: str, agent_id: str, now: datetime) -> None:
    """Take back every token of an agent."""
    connection.execute(
        update(token)
        .where(token.c.school_id == school_id, token.c.agent_id == agent_id, token.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def revoke(connection: Connection, wanted: Sequence[tuple[str, datetime]]) -> list[int]:
    """Take back the tokens whose digest begins with a prefix, at a time; how many each prefix hit."""
    return [
        connection.execute(
            update(token)
            .where(token.c.digest.startswith(prefix, autoescape=True), token.c.revoked_at.is_(None))
            .values(revoked_at=now)
        ).rowcount
        for prefix, now in wanted
    ]


def _typed(row: RowMapping) -> TokenRow:
    counties = row["counties"]
    return TokenRow(
        role=row["role"],
        digest=row["digest"],
        school_id=row["school_id"] or None,
        agent_id=row["agent_id"],
        counties=None if counties is None else msgspec.json.decode(counties, type=tuple[str, ...]),
        note=row["note"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
