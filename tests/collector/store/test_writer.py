"""One thread writes; what waits goes into one transaction, and a bad item spoils nobody else's."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select, text

from collector.errors import StoreError
from collector.store import schools
from collector.store.engine import database_url, open_engines
from collector.store.schema import schema_version
from collector.store.store import Store
from collector.store.writer import Writer
from contract.school import School, SchoolKind
from tests.collector.conftest import START, SetClock


def a_school(number: int) -> School:
    return School(id=f"N{number}", name=f"第{number}小学", county="示例县", kind=SchoolKind.PRIMARY)


def test_what_waits_together_is_committed_together(tmp_path: Path, store: Store) -> None:
    commits: list[int] = []
    event.listen(store._writing, "commit", lambda _connection: commits.append(1))
    hold, held = threading.Event(), threading.Event()

    def wait(_connection: Connection, items: Sequence[int]) -> list[int]:
        held.set()
        assert hold.wait(10)
        return list(items)

    first = store.submit(wait, 0)
    assert held.wait(10)
    rest = [store.submit(schools.put, (a_school(number), START)) for number in range(100)]
    hold.set()
    assert first.result(10) == 0
    assert [item.result(10) for item in rest] == [schools.Change.ADDED] * 100
    assert len(commits) == 2


def test_a_bad_item_fails_alone(store: Store) -> None:
    hold, held = threading.Event(), threading.Event()

    def wait(_connection: Connection, items: Sequence[int]) -> list[int]:
        held.set()
        assert hold.wait(10)
        return list(items)

    def fail(connection: Connection, _items: Sequence[str]) -> list[None]:
        connection.execute(text("INSERT INTO no_such_table VALUES (1)"))
        return [None]

    first = store.submit(wait, 0)
    assert held.wait(10)
    good = store.submit(schools.put, (a_school(1), START))
    bad = store.submit(fail, "x")
    also_good = store.submit(schools.put, (a_school(2), START))
    hold.set()
    assert first.result(10) == 0
    assert good.result(10) is schools.Change.ADDED
    assert also_good.result(10) is schools.Change.ADDED
    with pytest.raises(StoreError, match=r"store\.failed"):
        bad.result(10)
    with store.reading() as connection:
        assert schools.find(connection, "N1") == a_school(1)


def test_a_full_queue_refuses_instead_of_growing(tmp_path: Path) -> None:
    writing, reading = open_engines(database_url("c.db", tmp_path))
    writer = Writer(writing, size=2)
    hold, held = threading.Event(), threading.Event()

    def wait(_connection: Connection, items: Sequence[int]) -> list[int]:
        held.set()
        assert hold.wait(10)
        return list(items)

    first = writer.submit(wait, 0)
    assert held.wait(10)
    waiting = [writer.submit(wait, number) for number in (1, 2)]
    with pytest.raises(StoreError, match=r"store\.busy"):
        writer.submit(wait, 3)
    hold.set()
    writer.close()
    assert [item.result(10) for item in (first, *waiting)] == [0, 1, 2]
    writing.dispose()
    reading.dispose()


def test_closing_writes_what_waits_and_takes_nothing_more(tmp_path: Path, now: SetClock) -> None:
    with Store(database_url("c.db", tmp_path), now) as store:
        waiting = [store.submit(schools.put, (a_school(number), START)) for number in range(300)]
    assert all(item.done() for item in waiting)
    with pytest.raises(StoreError, match=r"store\.closed"):
        store.submit(schools.put, (a_school(1), START))
    with Store(database_url("c.db", tmp_path), now) as again, again.reading() as connection:
        assert schools.count(connection) == 300


def test_a_second_writer_waits_for_its_turn(tmp_path: Path, now: SetClock) -> None:
    url = database_url("c.db", tmp_path)
    with Store(url, now) as server, Store(url, now) as command:
        pending = [server.submit(schools.put, (a_school(number), START)) for number in range(200)]
        for number in range(200, 220):
            assert command.write(schools.put, [(a_school(number), START)]) == [schools.Change.ADDED]
        assert {item.result(20) for item in pending} == {schools.Change.ADDED}
        with server.reading() as connection:
            assert schools.count(connection) == 220


def test_readers_cannot_write(store: Store) -> None:
    with store.reading() as connection, pytest.raises(Exception, match="readonly"):
        connection.execute(schema_version.delete())


def test_the_database_is_durable_and_private(tmp_path: Path, now: SetClock) -> None:
    with Store(database_url("deep/c.db", tmp_path), now) as store:
        with store._writing.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert (tmp_path / "deep" / "c.db").stat().st_mode & 0o077 == 0


def test_a_database_of_another_schema_is_not_touched(tmp_path: Path, now: SetClock) -> None:
    url = database_url("c.db", tmp_path)
    with Store(url, now) as store:
        store.write(lambda connection, _: [connection.execute(schema_version.update().values(version=99))], [0])
    with pytest.raises(StoreError, match=r"store\.other_schema"):
        Store(url, now)


def test_a_file_that_is_no_database_is_named(tmp_path: Path, now: SetClock) -> None:
    (tmp_path / "c.db").write_bytes(b"this is not a database, whatever its name says" * 100)
    with pytest.raises(StoreError, match=r"store\.cannot_open"):
        Store(database_url("c.db", tmp_path), now)


def test_times_are_stored_as_whole_numbers(store: Store) -> None:
    with store.reading() as connection:
        assert connection.scalar(select(schema_version.c.applied_at)) == START
        assert isinstance(connection.exec_driver_sql("SELECT applied_at FROM schema_version").scalar(), int)
