"""
History scored again, under any version of a pack: every school at the end of every day.

One school is in memory at a time. Each day is judged from the samples of its window and the newest before it, so that a year
costs 365 small judgings and not 365 passes over a year. A day whose pack, facts and engine are those of its stored row is
left as it is: a second run changes nothing.
"""

import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec import structs
from sqlalchemy import Connection

from collector import packs
from collector.store import attestations, history, samples, schools, waivers
from collector.store.history import DayScore
from collector.store.store import Store
from contract.school import School
from contract.wire import digest
from criteria.facts import Facts, Sample
from criteria.pack import Pack
from criteria.reading import CHINA
from criteria.score import ENGINE, score_school, scoring_digest


@dataclass(frozen=True, slots=True)
class Rescored:
    """What a run did. ``changed`` days are those written."""

    schools: int
    days: int
    changed: int


def rescore(store: Store, pack: Pack, since: date, until: date, progress: Callable[[int, int], None]) -> Rescored:
    """Every school, every day from ``since`` to ``until``; ``progress`` takes schools done and all of them."""
    with store.reading() as connection:
        register = schools.listed(connection)
    written = days = 0
    for done, school in enumerate(register, start=1):
        with store.reading() as connection:
            known = history.of_school(connection, school.id, pack.id)
            fresh = list(days_of(connection, school, pack, since, until, known))
        changed = [day for day in fresh if day.day not in known or known[day.day].key != day.key]
        if changed:
            store.write(history.put, changed)
        written += len(changed)
        days += len(fresh)
        progress(done, len(register))
    return Rescored(len(register), days, written)


def days_of(
    connection: Connection, school: School, pack: Pack, since: date, until: date, known: Mapping[str, DayScore]
) -> Iterator[DayScore]:
    """The school's days, each as of its last instant; one that is ``known`` under the same key is not judged again."""
    window = timedelta(days=packs.window_days([pack]))
    facts = samples.facts_of(connection, school, packs.measures([pack]), _end(since) - window - timedelta(days=1))
    ordered = {name: sorted(found, key=lambda one: (one.at, one.report_id)) for name, found in facts.samples.items()}
    excused = waivers.of_school(connection, school.id, _end(until))
    answered = bool(attestations.history(connection, school.id, _end(until)))
    rules = scoring_digest(pack)
    for place in range((until - since).days + 1):
        day = since + timedelta(days=place)
        now = _end(day)
        seen = structs.replace(facts, samples={name: _near(found, now, window) for name, found in ordered.items()})
        if answered:
            seen = attestations.with_answers(connection, seen, now)
        told = _facts_digest(seen)
        before = known.get(day.isoformat())
        if before is not None and before.key == (rules, told, ENGINE):
            yield before
            continue
        card = score_school(pack, seen, now, excused)
        yield DayScore(
            school_id=school.id,
            pack_id=pack.id,
            day=day.isoformat(),
            scoring_digest=rules,
            facts_digest=told,
            engine=ENGINE,
            verdict=card.verdict.value,
            score=card.score,
            coverage=card.coverage,
            floor=card.floor,
            ceiling=card.ceiling,
        )


def _end(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(days=1) - timedelta(microseconds=1)


def _near(ordered: Sequence[Sample], now: datetime, window: timedelta) -> list[Sample]:
    """The samples of the window and the newest report before it, by which a school is told to be stale."""
    last = bisect.bisect_right(ordered, now, key=lambda one: one.at)
    first = bisect.bisect_left(ordered, now - window, hi=last, key=lambda one: one.at)
    before = first
    while before > 0 and ordered[before - 1].report_id == ordered[first - 1].report_id:
        before -= 1
    return list(ordered[before:last])


def _facts_digest(facts: Facts) -> str:
    """What the outcome of a day can depend on: the school, its reports by measure, its answers and their reviews."""
    return digest(
        [
            facts.school,
            {name: [[one.report_id, one.value, one.bound] for one in found] for name, found in facts.samples.items()},
            facts.answers,
        ]
    )
