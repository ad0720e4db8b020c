"""What is computed from reports and can be dropped and computed again: scorecards, flips, and who waits for scoring."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select

from collector.store.schema import flip, school, school_dirty, scorecard
from collector.store.upsert import insert_or_update
from contract.api import Gap
from contract.outcome import Outcome
from contract.score import CriterionResult, Scorecard
from contract.wire import encode


class Scored(Struct, frozen=True, kw_only=True):
    """New scorecards of a school. ``mark`` is the newest report that they take account of, None when there was no mark."""

    school_id: str
    cards: list[Scorecard]
    mark: datetime | None = None


class Flip(Struct, frozen=True, kw_only=True):
    """A criterion changed its outcome. The reports are the newest that stood behind each outcome."""

    school_id: str
    pack_id: str
    criterion: str
    number: int
    at: datetime
    before: Outcome
    after: Outcome
    before_report_id: str | None
    after_report_id: str | None
    pack_version: str


def waiting(connection: Connection, limit: int = 200) -> list[tuple[str, datetime]]:
    """Schools with reports that are not in their scorecards yet, and the newest of these reports; longest wait first."""
    statement = (
        select(school_dirty.c.school_id, school_dirty.c.received_at).order_by(school_dirty.c.received_at).limit(limit)
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def put(connection: Connection, scored: Sequence[Scored]) -> list[int]:
    """
    Replace scorecards, and write a flip for each outcome that changed; how many flips each school had.

    A school's mark goes only when no newer report came while it was being scored.
    """
    return [_put(connection, item) for item in scored]


def _put(connection: Connection, item: Scored) -> int:
    before = {card.pack: card for card in cards_of(connection, item.school_id)}
    flips = [new for card in item.cards for new in _flips(connection, before.get(card.pack), card)]
    if flips:
        connection.execute(insert(flip), [msgspec.structs.asdict(new) for new in flips])
    insert_or_update(connection, scorecard, [_row(card) for card in item.cards])
    if item.mark is not None:
        connection.execute(
            delete(school_dirty).where(school_dirty.c.school_id == item.school_id, school_dirty.c.received_at <= item.mark)
        )
    return len(flips)


def cards_of(connection: Connection, school_id: str) -> list[Scorecard]:
    """The stored scorecards of a school, by pack."""
    statement = select(scorecard.c.card).where(scorecard.c.school_id == school_id).order_by(scorecard.c.pack_id)
    return [msgspec.json.decode(row[0], type=Scorecard) for row in connection.execute(statement)]


def cards_under(connection: Connection, pack_id: str, counties: Sequence[str] | None) -> dict[str, Scorecard]:
    """The stored scorecards of many schools under one pack, by school."""
    statement = select(scorecard.c.school_id, scorecard.c.card).where(scorecard.c.pack_id == pack_id)
    if counties is not None:
        statement = statement.join(school, school.c.school_id == scorecard.c.school_id).where(school.c.county.in_(counties))
    decode = msgspec.json.Decoder(Scorecard).decode
    return {row[0]: decode(row[1]) for row in connection.execute(statement)}


def flips_of(connection: Connection, school_id: str) -> list[Flip]:
    """The flips of a school in the order in which they happened."""
    statement = (
        select(flip)
        .where(flip.c.school_id == school_id)
        .order_by(flip.c.at, flip.c.pack_id, flip.c.criterion, flip.c.number)
    )
    return [
        Flip(
            school_id=row["school_id"],
            pack_id=row["pack_id"],
            criterion=row["criterion"],
            number=row["number"],
            at=row["at"],
            before=Outcome(row["before"]),
            after=Outcome(row["after"]),
            before_report_id=row["before_report_id"],
            after_report_id=row["after_report_id"],
            pack_version=row["pack_version"],
        )
        for row in connection.execute(statement).mappings()
    ]


def _flips(connection: Connection, old: Scorecard | None, new: Scorecard) -> list[Flip]:
    if old is None:
        return []
    earlier = {result.criterion: result for result in old.results}
    return [
        Flip(
            school_id=new.school_id,
            pack_id=new.pack,
            criterion=result.criterion,
            number=_next_number(connection, new, result.criterion),
            at=new.scored_at,
            before=earlier[result.criterion].outcome,
            after=result.outcome,
            before_report_id=_newest(earlier[result.criterion]),
            after_report_id=_newest(result),
            pack_version=new.pack_version,
        )
        for result in new.results
        if result.criterion in earlier and earlier[result.criterion].outcome is not result.outcome
    ]


def _next_number(connection: Connection, card: Scorecard, criterion: str) -> int:
    statement = select(func.max(flip.c.number)).where(
        flip.c.school_id == card.school_id, flip.c.pack_id == card.pack, flip.c.criterion == criterion
    )
    return (connection.scalar(statement) or 0) + 1


def _newest(result: CriterionResult) -> str | None:
    return result.report_ids[0] if result.report_ids else None


def worst_gap(card: Scorecard) -> Gap | None:
    """The criterion whose mending pays most."""
    worst = next((result for result in card.results if card.fixes and result.criterion == card.fixes[0]), None)
    return None if worst is None else Gap(criterion=worst.criterion, title=worst.title, outcome=worst.outcome)


def _row(card: Scorecard) -> dict[str, object]:
    gap = worst_gap(card)
    return {
        "school_id": card.school_id,
        "pack_id": card.pack,
        "pack_version": card.pack_version,
        "scoring_digest": card.scoring_digest,
        "scored_at": card.scored_at,
        "verdict": card.verdict.value,
        "score": card.score,
        "coverage": card.coverage,
        "floor": card.floor,
        "ceiling": card.ceiling,
        "gap": None if gap is None else encode(gap).decode(),
        "card": encode(card),
    }
