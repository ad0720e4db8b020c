"""doctor, backup and agent, as the person at the desk meets them."""

import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from collector.cli import main
from collector.store import reports, schools
from collector.store.engine import database_url
from collector.store.schema import agent
from collector.store.store import Store
from tests.collector.conftest import REGISTER, START, SetClock
from tests.collector.store.test_retention import send

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, now: SetClock) -> Path:
    with Store(database_url("collector.db", tmp_path), now) as store:
        store.write(schools.put, [(school, START) for school in REGISTER])
        row = {"school_id": "S1", "agent_id": "a1", "install_id": "0" * 32, "enrolled_at": START}
        store.write(lambda connection, rows: [connection.execute(insert(agent).values(**rows[0]))], [row])
        send(store, now, 1)
    (tmp_path / "config.yaml").write_text(json.dumps({"collector": {"state_folder": str(tmp_path)}}))
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)

    def call(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--config", str(folder / "config.yaml")])
        return code, *capsys.readouterr()

    return call


def found(run: Run, *more: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = run("doctor", "--json", *more)
    return code, {item["message"]["code"].rpartition(".")[2]: item["state"] for item in json.loads(out)}


def test_the_doctor_finds_a_sound_collector_sound(run: Run) -> None:
    code, seen = found(run)
    assert code == 0
    assert set(seen.values()) == {"good"}
    assert set(seen) == {"loopback", "packs", "disk", "database", "schools", "agents", "unscored"}


def test_the_doctor_names_a_database_that_is_none(run: Run, folder: Path) -> None:
    (folder / "bad.db").write_bytes(b"not a database" * 500)
    code, seen = found(run, "--database-url", "bad.db")
    assert (code, seen["database_broken"]) == (75, "bad")


def test_the_doctor_speaks_in_sentences(run: Run) -> None:
    code, out, _ = run("doctor")
    assert code == 0
    assert "3 schools on the register" in out
    assert "collector.doctor" not in out


def test_a_backup_is_whole_while_the_server_writes(run: Run, folder: Path, now: SetClock) -> None:
    stop, sent = threading.Event(), threading.Event()

    def write() -> None:
        with Store(database_url("collector.db", folder), now) as store:
            number = 2
            while not stop.is_set():
                send(store, now, number)
                sent.set()
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert sent.wait(30)
        code, out, err = run("backup", str(folder / "copy.db"))
    finally:
        stop.set()
        writer.join(30)
    assert code == 0, err
    assert (folder / "copy.db").stat().st_mode & 0o077 == 0
    assert not (folder / "copy.db.new").exists()
    with Store(database_url("copy.db", folder), now) as store, store.reading() as connection:
        count = reports.count(connection)
        assert f"{count} reports" in out
        assert all(reports.body(connection, "S1", row.report_id) for row in reports.newest(connection, "S1"))


def test_a_backup_never_overwrites(run: Run, folder: Path) -> None:
    (folder / "copy.db").write_bytes(b"precious")
    code, _, err = run("backup", str(folder / "copy.db"))
    assert code == 75
    assert "never overwrites" in err
    assert (folder / "copy.db").read_bytes() == b"precious"


def test_a_backup_of_a_damaged_database_is_refused(run: Run, folder: Path) -> None:
    damaged = sqlite3.connect(folder / "collector.db")
    damaged.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged.close()
    content = bytearray((folder / "collector.db").read_bytes())
    content[8192:65536] = b"\xff" * (65536 - 8192)
    (folder / "collector.db").write_bytes(content)
    code, _, _ = run("backup", str(folder / "copy.db"))
    assert code == 75
    assert not (folder / "copy.db").exists()


def test_an_agent_is_listed_and_shut_out(run: Run) -> None:
    code, out, _ = run("agent", "list", "S1")
    assert code == 0
    assert "token only" in out
    assert run("agent", "revoke", "S1", "a1")[0] == 0
    assert json.loads(run("agent", "list", "S1", "--json")[1])[0]["revoked"] is True
    assert run("agent", "revoke", "S1", "a1")[0] == 65


def test_what_a_person_changes_is_in_the_log_without_secrets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "wang")
    code = json.loads(run("enroll-code", "S1", "--json")[1])["code"]
    token = json.loads(run("token", "create", "--role", "admin", "--json")[1])
    run("token", "revoke", token["id"])
    run("agent", "revoke", "S1", "a1")
    out = run("audit", "--json")[1]
    entries = json.loads(out)
    assert sorted(entry["action"] for entry in entries) == ["agent revoke", "enroll-code", "token create", "token revoke"]
    assert {entry["person"] for entry in entries} == {"wang"}
    assert code not in out
    assert token["token"] not in out
    assert "wang" in run("audit")[1]
