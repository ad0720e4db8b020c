"""
Answers, the reviews laid over them, and the documents behind them. Rows are only ever added.

What a county or city counts itself stands in the same table with no school; its county is then the county's name, or
:data:`CITY` for the whole city.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Integer, LargeBinary, String, Table, Text, select

from collector.store.schema import Moment, metadata
from collector.store.upsert import insert_new
from contract.attestation import Answer, AttestedAnswer, Decision, Review
from contract.wire import encode
from criteria.facts import Facts

NO_SCHOOL = ""
CITY = "*"


def _key(name: str, length: int) -> Column[str]:
    return Column(name, String(length), primary_key=True)


answer_row = Table(
    "attested_answer",
    metadata,
    _key("school_id", 64),  # empty for what a county or city counts
    _key("county", 128),  # empty for a school's answers
    _key("pack_id", 64),
    _key("criterion", 64),
    _key("attestation_id", 36),
    Column("received_at", Moment, nullable=False),
    Column("sent_by", String(64), nullable=False),
    Column("answer", Text, nullable=False),  # contract.attestation.Answer as canonical JSON
    sqlite_with_rowid=False,
)
review_row = Table(
    "answer_review",
    metadata,
    _key("school_id", 64),
    _key("county", 128),
    _key("pack_id", 64),
    _key("criterion", 64),
    _key("attestation_id", 36),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("decision", String(16), nullable=False),
    Column("reviewed_by", String(256), nullable=False),
    Column("reviewed_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)
attachment_row = Table(
    "attachment",
    metadata,
    _key("school_id", 64),
    _key("sha256", 64),
    Column("media_type", String(64), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("content", LargeBinary, nullable=False),
)


class Given(Struct, frozen=True, kw_only=True):
    """An attestation on its way into the store; ``county`` only for what a county or city counts."""

    school_id: str
    pack: str
    attestation_id: str
    answers: list[Answer]
    received_at: datetime
    sent_by: str
    county: str = ""


class Kept(Struct, frozen=True, kw_only=True):
    """What became of it: new, there already, or its id taken by another content."""

    received_at: datetime
    duplicate: bool = False
    conflict: bool = False


class Reviewed(Struct, frozen=True, kw_only=True):
    """A decision on its way into the store."""

    school_id: str
    pack: str
    criterion: str
    attestation_id: str
    review: Review
    county: str = ""


class Document(Struct, frozen=True, kw_only=True):
    """A document behind an answer."""

    school_id: str
    sha256: str
    media_type: str
    content: bytes
    received_at: datetime


def put(connection: Connection, items: Sequence[Given]) -> list[Kept]:
    """Add each attestation, once; sent again it changes nothing, and another content under its id is refused."""
    return [_put(connection, item) for item in items]


def _put(connection: Connection, item: Given) -> Kept:
    table = answer_row.c
    known = connection.execute(
        select(table.criterion, table.pack_id, table.answer, table.received_at).where(
            table.school_id == item.school_id, table.county == item.county, table.attestation_id == item.attestation_id
        )
    ).all()
    if known:
        before = {(row.pack_id, row.criterion): row.answer for row in known}
        same = before == {(item.pack, given.criterion): encode(given).decode() for given in item.answers}
        return Kept(received_at=known[0].received_at, duplicate=same, conflict=not same)
    rows = [
        {
            "school_id": item.school_id,
            "county": item.county,
            "pack_id": item.pack,
            "criterion": given.criterion,
            "attestation_id": item.attestation_id,
            "received_at": item.received_at,
            "sent_by": item.sent_by,
            "answer": encode(given).decode(),
        }
        for given in item.answers
    ]
    insert_new(connection, answer_row, rows)
    return Kept(received_at=item.received_at)


def review(connection: Connection, items: Sequence[Reviewed]) -> list[bool]:
    """Add each decision; False where there is no such answer."""
    return [_review(connection, item) for item in items]


def _review(connection: Connection, item: Reviewed) -> bool:
    names = {
        "school_id": item.school_id,
        "county": item.county,
        "pack_id": item.pack,
        "criterion": item.criterion,
        "attestation_id": item.attestation_id,
    }
    there = connection.execute(select(answer_row.c.criterion).filter_by(**names)).first()
    if there is None:
        return False
    number = len(connection.execute(select(review_row.c.number).filter_by(**names)).all()) + 1
    more = {
        "number": number,
        "decision": item.review.decision.value,
        "reviewed_by": item.review.reviewed_by,
        "reviewed_at": item.review.reviewed_at,
        "reason": item.review.reason,
    }
    insert_new(connection, review_row, [{**names, **more}])
    return True


def history(connection: Connection, school_id: str, now: datetime, county: str = "") -> list[AttestedAnswer]:
    """Every answer received by ``now``, newest first, each with the review that held at ``now``."""
    table, reviews = answer_row.c, review_row.c
    rows = connection.execute(
        select(answer_row)
        .where(table.school_id == school_id, table.county == county, table.received_at <= now)
        .order_by(table.received_at.desc(), table.attestation_id.desc(), table.pack_id, table.criterion)
    ).mappings()
    decided: dict[tuple[str, str, str], Review] = {}
    for row in connection.execute(
        select(review_row)
        .where(reviews.school_id == school_id, reviews.county == county, reviews.reviewed_at <= now)
        .order_by(reviews.number)
    ).mappings():
        decided[row["pack_id"], row["criterion"], row["attestation_id"]] = Review(
            decision=Decision(row["decision"]),
            reviewed_by=row["reviewed_by"],
            reviewed_at=row["reviewed_at"],
            reason=row["reason"],
        )
    return [
        AttestedAnswer(
            attestation_id=row["attestation_id"],
            pack=row["pack_id"],
            answer=msgspec.json.decode(row["answer"], type=Answer),
            received_at=row["received_at"],
            review=decided.get((row["pack_id"], row["criterion"], row["attestation_id"])),
        )
        for row in rows
    ]


def by_criterion(answers: Iterable[AttestedAnswer]) -> dict[str, list[AttestedAnswer]]:
    """The answers by what they answer, in the order given."""
    found: dict[str, list[AttestedAnswer]] = {}
    for item in answers:
        found.setdefault(item.answer.criterion, []).append(item)
    return found


def with_answers(connection: Connection, facts: Facts, now: datetime) -> Facts:
    """The facts of a school with what its people answered."""
    answers = history(connection, facts.school.id, now)
    return msgspec.structs.replace(facts, answers=by_criterion(answers)) if answers else facts


def counted(connection: Connection, county: str | None, now: datetime) -> dict[str, list[AttestedAnswer]]:
    """What this county, or the city without one, has counted."""
    return by_criterion(history(connection, NO_SCHOOL, now, county or CITY))


def add_documents(connection: Connection, items: Sequence[Document]) -> list[None]:
    """Keep each document; one that is there already is the same, as its name is its content's hash."""
    insert_new(connection, attachment_row, [msgspec.structs.asdict(item) for item in items])
    return [None] * len(items)


def document(connection: Connection, school_id: str, sha256: str) -> Document | None:
    """A document of a school."""
    row = connection.execute(select(attachment_row).filter_by(school_id=school_id, sha256=sha256)).mappings().first()
    return None if row is None else Document(**row)


def missing(connection: Connection, school_id: str, wanted: Iterable[str]) -> list[str]:
    """Those of ``wanted`` whose content is not here yet."""
    names = sorted(set(wanted))
    table = attachment_row.c
    there = connection.scalars(select(table.sha256).where(table.school_id == school_id, table.sha256.in_(names)))
    known = set(there)
    return [name for name in names if name not in known]
