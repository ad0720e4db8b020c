"""
Runs each check in a process of its own and makes of all of them one report.

A crash, a hang, garbage or oversize evidence of one check is that check's ``error`` or ``timeout``; the others go on. What a
check does wrong is caught here and in :mod:`agent.process`, and nowhere else.
"""

import datetime as dt
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from uuid import UUID

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from agent import child
from agent.messages import EVIDENCE_MARK, Evidence, Found, Order, Progress, Upward
from checks.registry import Access, Check
from contract.message import Message
from contract.outcome import CheckStatus
from contract.reason import Reason, ReasonCode, because
from contract.report import CheckRun, Measurement, Platform, Report, SpoolState
from contract.wire import WireError, decode, encode

COMMAND = (
    (sys.executable, "check-process") if getattr(sys, "frozen", False) else (sys.executable, "-m", "agent", "check-process")
)
"""A bundle is its own interpreter."""
START_S = 5.0
"""Beyond what the check itself is granted: an interpreter and its imports take 2 s on an old school machine."""
KILOBYTE = 1000
_PROBLEM_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Job:
    """A check to run, or the reason why it is not."""

    check: Check
    options: msgspec.Struct
    timeout_s: float
    skipped: Reason | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What checks are given of the machine and the school; ``command`` starts the process of one check."""

    privacy_key: str
    clock: Callable[[], float]
    access: Access | None = None
    platform: str = sys.platform
    root: str = "/"
    command: Sequence[str] = COMMAND
    start_s: float = START_S

    def for_report(self, report_id: UUID) -> "World":
        """The same, with the report that a server's receipt is to be good for."""
        access = self.access
        return self if access is None else replaced(self, access=replace(access, report_id=str(report_id)))


@dataclass(frozen=True, slots=True)
class Limits:
    """Evidence in kilobytes: of one check, and of the whole report."""

    per_check: int
    per_report: int


class Watcher:
    """Is told how the run goes. This one looks away."""

    def started(self, check: Check) -> None:
        """``check`` begins."""

    def stage(self, check: Check, stage: Message, share: float | None) -> None:
        """``check`` says what it is doing."""

    def ended(self, check: Check, run: CheckRun, errors: str) -> None:
        """``check`` is over; ``errors`` is what its process wrote to standard error, when it went wrong."""


@dataclass(slots=True)
class _Answers:
    """What one child said, sorted as it comes."""

    watch: Callable[[Progress], None]
    evidence_limit: int
    found: Found | None = None
    evidence: Evidence | None = None
    evidence_size: int = 0
    problems: list[str] = field(default_factory=list)

    def take(self, line: child.Line) -> None:
        if line.text.startswith(EVIDENCE_MARK):
            self.evidence_size = line.size
            if line.size > self.evidence_limit:
                return
        try:
            message: Upward = decode(line.text, Upward)  # type: ignore[arg-type] # a union is no type[T]
        except WireError as error:
            problem = f"{error.message.params['field']}: {error.message.params['problem']}"
            self.problems.append(f"line of {line.size} bytes" if line.cut else problem)
            return
        if isinstance(message, Progress):
            self.watch(message)
        elif isinstance(message, Evidence):
            self.evidence = message
        else:
            self.found = message


def run_checks(jobs: Iterable[Job], world: World, limits: Limits, watcher: Watcher) -> list[CheckRun]:
    """Run the jobs one after another: two at once would falsify each other's figures."""
    began = world.clock()
    left = limits.per_report * KILOBYTE
    runs = []
    for job in jobs:
        if job.skipped is not None:
            run, errors = (
                CheckRun(check=job.check.id, version=job.check.version, status=_skip(job.skipped), reason=job.skipped),
                "",
            )
        else:
            watcher.started(job.check)
            run, errors = _run_one(job, world, min(left, limits.per_check * KILOBYTE), began, watcher)
        left -= len(encode(run.evidence)) if run.evidence else 0
        watcher.ended(job.check, run, errors)
        runs.append(run)
    return runs


def make_report(
    runs: list[CheckRun],
    *,
    report_id: UUID,
    school_id: str,
    agent_id: str,
    version: str,
    sequence: int,
    started_at: dt.datetime,
    duration_s: float,
    spool: SpoolState,
    privileged: bool,
) -> Report:
    """The report of a run on this machine."""
    return Report(
        schema=1,
        report_id=report_id,
        school_id=school_id,
        agent_id=agent_id,
        agent_version=version,
        sequence=sequence,
        started_at=started_at,
        duration_s=duration_s,
        platform=Platform(
            system=platform.system(),
            release=platform.release()[:256],
            machine=platform.machine(),
            python=platform.python_version(),
        ),
        runs=runs,
        spool=spool,
        privileged=privileged,
    )


def _run_one(job: Job, world: World, evidence_limit: int, began: float, watcher: Watcher) -> tuple[CheckRun, str]:
    offset_s = world.clock() - began
    order = Order(
        check=job.check.id,
        options=Raw(encode(job.options)),
        privacy_key=world.privacy_key,
        deadline_s=job.timeout_s,
        root=world.root,
        access=world.access,
    )
    answers = _Answers(lambda said: watcher.stage(job.check, said.stage, said.share), evidence_limit)
    end = child.run(world.command, encode(order), job.timeout_s + world.start_s, answers.take, clock=world.clock)
    run = replace(_outcome(job, answers, end), offset_s=offset_s, duration_s=world.clock() - began - offset_s)
    run = replace(
        run,
        measurements=[replace(found, offset_s=found.offset_s + offset_s) for found in run.measurements],
    )
    return run, end.errors if run.status in (CheckStatus.ERROR, CheckStatus.TIMEOUT) else ""


def _outcome(job: Job, answers: _Answers, end: child.End) -> CheckRun:
    """What was found stands even when the process came to a bad end afterwards; without it, the end is the reason."""
    item = job.check
    found = answers.found
    if found is None:
        if end.timed_out:
            return _failed(item, CheckStatus.TIMEOUT, because(ReasonCode.CHECK_TIMED_OUT, limit_s=job.timeout_s))
        problem = answers.problems[0] if answers.problems else end.words
        return _failed(item, CheckStatus.ERROR, _crash(problem))
    wrong = _undeclared(item, found.measurements)
    if wrong:
        return _failed(item, CheckStatus.ERROR, _crash(wrong))
    reason = found.reason
    evidence = answers.evidence.evidence if answers.evidence else {}
    if answers.evidence_size > answers.evidence_limit:
        evidence = {"left_out_bytes": answers.evidence_size}
        reason = reason or because(ReasonCode.EVIDENCE_TOO_LARGE, bytes=answers.evidence_size)
    return CheckRun(
        check=item.id,
        version=item.version,
        status=found.status,
        reason=reason,
        measurements=found.measurements,
        devices=found.devices,
        evidence=evidence,
    )


def _failed(item: Check, status: CheckStatus, reason: Reason) -> CheckRun:
    return CheckRun(check=item.id, version=item.version, status=status, reason=reason)


def _crash(problem: str) -> Reason:
    return because(ReasonCode.CHECK_CRASHED, problem=problem[:_PROBLEM_LENGTH])


def _undeclared(item: Check, measurements: Sequence[Measurement]) -> str | None:
    for found in measurements:
        measure = item.measures.get(found.name)
        if measure is None:
            return f"measure {found.name} is not declared"
        if measure.unit is not found.unit:
            return f"measure {found.name} is declared in {measure.unit.value!r}, found {found.unit.value!r}"
    return None


def _skip(reason: Reason) -> CheckStatus:
    unsupported = reason.code is ReasonCode.UNSUPPORTED_PLATFORM
    return CheckStatus.NOT_APPLICABLE if unsupported else CheckStatus.SKIPPED
