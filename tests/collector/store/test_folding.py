"""Many reports in one transaction leave the same roll-ups as the same reports one by one."""

import json
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from collector.store import schools
from collector.store.arrivals import Arrival, arrival
from collector.store.engine import database_url
from collector.store.reports import take_in
from collector.store.schema import check_latest, school_day, school_dirty, school_latest
from collector.store.store import Store
from contract.report import Report
from contract.wire import decode
from tests.collector.conftest import REGISTER, START, SetClock, a_report

SENT = st.lists(
    st.tuples(st.sampled_from(["S1", "S2"]), st.none() | st.sampled_from([20.0, 90.0, 150.0]), st.integers(0, 3)),
    min_size=1,
    max_size=12,
)
DERIVED = (check_latest, school_day, school_dirty, school_latest)


def arrivals_of(sent: list[tuple[str, float | None, int]]) -> list[Arrival]:
    made = []
    day = 0  # the collector stamps the receipt, so times only grow
    for number, (school, download, days) in enumerate(sent):
        day += days
        plain = json.dumps(a_report(number, school, download=download)).encode()
        at = START + timedelta(days=day, seconds=number)
        made.append(arrival(decode(plain, Report), plain, plain, "identity", at, 0.0, UTC))
    return made


def derived(folder: Path, batches: list[list[Arrival]]) -> list[list[tuple[object, ...]]]:
    with Store(database_url("c.db", folder), SetClock()) as store:
        store.write(schools.put, [(school, START) for school in REGISTER])
        for batch in batches:
            store.write(take_in, batch)
        with store.reading() as connection:
            return [[tuple(row) for row in connection.execute(select(table))] for table in DERIVED]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SENT)
def test_one_transaction_gives_what_many_give(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[str, float | None, int]]
) -> None:
    items = arrivals_of(sent)
    together = derived(tmp_path_factory.mktemp("together"), [items[::-1]])
    assert together == derived(tmp_path_factory.mktemp("apart"), [[item] for item in items])


def test_more_rows_than_one_statement_takes_are_all_there(tmp_path: Path) -> None:
    items = arrivals_of([("S1", 90.0, 0)] * 700)
    days = derived(tmp_path, [items])[1]
    assert days[0][:3] == ("S1", START.date().isoformat(), 700)
