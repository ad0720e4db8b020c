"""A database of every schema that was ever released is led to the present one, and nothing in it is lost."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from collector.store import agents, migrations, reports, scores
from collector.store.engine import database_url
from collector.store.schema import VERSION, agent, report, schema_version, school_day
from collector.store.store import Store
from tests.collector.conftest import SetClock

GOLDEN = Path(__file__).parent / "golden"
EARLIER = [int(path.stem.rpartition("-")[2]) for path in sorted(GOLDEN.glob("schema-*.sql"))]


def restored(number: int, folder: Path) -> Path:
    """The checked-in database of a schema, as its program left it."""
    file = folder / "c.db"
    with sqlite3.connect(file) as connection:
        connection.executescript((GOLDEN / f"schema-{number}.sql").read_text("utf-8"))
    connection.close()
    return file


def test_every_earlier_schema_has_a_golden_database_and_a_step() -> None:
    assert list(range(1, VERSION)) == EARLIER
    assert sorted(migrations.STEPS) == list(range(2, VERSION + 1))


@pytest.mark.parametrize("number", EARLIER)
def test_an_earlier_database_keeps_everything(number: int, tmp_path: Path, now: SetClock) -> None:
    before = sqlite3.connect(restored(number, tmp_path))
    counts = {
        name: before.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for (name,) in before.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    }
    before.close()
    with Store(database_url("c.db", tmp_path), now) as store, store.reading() as connection:
        assert connection.scalar(select(schema_version.c.version)) == VERSION
        for name, count in counts.items():
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() == count, name
        assert reports.count(connection) == 3
        assert all(reports.body(connection, "S1", row.report_id) for row in reports.newest(connection, "S1"))
        assert [row.agent_id for row in agents.of_school(connection, "S1")] == ["a1"]
        assert len(scores.cards_of(connection, "S1")) == 1
        assert connection.scalars(select(report.c.signed)).all() == [None] * 3
        assert sum(connection.scalars(select(school_day.c.reports))) == 3
        assert connection.scalars(select(agent.c.public_key)).all() == [None]


@pytest.mark.parametrize("number", EARLIER)
def test_an_upgraded_database_has_the_tables_of_a_new_one(number: int, tmp_path: Path, now: SetClock) -> None:
    restored(number, tmp_path)
    shapes = []
    for name in ("c.db", "new.db"):
        with Store(database_url(name, tmp_path), now) as store, store.reading() as connection:
            seen = inspect(connection)
            shapes.append(
                {
                    table: {column["name"]: (str(column["type"]), column["nullable"]) for column in seen.get_columns(table)}
                    for table in seen.get_table_names()
                }
            )
    assert shapes[0] == shapes[1]


def test_opening_again_changes_nothing(tmp_path: Path, now: SetClock) -> None:
    restored(1, tmp_path)
    for _ in range(2):
        with Store(database_url("c.db", tmp_path), now) as store, store.reading() as connection:
            assert connection.scalar(select(schema_version.c.version)) == VERSION
