"""What the agent's commands print, in the reader's language and aligned by cells."""

from collections.abc import Mapping

from agent.deliver import Delivery
from agent.doctor import Diagnosis, Finding, State
from agent.spool import ParkReason
from checks.registry import Check
from contract.message import Message
from contract.outcome import Bound
from contract.report import CheckRun, Measurement, Report
from contract.units import Unit
from locales.table import table
from locales.texts import Texts

MARKS = {State.GOOD: "✓", State.LIMITED: "!", State.BAD: "✗"}
_BARE_UNITS = (Unit.NONE, Unit.TEXT, Unit.YES_NO, Unit.COUNT, Unit.LEVEL)
_SIGNS = {Bound.EXACT: "", Bound.AT_LEAST: "≥ ", Bound.AT_MOST: "≤ "}


def run_table(report: Report, checks: Mapping[str, Check], texts: Texts, width: int | None) -> str:
    """A line per check: how it went, what it found first of all, and why not more."""
    header = [texts(f"agent.show.{name}") for name in ("check", "status", "found", "reason")]
    rows = [
        [
            texts.pick(checks[run.check].title),
            texts(f"status.{run.status.value}"),
            headline(run, checks[run.check], texts),
            _note(run, checks[run.check], texts),
        ]
        for run in report.runs
    ]
    return table(header, rows, total=width)


def headline(run: CheckRun, item: Check, texts: Texts) -> str:
    """The first of the check's declared measures that was looked at, with its title; a dash when none was."""
    found = _first(run, item)
    return texts("common.none") if found is None else f"{texts.pick(item.measures[found.name].title)} {value(found, texts)}"


def _first(run: CheckRun, item: Check) -> Measurement | None:
    return next((one for name in item.measures for one in run.measurements if one.name == name), None)


def _note(run: CheckRun, item: Check, texts: Texts) -> str:
    """Why the run went as it did; else why its headline is no better."""
    found = _first(run, item)
    reason = run.reason or (found.because if found else None)
    return texts.say(reason) if reason else ""


def value(found: Measurement, texts: Texts) -> str:
    """A measurement's value in words: limits with their sign, numbers with their unit."""
    if found.value is None:
        return texts("common.none")
    if isinstance(found.value, bool):
        return texts("common.yes" if found.value else "common.no")
    text = f"{found.value:.2f}".rstrip("0").rstrip(".") if isinstance(found.value, float) else str(found.value)
    unit = "" if found.unit in _BARE_UNITS else f" {texts(f'unit.{found.unit.value}')}"
    return f"{_SIGNS[found.bound]}{text}{unit}"


def delivery_lines(delivery: Delivery, texts: Texts) -> list[str]:
    """Where the reports went, and what becomes of those that went nowhere."""
    lines = []
    if delivery.delivered:
        lines.append(texts("agent.deliver.delivered", count=delivery.delivered))
    for report_id, reason in delivery.parked:
        lines.append(texts("agent.deliver.parked", report=report_id, problem=refusal(reason, texts)))
    if delivery.cloned:
        lines.append(texts("agent.deliver.cloned"))
    if delivery.failure is not None:
        code = "agent.deliver.paused" if delivery.paused else "agent.deliver.stopped"
        lines.append(texts(code, problem=texts.say(delivery.failure)))
    if delivery.waiting:
        lines.append(texts("agent.deliver.waiting", count=delivery.waiting))
    if delivery.wait_s:
        lines.append(texts("agent.deliver.pause", minutes=max(1, round(delivery.wait_s / 60))))
    return lines or [texts("agent.deliver.nothing")]


def refusal(reason: ParkReason, texts: Texts) -> str:
    """The collector's reason in the reader's language, or its own English title when this agent does not know the code."""
    known = texts.entry(reason.code) is not None
    text = texts.say(Message(reason.code, reason.params)) if known else reason.title or reason.code
    return f"{text} (HTTP {reason.status})"


def doctor_table(diagnosis: Diagnosis, checks: Mapping[str, Check], texts: Texts, width: int | None) -> str:
    """A line per area with its mark; below it, behind an arrow, what to do about it."""
    rows = []
    for found in diagnosis.findings:
        rows.append([MARKS[found.state], _area(found, checks, texts), _finding(found, texts)])
        if found.remedy:
            rows.append(["", "", f"→ {texts.say(found.remedy)}"])
    return table(["", texts("agent.show.area"), texts("agent.show.state")], rows, total=width)


def _area(found: Finding, checks: Mapping[str, Check], texts: Texts) -> str:
    kind, _, name = found.area.partition(":")
    return texts.pick(checks[name].title) if kind == "check" else texts(f"agent.area.{kind}")


def _finding(found: Finding, texts: Texts) -> str:
    text = texts.say(found.message)
    return f"{text}{texts.pick(found.detail)}" if found.detail else text
