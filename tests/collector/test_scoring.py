"""Scorecards are computed, and can be dropped and computed again; flips are events."""

import json
from datetime import UTC

import pytest

from collector import packs
from collector.scoring import Scoring
from collector.store import scores
from collector.store.arrivals import arrival
from collector.store.reports import Taken, take_in
from collector.store.schema import check_latest, school_day, school_latest, scorecard
from collector.store.store import Store
from contract.outcome import Outcome
from contract.report import Report
from contract.wire import decode
from criteria.facts import gather
from criteria.score import score_school
from tests.collector.conftest import REGISTER, SetClock, a_report


@pytest.fixture
def scoring(store: Store, now: SetClock) -> Scoring:
    return Scoring(store, packs.load_all([]), now)


def send(store: Store, now: SetClock, number: int, download: float | None = 120.0) -> Taken:
    plain = json.dumps(a_report(number, download=download)).encode()
    item = arrival(decode(plain, Report), plain, plain, "identity", now(), 0.0, UTC)
    return store.write(take_in, [item])[0].taken


def test_the_tables_give_the_judge_the_same_facts_as_the_reports_themselves(
    store: Store, now: SetClock, scoring: Scoring
) -> None:
    whole = []
    for number, download in enumerate([120.0, None, 30.5, 98.0, 99.0]):
        send(store, now, number, download)
        whole.append((decode(json.dumps(a_report(number, download=download)).encode(), Report), now()))
        now.forward(days=3)
    with store.reading() as connection:
        cards = scoring.cards(connection, REGISTER[0], now())
    assert cards == [score_school(pack, gather(REGISTER[0], whole), now()) for pack in scoring.packs]


def test_dropped_scorecards_come_out_the_same(store: Store, now: SetClock, scoring: Scoring) -> None:
    for number in range(4):
        send(store, now, number)
        now.forward(days=1)
    scoring.everything()
    with store.reading() as connection:
        before = connection.execute(scorecard.select()).all()
    store.write(lambda connection, _: [connection.execute(scorecard.delete())], [0])
    assert scoring.rebuild(lambda _done, _total: None) == (3, 0)
    with store.reading() as connection:
        assert connection.execute(scorecard.select()).all() == before


def test_a_change_of_outcome_is_an_event_with_both_reports(store: Store, now: SetClock, scoring: Scoring) -> None:
    scoring.everything()
    send(store, now, 1)
    assert scoring.catch_up() == 1
    now.forward(days=500)
    scoring.everything()
    with store.reading() as connection:
        flips = [item for item in scores.flips_of(connection, "S1") if item.criterion == "JZ-7.1.02"]
    assert [(item.number, item.before, item.after) for item in flips] == [
        (1, Outcome.UNKNOWN, Outcome.MET),
        (2, Outcome.MET, Outcome.UNKNOWN),
    ]
    assert flips[0].before_report_id is None
    assert flips[0].after_report_id == flips[1].before_report_id == a_report(1)["report_id"]


def test_a_replayed_report_changes_no_sum_and_leaves_no_mark(store: Store, now: SetClock, scoring: Scoring) -> None:
    send(store, now, 1)
    scoring.catch_up()
    assert send(store, now, 1) is Taken.AGAIN
    with store.reading() as connection:
        assert scores.waiting(connection) == []
        day = connection.execute(school_day.select()).mappings().one()
    assert (day["reports"], day["downloads"], day["download_sum"]) == (1, 1, 120.0)


def test_a_report_that_comes_while_its_school_is_scored_is_not_forgotten(
    store: Store, now: SetClock, scoring: Scoring
) -> None:
    send(store, now, 1)
    with store.reading() as connection:
        [(school_id, mark)] = scores.waiting(connection)
        cards = scoring.cards(connection, REGISTER[0], now())
    now.forward(seconds=1)
    send(store, now, 2)
    store.write(scores.put, [scores.Scored(school_id=school_id, cards=cards, mark=mark)])
    with store.reading() as connection:
        assert scores.waiting(connection) == [("S1", now())]


def test_a_report_without_bandwidth_leaves_the_last_known_figure(store: Store, now: SetClock) -> None:
    send(store, now, 1, download=120.0)
    now.forward(hours=1)
    send(store, now, 2, download=None)
    with store.reading() as connection:
        latest = connection.execute(school_latest.select()).mappings().one()
        run = connection.execute(check_latest.select().where(check_latest.c.check_id == "bandwidth")).mappings().one()
    assert (latest["download_mbit_s"], latest["received_at"]) == (120.0, now())
    assert run["status"] == "skipped"
    assert run["measured_report_id"] == a_report(1)["report_id"]


def test_a_clock_that_jumped_back_replaces_nothing_newer(store: Store, now: SetClock) -> None:
    send(store, now, 1, download=120.0)
    newest = now()
    now.forward(days=-1)
    send(store, now, 2, download=10.0)
    with store.reading() as connection:
        latest = connection.execute(school_latest.select()).mappings().one()
    assert (latest["download_mbit_s"], latest["received_at"]) == (120.0, newest)


def test_one_schools_defect_does_not_stop_the_others(
    store: Store, now: SetClock, scoring: Scoring, caplog: pytest.LogCaptureFixture
) -> None:
    send(store, now, 1)
    store.write(lambda connection, _: [connection.exec_driver_sql("UPDATE measurement SET unit = 'furlong'")], [0])
    assert scoring.everything() == 2
    assert "school S1 could not be scored" in caplog.text
    assert scoring.catch_up() == 0
    with store.reading() as connection:
        assert [school for school, _ in scores.waiting(connection)] == ["S1"]
