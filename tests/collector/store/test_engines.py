"""
What holds on SQLite holds on PostgreSQL: the same promises, run against both.

``CAMPUS_TEST_DATABASE=postgresql+psycopg://…`` adds a database of the operator's own (Citus, YugabyteDB); it must be empty.
"""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, func, make_url, select, text

from collector import packs
from collector.detail import detail_of
from collector.identity.token import make, token_digest
from collector.scoring import Scoring
from collector.store import agents, overview, reports, schools, scores, tokens
from collector.store.agents import Accepted, Enrolment, NewCode, Refused
from collector.store.arrivals import Arrival, arrival
from collector.store.engine import database_url
from collector.store.overview import Filter
from collector.store.reports import Taken, take_in
from collector.store.schema import check_run, measurement, school_day
from collector.store.schools import Change
from collector.store.store import Store
from contract.report import Report
from contract.wire import decode
from tests.collector import postgres
from tests.collector.conftest import REGISTER, START, SetClock, a_report

OWN = os.environ.get("CAMPUS_TEST_DATABASE", "")


@pytest.fixture(scope="session")
def server_of_postgres() -> Iterator[URL]:
    reason = postgres.missing()
    if reason:
        pytest.skip(reason)
    with postgres.cluster() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql", *(["own"] if OWN else [])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    if request.param == "sqlite":
        return database_url("c.db", tmp_path)
    if request.param == "own":
        return make_url(OWN)
    server: URL = request.getfixturevalue("server_of_postgres")
    name = f"c{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name)


@pytest.fixture
def opened(url: URL, now: SetClock) -> Iterator[Store]:
    with Store(url, now) as store:
        store.write(schools.put, [(school, START) for school in REGISTER])
        yield store


def an_arrival(number: int, school: str = "S1", *, download: float | None = 120.0, seconds: int = 0) -> Arrival:
    plain = json.dumps(a_report(number, school, download=download)).encode()
    at = START + timedelta(seconds=seconds)
    return arrival(decode(plain, Report), plain, plain, "identity", at, 0.0, UTC, chain=(None, "next"))


def test_reports_are_taken_in_once_with_everything_below_them(opened: Store) -> None:
    items = [an_arrival(number, school) for number in range(40) for school in ("S1", "S2")]
    assert {stored.taken for stored in opened.write(take_in, items)} == {Taken.NEW}
    assert {stored.taken for stored in opened.write(take_in, items)} == {Taken.AGAIN}
    assert [stored.taken for stored in opened.write(take_in, [an_arrival(1, download=7.0)])] == [Taken.OTHER_BODY]
    with opened.reading() as connection:
        assert reports.count(connection) == 80
        assert connection.scalar(select(func.count()).select_from(measurement)) == 80 * 4
        assert connection.scalar(select(func.count()).select_from(check_run)) == 80 * 2
        assert sorted(connection.scalars(select(school_day.c.reports))) == [40, 40]
        assert reports.body(connection, "S1", items[0].report_id) == json.dumps(a_report(0)).encode()


def test_two_writers_with_the_same_reports_store_each_once(url: URL, now: SetClock) -> None:
    items = [an_arrival(number, f"S{number % 2 + 1}", seconds=number) for number in range(60)]
    with Store(url, now) as one, Store(url, now) as two:
        one.write(schools.put, [(school, START) for school in REGISTER])
        with ThreadPoolExecutor(2) as pool:
            for start in range(0, 60, 10):
                part = items[start : start + 10]
                pairs = [pool.submit(one.write, take_in, part), pool.submit(two.write, take_in, part[::-1])]
                taken = [stored.taken for pair in pairs for stored in pair.result(30)]
                assert (taken.count(Taken.NEW), taken.count(Taken.AGAIN)) == (10, 10)
        with two.reading() as connection:
            assert reports.count(connection) == 60
            assert sum(connection.scalars(select(school_day.c.reports))) == 60


def test_a_code_enrols_one_installation_and_its_token_opens(opened: Store, now: SetClock) -> None:
    opened.write(
        agents.add_codes, [NewCode(school_id="S1", digest="d", created_at=START, expires_at=START + timedelta(days=1))]
    )
    secret = make("agent", "S1", os.urandom)

    def wanted(install: str, agent_id: str) -> Enrolment:
        return Enrolment(
            school_id="S1",
            code_digest="d",
            install_id=install * 32,
            agent_id=agent_id,
            token_digest=token_digest(secret) if install == "0" else "other",
            expires_at=None,
            now=now(),
            public_key="k" * 43,
        )

    assert opened.write(agents.enrol, [wanted("0", "a1")]) == [Accepted("S1", "a1")]
    assert opened.write(agents.enrol, [wanted("1", "a2")]) == [Refused("problem.code_used")]
    found = opened.token("S1", token_digest(secret))
    assert found is not None
    assert (found.agent_id, found.public_key) == ("a1", "k" * 43)
    assert opened.write(take_in, [an_arrival(1)])[0].chain == "next"
    assert opened.write(tokens.revoke, [(token_digest(secret), now())]) == [1]
    found = opened.token("S1", token_digest(secret))
    assert found is not None
    assert found.revoked_at == START


def test_scores_overview_and_detail_read_back(opened: Store, now: SetClock) -> None:
    scoring = Scoring(opened, packs.load_all([]), now)
    opened.write(take_in, [an_arrival(1), an_arrival(2, "S2", download=None)])
    assert scoring.catch_up() == 2
    opened.write(take_in, [an_arrival(3, download=3.0, seconds=5)])
    now.forward(minutes=1)
    assert scoring.catch_up() == 1
    pack = scoring.packs[0].id
    with opened.reading() as connection:
        rows = overview.rows(connection, pack, Filter())
        assert [row.id for row in rows] == ["S1", "S2", "S3"]
        assert (rows[0].download_mbit_s, rows[1].download_mbit_s) == (3.0, None)
        assert overview.count(connection, pack, Filter(text="二中")) == 1
        assert overview.sums(connection, pack, Filter(), START).reporting == 2
        detail = detail_of(connection, scoring, pack, "S1", now())
        assert detail is not None
        assert len(detail.reports) == 2
        assert scores.waiting(connection) == []


def test_the_register_takes_the_same_school_twice(opened: Store) -> None:
    assert opened.write(schools.put, [(REGISTER[0], START)]) == [Change.UNCHANGED]


def test_readers_cannot_change_anything(opened: Store) -> None:
    with opened.reading() as connection, pytest.raises(Exception, match=r"readonly|read-only"):
        connection.execute(school_day.delete())


def test_it_opens_again_as_it_was_left(url: URL, now: SetClock) -> None:
    for expected in (Change.ADDED, Change.UNCHANGED):
        with Store(url, now) as store:
            assert store.answers()
            assert store.write(schools.put, [(REGISTER[0], START)]) == [expected]
