"""Schedule, carry-out and purge as typed by a person; system commands are answered by stand-ins on the PATH."""

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent import identity
from agent.cli import main
from agent.config import SpoolSettings
from agent.spool import ParkReason, Spool
from contract.carry import MANIFEST, Carry, Received, token_proof
from contract.wire import decode, encode
from tests.agent.conftest import NOW, TOKEN, Collector, make_report

Run = Callable[..., tuple[int, str, str]]
CRONTAB = """#!/bin/sh
case "$1" in
-l) [ -f "$HOME/table" ] && cat "$HOME/table" || { echo "no crontab for you" >&2; exit 1; } ;;
-r) rm "$HOME/table" ;;
-) cat > "$HOME/table" ;;
esac
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "crontab").write_text(CRONTAB)
    (tools / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CAMPUS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CAMPUS_LANG", "en")
    monkeypatch.setattr("agent.desk.is_system", lambda: False)
    return tmp_path / "state"


@pytest.fixture
def agent(state: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*argv: str) -> tuple[int, str, str]:
        code = main(argv)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def enrol(state: Path) -> None:
    given = identity.Credentials(
        collector_url="http://127.0.0.1:9", agent_id="agent-1", school_id="school-1", token=TOKEN, enrolled_at=NOW
    )
    identity.keep_credentials(state, given)


def spool_of(state: Path) -> Spool:
    made = Spool(state / "spool", SpoolSettings())
    made.open()
    return made


posix = pytest.mark.skipif(os.name == "nt", reason="crontab is POSIX")


@posix
def test_a_schedule_is_installed_shown_and_removed(agent: Run, state: Path, tmp_path: Path) -> None:
    (tmp_path / "table").write_text("0 3 * * * backup\n")
    code, out, err = agent("schedule", "install", "--kind", "cron", "--times", "7:30,19:30", "--splay", "30m")
    assert (code, err) == (0, "")
    assert "Scheduled (cron): every day at 07:30,19:30, machines spread over 30m." in out
    table = (tmp_path / "table").read_text()
    assert table.startswith("0 3 * * * backup\n")
    assert f"CAMPUS_STATE={state}" in table
    code, out, _ = agent("schedule", "show", "--json")
    assert list(json.loads(out)) == ["cron"]
    assert agent("schedule", "remove")[0] == 0
    assert (tmp_path / "table").read_text() == "0 3 * * * backup\n"
    assert "Nothing is scheduled" in agent("schedule", "show")[1]


@posix
@pytest.mark.parametrize("argv", [("--times", "25:00"), ("--splay", "2h")])
def test_a_schedule_that_makes_no_sense_leaves_the_old_one(agent: Run, tmp_path: Path, argv: tuple[str, str]) -> None:
    agent("schedule", "install", "--kind", "cron")
    before = (tmp_path / "table").read_text()
    assert agent("schedule", "install", "--kind", "cron", *argv)[0] == 64
    assert (tmp_path / "table").read_text() == before


def test_a_scheduled_run_waits_its_own_time_and_then_runs(agent: Run, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("agent.desk.time", SimpleNamespace(sleep=waited.append))
    code, _, err = agent("run", "--no-deliver", "--only", "host", "--splay", "45m")
    assert (code, len(waited)) == (0, 1)
    assert 0 <= waited[0] < 2700
    assert "apart from other schools" in err
    agent("run", "--no-deliver", "--only", "host", "--splay", "45m")
    assert waited[1] == waited[0]


def test_a_run_that_is_not_due_does_nothing(agent: Run, state: Path) -> None:
    assert agent("run", "--no-deliver", "--only", "host", "--if-due", "00:00")[0] == 0
    code, out, err = agent("run", "--no-deliver", "--only", "host", "--if-due", "00:00")
    assert (code, out) == (0, "")
    assert "nothing to do" in err
    assert len(list((state / "history").iterdir())) == 1


def test_reports_are_carried_out_with_proofs_and_stay_until_the_receipt(agent: Run, state: Path, tmp_path: Path) -> None:
    enrol(state)
    spool = spool_of(state)
    first = spool.add(make_report(1))
    spool.park(spool.add(make_report(2)), ParkReason(status=422, at=NOW))
    code, out, _ = agent("export-spool", str(tmp_path / "out.zip"))
    assert code == 0
    assert "Wrote 2 reports" in out
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        contents = decode(archive.read(MANIFEST), Carry)
        bodies = [archive.read(item.name) for item in contents.reports]
    assert [item.proof for item in contents.reports] == [token_proof(TOKEN, body) for body in bodies]
    assert len(spool.waiting()) == 1
    receipt = Received(schema=1, agent_id="agent-1", received_at=NOW, report_ids=[first.report_id])
    (tmp_path / "back").write_bytes(encode(receipt))
    assert agent("export-spool", "--received", str(tmp_path / "back"))[0] == 0
    assert (spool.waiting(), len(spool.parked())) == ([], 1)


def test_a_receipt_of_another_machine_or_none_is_refused(agent: Run, state: Path, tmp_path: Path) -> None:
    enrol(state)
    spool_of(state).add(make_report(1))
    other = Received(schema=1, agent_id="agent-2", received_at=NOW, report_ids=[])
    for raw in (encode(other), b"hello"):
        (tmp_path / "back").write_bytes(raw)
        assert agent("export-spool", "--received", str(tmp_path / "back"))[0] == 64
    assert agent("export-spool", "--received", str(tmp_path / "none"))[0] == 75
    assert len(spool_of(state).waiting()) == 1


def test_a_file_that_cannot_be_written_is_named(agent: Run, state: Path) -> None:
    enrol(state)
    spool_of(state).add(make_report(1))
    code, _, err = agent("export-spool", "/nonexistent/out.zip")
    assert code == 75
    assert "/nonexistent/out.zip" in err


@posix
def test_purging_leaves_no_trace(agent: Run, state: Path, tmp_path: Path) -> None:
    before = sorted(path for path in tmp_path.rglob("*"))
    enrol(state)
    agent("run", "--no-deliver", "--only", "host")
    [waiting] = spool_of(state).waiting()
    spool_of(state).delivered(waiting)
    agent("schedule", "install", "--kind", "cron")
    assert "add --yes" in agent("purge")[1]
    assert state.is_dir()
    assert agent("purge", "--yes")[0] == 0
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_purging_keeps_what_was_not_delivered_until_it_is_told_to(agent: Run, state: Path) -> None:
    enrol(state)
    spool_of(state).add(make_report(1))
    code, _, err = agent("purge", "--yes")
    assert code == 75
    assert "1 reports are undelivered" in err
    assert len(spool_of(state).waiting()) == 1
    assert agent("purge", "--yes", "--discard-reports")[0] == 0
    assert not state.exists()


def test_an_enrolled_machine_can_become_another(agent: Run, state: Path, collector: Collector) -> None:
    agent("enroll", collector.url, "7K2MX9QFTD")
    first = identity.credentials(state)
    agent("enroll", collector.url, "7K2MX9QFTE", "--again")
    second = identity.credentials(state)
    assert first is not None
    assert second is not None
    assert first.key != second.key
    assert first.install_id != second.install_id
