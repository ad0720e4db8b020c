"""A row for each school, pack and day: what it would have scored at that day's end. Computed, and can be dropped."""

import itertools
from collections.abc import Sequence

from msgspec import Struct, structs
from sqlalchemy import Column, Connection, Float, Integer, String, Table, select

from collector.store.schema import metadata
from collector.store.upsert import insert_or_update

score_history = Table(
    "score_history",
    metadata,
    Column("school_id", String(64), primary_key=True),
    Column("pack_id", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),  # at +08:00
    Column("scoring_digest", String(64), nullable=False),
    Column("facts_digest", String(64), nullable=False),
    Column("engine", Integer, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("score", Float),
    Column("coverage", Float),
    Column("floor", Float),
    Column("ceiling", Float),
    sqlite_with_rowid=False,
)


class DayScore(Struct, frozen=True, kw_only=True):
    """A day of a school. What decided it: the pack's scoring digest, the digest of its facts, and the engine's number."""

    school_id: str
    pack_id: str
    day: str
    scoring_digest: str
    facts_digest: str
    engine: int
    verdict: str
    score: float | None
    coverage: float | None
    floor: float | None
    ceiling: float | None

    @property
    def key(self) -> tuple[str, str, int]:
        """Equal keys of one day have equal scores."""
        return self.scoring_digest, self.facts_digest, self.engine


def of_school(connection: Connection, school_id: str, pack_id: str) -> dict[str, DayScore]:
    """The school's days under a pack, in order."""
    table = score_history.c
    statement = select(score_history).where(table.school_id == school_id, table.pack_id == pack_id).order_by(table.day)
    return {row["day"]: DayScore(**row) for row in connection.execute(statement).mappings()}


def put(connection: Connection, days: Sequence[DayScore]) -> list[None]:
    """Write or replace days."""
    insert_or_update(connection, score_history, [structs.asdict(day) for day in days])
    return [None] * len(days)


def breaks(days: Sequence[DayScore]) -> list[str]:
    """Days at which the rules are others than the day before: a line drawn through the scores must break there."""
    return [later.day for earlier, later in itertools.pairwise(days) if earlier.scoring_digest != later.scoring_digest]
