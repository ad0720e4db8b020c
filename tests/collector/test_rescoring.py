"""History scored again: the same as scoring each day from scratch, the same twice, and broken where the rules change."""

from datetime import date, datetime, timedelta

from msgspec import structs

from collector import packs
from collector.rescoring import rescore
from collector.store import history, samples, schools
from collector.store.store import Store
from contract.school import School
from criteria.pack import Expect, Pack, find
from criteria.reading import CHINA
from criteria.score import score_school
from tests.collector.conftest import Server, a_report

PACK = find("cn-henan-jiaozuo-2019")
SINCE, UNTIL = date(2026, 2, 20), date(2026, 5, 20)


def stricter(mbit_s: float) -> Pack:
    rules = [
        structs.replace(item, expect=Expect(at_least=mbit_s)) if item.id == "JZ-7.1.02" else item for item in PACK.criteria
    ]
    return structs.replace(PACK, criteria=rules)


def filled(server: Server) -> Store:
    """A school that reports each third day for a month: fast, then slow, then never again."""
    agent = server.token("agent", "S1", "a1")
    for number in range(1, 11):
        server.post(a_report(number, download=120.0 if number <= 5 else 40.0), agent)
        server.now.forward(days=3)
    return server.store


def scratch(store: Store, school: School, pack: Pack, day: date) -> tuple[str, float | None, float | None]:
    now = datetime(day.year, day.month, day.day, 23, 59, 59, 999999, tzinfo=CHINA)
    with store.reading() as connection:
        known = samples.facts_of(connection, school, packs.measures([pack]), now - timedelta(days=400))
    card = score_school(pack, known, now)
    return card.verdict.value, card.score, card.coverage


def stored(store: Store) -> list[history.DayScore]:
    with store.reading() as connection:
        return list(history.of_school(connection, "S1", PACK.id).values())


def test_each_day_comes_out_as_if_scored_from_scratch(server: Server) -> None:
    store = filled(server)
    rescore(store, PACK, SINCE, UNTIL, lambda *_: None)
    with store.reading() as connection:
        school = schools.find(connection, "S1")
    assert school is not None
    found = {row.day: (row.verdict, row.score, row.coverage) for row in stored(store)}
    days = [SINCE + timedelta(days=place) for place in range((UNTIL - SINCE).days + 1)]
    assert found == {day.isoformat(): scratch(store, school, PACK, day) for day in days}
    assert len({verdict for verdict, *_ in found.values()}) > 1


def test_a_second_run_changes_nothing(server: Server) -> None:
    store = filled(server)
    first, second = (rescore(store, PACK, SINCE, UNTIL, lambda *_: None) for _ in range(2))
    assert (first.days, first.changed) == (3 * 90, 3 * 90)
    assert (second.days, second.changed) == (3 * 90, 0)


def test_a_line_breaks_where_the_rules_change(server: Server) -> None:
    store = filled(server)
    rescore(store, PACK, SINCE, UNTIL, lambda *_: None)
    rescore(store, stricter(200), date(2026, 4, 1), UNTIL, lambda *_: None)
    rows = stored(store)
    assert history.breaks(rows) == ["2026-04-01"]
    rescore(store, stricter(200), SINCE, UNTIL, lambda *_: None)
    assert history.breaks(stored(store)) == []
