"""Whatever one check does, it is that check's own affair."""

import itertools
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from agent.runner import Job, Limits, Watcher, World, run_checks
from checks.registry import Access, Check
from contract.message import Message
from contract.outcome import CheckStatus
from contract.reason import ReasonCode, because
from contract.report import CheckRun
from tests.agent.misbehaving import Options, check

SERVE = (sys.executable, "-m", "tests.agent.misbehaving")
LIMITS = Limits(per_check=20, per_report=1000)


def world(*arguments: str, start_s: float = 5.0) -> World:
    return World(
        privacy_key="0" * 64,
        clock=time.monotonic,
        access=Access("http://127.0.0.1:9", "the-token"),
        command=(*SERVE, *arguments),
        start_s=start_s,
    )


def job(name: str, timeout_s: float = 30, **options: str) -> Job:
    return Job(check(name), Options(**options), timeout_s)


def run_one(name: str, timeout_s: float = 30, limits: Limits = LIMITS) -> CheckRun:
    return run_checks([job(name, timeout_s)], world(), limits, Watcher())[0]


def problem(run: CheckRun) -> str:
    assert run.reason is not None
    return str(run.reason.params["problem"])


def test_a_check_that_works_gives_its_values_and_evidence() -> None:
    run = run_one("well")
    assert run.status is CheckStatus.OK
    assert [(found.name, found.value) for found in run.measurements] == [("bad.value", 7)]
    assert run.evidence == {"seen": "the-token"}
    assert run.version == 3


def test_what_a_check_prints_does_not_get_between_the_lines() -> None:
    assert run_one("chatty").status is CheckStatus.OK


def test_an_exception_becomes_an_error_with_its_place_and_no_folder_names() -> None:
    run = run_one("crashes")
    assert run.status is CheckStatus.ERROR
    assert problem(run) == "RuntimeError: it broke"
    assert run.evidence["traceback"][-1].startswith("agent/misbehaving.py:")


def test_a_segmentation_fault_becomes_an_error_that_names_the_signal() -> None:
    run = run_one("segfaults")
    assert run.status is CheckStatus.ERROR
    assert problem(run) == "signal SIGSEGV"


def test_a_hang_becomes_a_timeout_of_that_check() -> None:
    run = run_checks([job("hangs", 0.5)], world(start_s=0.5), LIMITS, Watcher())[0]
    assert run.status is CheckStatus.TIMEOUT
    assert run.reason == because(ReasonCode.CHECK_TIMED_OUT, limit_s=0.5)


def test_what_a_hanging_check_started_is_killed_with_it(tmp_path: Path) -> None:
    trace = tmp_path / "pid"
    run_checks([job("leaves_a_child", 3, path=str(trace))], world(start_s=0.0), LIMITS, Watcher())
    pid = int(trace.read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(("name", "said"), [("undeclared", "bad.other is not declared"), ("wrong_unit", "is declared in")])
def test_a_measure_that_was_not_declared_is_refused(name: str, said: str) -> None:
    run = run_one(name)
    assert run.status is CheckStatus.ERROR
    assert said in problem(run)
    assert run.measurements == []


@pytest.mark.parametrize(("name", "least"), [("fat_evidence", 40_000), ("huge_evidence", 30_000_000)])
def test_oversize_evidence_is_left_out_and_the_values_stay(name: str, least: int) -> None:
    run = run_one(name)
    assert run.status is CheckStatus.OK
    assert [found.value for found in run.measurements] == [7]
    assert run.reason is not None
    assert run.reason.code is ReasonCode.EVIDENCE_TOO_LARGE
    assert least < run.evidence["left_out_bytes"] < least + 100


def test_evidence_of_all_checks_together_has_a_limit_too() -> None:
    runs = run_checks([job("fat_evidence"), job("fat_evidence")], world(), Limits(per_check=50, per_report=60), Watcher())
    assert [run.reason.code if run.reason else None for run in runs] == [None, ReasonCode.EVIDENCE_TOO_LARGE]


def test_evidence_that_is_no_json_is_an_error_of_the_check() -> None:
    assert run_one("odd_evidence").status is CheckStatus.ERROR


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("cannot", CheckStatus.ERROR, ReasonCode.READING_FAILED),
        ("not_now", CheckStatus.SKIPPED, ReasonCode.COLLECTOR_UNREACHABLE),
    ],
)
def test_a_check_may_say_itself_that_it_could_not(name: str, status: CheckStatus, code: ReasonCode) -> None:
    run = run_one(name)
    assert run.status is status
    assert run.reason is not None
    assert run.reason.code is code


@pytest.mark.parametrize(
    ("habit", "status"),
    [("garbage", CheckStatus.ERROR), ("endless", CheckStatus.TIMEOUT), ("falls_silent", CheckStatus.TIMEOUT)],
)
def test_a_process_that_breaks_the_protocol_ends_as_error_or_timeout(habit: str, status: CheckStatus) -> None:
    assert run_checks([job("well", 1.5)], world(habit, start_s=0.0), LIMITS, Watcher())[0].status is status


def test_a_command_that_cannot_serve_is_an_error_with_its_exit_status() -> None:
    broken = World(privacy_key="0" * 64, clock=time.monotonic, command=(sys.executable, "-c", "raise SystemExit(3)"))
    assert problem(run_checks([job("well")], broken, LIMITS, Watcher())[0]) == "exit status 3"


def test_the_others_go_on_after_a_crash() -> None:
    runs = run_checks([job("segfaults"), job("well")], world(), LIMITS, Watcher())
    assert [run.status for run in runs] == [CheckStatus.ERROR, CheckStatus.OK]


def test_a_job_that_is_not_to_run_stands_in_the_report_with_its_reason() -> None:
    reason = because(ReasonCode.UNSUPPORTED_PLATFORM, system="win32")
    skipped = Job(check("well"), Options(), 1, because(ReasonCode.CHECK_NOT_SELECTED))
    elsewhere = Job(check("well"), Options(), 1, reason)
    runs = run_checks([skipped, elsewhere], world(), LIMITS, Watcher())
    assert [(run.status, run.measurements) for run in runs] == [(CheckStatus.SKIPPED, []), (CheckStatus.NOT_APPLICABLE, [])]


def test_offsets_count_from_the_start_of_the_report() -> None:
    ticks = itertools.count(100.0)
    ticking = World(privacy_key="0" * 64, clock=lambda: next(ticks), command=SERVE)
    run = run_checks([job("well", timeout_s=10_000)], ticking, LIMITS, Watcher())[0]
    assert run.offset_s == 1.0
    assert run.measurements[0].offset_s == 1.25


class Recorder(Watcher):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def started(self, check: Check) -> None:
        self.heard.append(f"started {check.id}")

    def stage(self, check: Check, stage: Message, share: float | None) -> None:
        self.heard.append(f"{stage.code} {share}")

    def ended(self, check: Check, run: CheckRun, errors: str) -> None:
        self.heard.append(f"{run.status.value}{' with traceback' if 'Traceback' in errors else ''}")


def test_the_watcher_hears_stages_and_ends() -> None:
    recorder = Recorder()
    run_checks([job("well"), job("crashes")], world(), LIMITS, recorder)
    assert recorder.heard == ["started well", "agent.area.disk 0.5", "ok", "started crashes", "error with traceback"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_neither_token_nor_key_can_be_seen_from_outside_the_process() -> None:
    assert run_one("looks_at_itself").evidence == {"given_away": False}


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_a_check_ends_itself_when_its_agent_is_killed(tmp_path: Path) -> None:
    trace = tmp_path / "pid"
    code = (
        "import time; from agent.runner import *; from tests.agent.test_runner import *\n"
        f"run_checks([job('leaves_a_child', 600, path={str(trace)!r})], world(), LIMITS, Watcher())"
    )
    agent = psutil.Popen([sys.executable, "-c", code])
    while not (trace.exists() and trace.read_text()):
        assert agent.poll() is None
        os.sched_yield()
    family = agent.children(recursive=True)
    assert len(family) == 2
    agent.send_signal(signal.SIGKILL)
    agent.wait()
    _gone, alive = psutil.wait_procs(family, timeout=30)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
