"""Bodies go after their time; every figure and every score stays."""

import json
from datetime import UTC

import pytest
from sqlalchemy import func, select

from collector.store import reports
from collector.store.arrivals import arrival
from collector.store.reports import Taken, take_in
from collector.store.retention import Retention
from collector.store.schema import measurement, report_body
from collector.store.store import Store
from contract.report import Report
from contract.wire import decode
from tests.collector.conftest import SetClock, a_report


@pytest.fixture
def full(store: Store, now: SetClock) -> Store:
    """A report a month, from March on."""
    for number in range(6):
        send(store, now, number)
        now.forward(days=30)
    return store


def send(store: Store, now: SetClock, number: int) -> Taken:
    plain = json.dumps(a_report(number)).encode()
    return store.write(take_in, [arrival(decode(plain, Report), plain, plain, "identity", now(), 0.0, UTC)])[0].taken


def bodies(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(report_body)) or 0


def test_old_bodies_go_and_typed_rows_stay(full: Store, now: SetClock) -> None:
    assert Retention(full, 90, UTC, now).sweep() == 2
    assert bodies(full) == 4
    with full.reading() as connection:
        assert reports.count(connection) == 6
        assert connection.scalar(select(func.count()).select_from(measurement)) == 24
        newest = reports.newest(connection, "S1")
        assert [reports.body(connection, "S1", row.report_id) is None for row in newest] == [False] * 4 + [True] * 2


def test_a_retry_of_a_report_without_body_is_still_the_same_report(full: Store, now: SetClock) -> None:
    Retention(full, 90, UTC, now).sweep()
    assert send(full, now, 0) is Taken.AGAIN
    assert bodies(full) == 4


def test_no_body_goes_before_its_days_are_over(store: Store, now: SetClock) -> None:
    send(store, now, 0)
    now.forward(days=89)
    assert Retention(store, 90, UTC, now).sweep() == 0
    assert bodies(store) == 1


def test_nought_keeps_them_for_ever(full: Store, now: SetClock) -> None:
    assert Retention(full, 0, UTC, now).sweep() == 0
    assert bodies(full) == 6


def test_it_looks_once_a_day_and_goes_on_where_it_was_stopped(full: Store, now: SetClock) -> None:
    retention = Retention(full, 90, UTC, now)
    assert retention.sweep(lambda: True) == 0
    assert retention.sweep() == 2
    now.forward(hours=1)
    assert retention.sweep() == 0
