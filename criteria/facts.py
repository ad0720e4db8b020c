"""What is known of a school when it is judged. Built by the collector from its tables, by the agent from its own reports."""

from datetime import datetime

from msgspec import Struct

from contract.attestation import AttestedAnswer
from contract.outcome import Bound, CheckStatus, Path, Provenance
from contract.reason import Reason, ReasonCode
from contract.report import CheckRun, Report, Value
from contract.school import School
from contract.units import Unit


class Sample(Struct, frozen=True, kw_only=True):
    """One measurement of one report, with where and when it came from. ``at`` is the collector's receipt time."""

    name: str
    value: Value
    unit: Unit
    at: datetime
    report_id: str
    agent_id: str
    check: str
    check_version: int
    subject: str | None = None
    bound: Bound = Bound.EXACT
    because: Reason | None = None
    path: Path | None = None
    provenance: Provenance = Provenance.AGENT_MEASURED


class RunState(Struct, frozen=True, kw_only=True):
    """How the newest run of a check went in a school: the reason when there is no measurement."""

    check: str
    status: CheckStatus
    at: datetime
    reason: Reason | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """A school and all that may be judged: samples by measure name, newest first, and the newest run of each check."""

    school: School
    samples: dict[str, list[Sample]] = {}
    runs: dict[str, RunState] = {}
    answers: dict[str, list[AttestedAnswer]] = {}
    """What people answered, by criterion."""


def samples_of(report: Report, received_at: datetime) -> list[Sample]:
    """The report's measurements as samples."""
    return [
        Sample(
            name=found.name,
            value=found.value,
            unit=found.unit,
            at=received_at,
            report_id=str(report.report_id),
            agent_id=report.agent_id,
            check=run.check,
            check_version=run.version,
            subject=found.subject,
            bound=found.bound,
            because=found.because,
            path=found.path,
            provenance=found.provenance,
        )
        for run in report.runs
        for found in run.measurements
    ]


def runs_of(report: Report, received_at: datetime) -> list[RunState]:
    """How each check of the report went."""
    return [
        RunState(check=run.check, status=run.status, at=received_at, reason=run.reason)
        for run in report.runs
        if not left_out(run)
    ]


def left_out(run: CheckRun) -> bool:
    """True for a check that the person at the machine did not ask for: it says nothing, and hides no earlier run."""
    return run.reason is not None and run.reason.code is ReasonCode.CHECK_NOT_SELECTED


def gather(school: School, reports: list[tuple[Report, datetime]]) -> Facts:
    """Facts from whole reports, in any order."""
    samples: dict[str, list[Sample]] = {}
    runs: dict[str, RunState] = {}
    for report, received_at in sorted(reports, key=lambda pair: pair[1], reverse=True):
        for sample in samples_of(report, received_at):
            samples.setdefault(sample.name, []).append(sample)
        for state in runs_of(report, received_at):
            runs.setdefault(state.check, state)
    return Facts(school=school, samples=samples, runs=runs)
