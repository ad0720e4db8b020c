"""Power cuts, full and read-only disks, two weeks offline: each ends in its own message; nothing is lost or doubled."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from agent import identity, lock
from agent.config import SpoolSettings
from agent.spool import Spool, unpack
from tests.agent.conftest import NOW, TOKEN, Collector, make_report

ROOT = Path(__file__).parents[2]
KILLS = 20
"""Each at a random moment of a whole run with delivery; ``benchmarks/agent_kills.py`` does hundreds."""
posix = pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs SIGKILL")


def enrol(state: Path, url: str) -> None:
    given = identity.Credentials(collector_url=url, agent_id="agent-1", school_id="school-1", token=TOKEN, enrolled_at=NOW)
    identity.keep_credentials(state, given)


def command(state: Path, *argv: str) -> tuple[list[str], dict[str, str]]:
    environ = {**os.environ, "CAMPUS_STATE": str(state), "CAMPUS_LANG": "en", "no_proxy": "*"}
    return [sys.executable, "-m", "agent", *argv], environ


def spool_of(state: Path) -> Spool:
    return Spool(state / "spool", SpoolSettings())


def started_reports(state: Path) -> int:
    path = state / identity.SEQUENCE
    return int(path.read_text()) if path.exists() else 0


@posix
def test_runs_that_are_killed_at_any_moment_lose_nothing_and_double_nothing(collector: Collector, tmp_path: Path) -> None:
    """Every report that was ever whole on disk reaches the collector, in order, under one id; the rest was never made."""
    state = tmp_path / "state"
    enrol(state, collector.url)
    rng = random.Random(9)
    argv, environ = command(state, "run", "--only", "host")
    began = time.monotonic()
    subprocess.run(argv, env=environ, cwd=ROOT, check=True, capture_output=True)
    whole = time.monotonic() - began
    seen: set[str] = set()
    for _ in range(KILLS):
        with subprocess.Popen(argv, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            timer = threading.Timer(rng.uniform(0, whole), process.send_signal, (signal.SIGKILL,))
            timer.start()
            process.wait()
            timer.cancel()
        seen |= {entry.report_id for entry in spool_of(state).waiting()}
    last, environ = command(state, "deliver")
    subprocess.run(last, env=environ, cwd=ROOT, check=True, capture_output=True)
    assert spool_of(state).waiting() == []
    assert seen <= set(collector.accepted)
    first_receipts = list(dict.fromkeys(collector.accepted))
    sequences = []
    for request in collector.requests:
        if request.path == "/v1/reports":
            report = json.loads(gzip.decompress(request.body))
            if report["report_id"] in first_receipts:
                first_receipts.remove(report["report_id"])
                sequences.append(report["sequence"])
    assert sequences == sorted(set(sequences)), "one number twice, or out of order"
    assert len(sequences) <= started_reports(state)
    assert not list(state.rglob("*.part")), "a half file"


MOUNTS = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root and unshare (util-linux)"
)


def inside(mount: str, state: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """The command in a mount namespace of its own, after ``mount`` has been done to the state folder."""
    words, environ = command(state, *argv)
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"cd {ROOT} && {mount} && {quoted}; code=$?; cp -a {state}/. {state.parent}/after/ 2>/dev/null; exit $code"
    (state.parent / "after").mkdir(exist_ok=True)
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], env=environ, capture_output=True, text=True, check=False
    )


@MOUNTS
def test_a_full_disk_is_named_and_what_was_there_stays(collector: Collector, tmp_path: Path) -> None:
    state, keep = tmp_path / "state", tmp_path / "keep"
    enrol(state, "http://127.0.0.1:9")
    spool = spool_of(state)
    spool.open()
    ids = [spool.add(make_report(number)).report_id for number in (1, 2, 3)]
    shutil.copytree(state, keep)
    fill = f"(cat /dev/zero > {state}/filler 2>/dev/null; true)"
    full = f"mount -t tmpfs -o size=96k none {state} && cp -a {keep}/. {state}/ && {fill}"
    done = inside(full, state, "run", "--only", "host")
    assert done.returncode == 75
    assert "No space left on device" in done.stderr
    assert str(state) in done.stderr
    after = Spool(tmp_path / "after" / "spool", SpoolSettings())
    assert [entry.report_id for entry in after.waiting()] == ids
    assert [str(unpack(after.body(entry)).report_id) for entry in after.waiting()] == ids


@MOUNTS
@pytest.mark.parametrize("argv", [("run", "--only", "host"), ("deliver",)])
def test_a_read_only_disk_is_named_and_nothing_is_sent_twice(
    collector: Collector, tmp_path: Path, argv: tuple[str, ...]
) -> None:
    state = tmp_path / "state"
    enrol(state, collector.url)
    spool = spool_of(state)
    spool.open()
    spool.add(make_report(1))
    readonly = f"mount --bind {state} {state} && mount -o remount,ro,bind {state}"
    done = inside(readonly, state, *argv)
    assert done.returncode == 75
    assert "Read-only file system" in done.stderr
    assert collector.requests == []
    assert len(spool_of(state).waiting()) == 1


@MOUNTS
def test_doctor_names_a_read_only_disk(collector: Collector, tmp_path: Path) -> None:
    state = tmp_path / "state"
    enrol(state, collector.url)
    done = inside(f"mount --bind {state} {state} && mount -o remount,ro,bind {state}", state, "doctor")
    assert done.returncode == 75
    assert "cannot be written" in done.stdout


def test_two_weeks_offline_are_brought_in_order(collector: Collector, tmp_path: Path) -> None:
    state = tmp_path / "state"
    enrol(state, collector.url)
    spool = spool_of(state)
    spool.open()
    ids = [spool.add(make_report(4 * day + run, day=day)).report_id for day in range(14) for run in range(4)]
    argv, environ = command(state, "deliver")
    done = subprocess.run(argv, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, collector.accepted) == (0, ids)
    assert "56" in done.stdout


def test_a_second_agent_at_once_leaves_the_first_alone(collector: Collector, tmp_path: Path) -> None:
    state = tmp_path / "state"
    enrol(state, collector.url)
    argv, environ = command(state, "run", "--only", "host")
    with lock.held(state) as mine:
        assert mine
        done = subprocess.run(argv, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, started_reports(state)) == (0, 0)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root writes into other accounts' folders")
def test_what_root_does_by_hand_does_not_lock_the_service_out(collector: Collector, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, 4711, 4712)
    enrol(state, collector.url)
    argv, environ = command(state, "run", "--only", "host")
    subprocess.run(argv, env=environ, cwd=ROOT, check=True, capture_output=True)
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in state.rglob("*")}
    assert owners == {(4711, 4712)}
