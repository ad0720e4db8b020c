"""Tokens at rest: digests only."""

import functools
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from collector.store.schema import Moment, moment, token


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
    public_key: str | None = None
    """Of the agent that the token belongs to, when it can sign."""


def find(connection: Connection, scope: str, digest: str) -> TokenRow | None:
    """
    The token of a digest. ``scope`` is its school, or empty.

    Every request begins with this, so the statement is written out once and its row read by place.
    """
    dialect = connection.dialect
    row = connection.exec_driver_sql(_find_text(dialect.name, dialect.paramstyle), (scope, digest)).first()
    return None if row is None else _typed(dict(zip(_COLUMNS, _plain(row), strict=True)))


_COLUMNS = (*(column.name for column in token.columns), "public_key")
_TIMES = (*(isinstance(column.type, Moment) for column in token.columns), False)


@functools.cache
def _find_text(_dialect: str, paramstyle: str) -> str:
    mark = "?" if paramstyle == "qmark" else "%s"
    own = ", ".join(f"t.{column.name}" for column in token.columns)
    joined = "token t LEFT JOIN agent a ON a.school_id = t.school_id AND a.agent_id = t.agent_id"
    return f"SELECT {own}, a.public_key FROM {joined} WHERE t.school_id = {mark} AND t.digest = {mark}"  # noqa: S608


def _plain(row: Sequence[Any]) -> Iterator[Any]:
    return (moment(value) if time else value for value, time in zip(row, _TIMES, strict=True))


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


def _typed(row: Any) -> TokenRow:
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
        public_key=row.get("public_key"),
    )
