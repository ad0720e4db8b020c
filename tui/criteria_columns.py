"""The columns of the school screen's tables: criteria, fixes, agents, reports."""

from collections.abc import Callable
from datetime import datetime

from contract.api import AgentRow, ReportRow
from contract.outcome import Outcome
from contract.score import CriterionResult
from tui.cells import Align, Cell, Tone, visible, width
from tui.layout import Column, Row
from tui.wording import OUTCOME_TONE, Words, short

Clock = Callable[[], datetime]
LARGE_OFFSET_S = 300
"""An agent's clock further off than this makes its own times useless as evidence."""


def criterion_columns(words: Words, clock: Clock) -> list[Column[CriterionResult]]:
    """In the order of a dispute: what, how it came out, on which figures, why, on whose word, from when, its weight."""
    outcome_cells = max(width(words.outcome(outcome)) for outcome in Outcome)
    age_cells = max(width(words(f"tui.age.{unit}", n=99)) for unit in ("days", "hours", "minutes"))

    def provenance(result: CriterionResult, _: int) -> Cell:
        if result.provenance is None:
            return Cell(words.glyphs.none, Tone.MUTED)
        return Cell(words(f"provenance.{result.provenance.value}"))

    def age(result: CriterionResult, _: int) -> Cell:
        if result.measured_at is None:
            return Cell(words.glyphs.none, Tone.MUTED)
        return Cell(words.age(result.measured_at, clock()))

    def title(result: CriterionResult, _: int) -> Cell:
        star = "* " if result.required else ""
        return Cell(star + words.pick(result.title), Tone.STRONG)

    return [
        _column(words, "criterion", lambda r, _: Cell(visible(r.criterion), Tone.MUTED), (10, 10, 14), 5),
        _column(words, "title", title, (16, 22, 40), 0),
        _column(words, "outcome", _outcome(words), (outcome_cells, outcome_cells, outcome_cells), 0),
        _column(words, "measured", lambda r, _: Cell(words.against(r)), (30, 30, 40), 1),
        _column(words, "reason", lambda r, _: Cell(words.say(r.reason)), (24, 36, 80), 6),
        _column(words, "provenance", provenance, (14, 14, 16), 7),
        _column(words, "measured_at", age, (age_cells, age_cells, age_cells), 3, ">"),
        _column(words, "weight", lambda r, _: Cell(str(r.weight)), (4, 4, 6), 4, ">"),
        _column(words, "gain", lambda r, _: _gain(words, r), (5, 5, 6), 2, ">"),
    ]


def fix_columns(words: Words) -> list[Column[CriterionResult]]:
    """What to mend first."""
    outcome_cells = max(width(words.outcome(outcome)) for outcome in Outcome)

    def effort(result: CriterionResult, _: int) -> Cell:
        return Cell(words(f"effort.{result.effort}") if result.effort else words.glyphs.none)

    def fix(result: CriterionResult, _: int) -> Cell:
        return Cell(words.pick(result.fix) if result.fix else words("tui.fix.none"))

    return [
        _column(words, "gain", lambda r, _: _gain(words, r), (5, 5, 6), 0, ">"),
        _column(words, "effort", effort, (6, 6, 8), 2),
        _column(words, "outcome", _outcome(words), (outcome_cells, outcome_cells, outcome_cells), 1),
        _column(words, "title", lambda r, _: Cell(words.pick(r.title), Tone.STRONG), (16, 22, 40), 0),
        _column(words, "fix", fix, (16, 40, 120), 0),
    ]


def agent_columns(words: Words, clock: Clock) -> list[Column[AgentRow]]:
    """The machines that report for a school."""

    def offset(agent: AgentRow, _: int) -> Cell:
        if agent.clock_offset_s is None:
            return Cell(words.glyphs.none, Tone.MUTED)
        tone = Tone.OPEN if abs(agent.clock_offset_s) > LARGE_OFFSET_S else Tone.PLAIN
        return Cell(words("tui.seconds", n=f"{agent.clock_offset_s:+.0f}"), tone)

    return [
        _column(words, "agent", lambda a, _: Cell(visible(a.agent_id), Tone.STRONG), (14, 24, 44), 0),
        _column(words, "version", lambda a, _: Cell(visible(a.version) or words.glyphs.none), (8, 10, 16), 3),
        _column(words, "enrolled", lambda a, _: Cell(words.moment(a.enrolled_at)), (22, 22, 24), 2),
        _column(words, "seen", lambda a, _: Cell(words.age(a.last_seen_at, clock())), (12, 12, 14), 1),
        _column(words, "clock", offset, (10, 12, 14), 4, ">"),
    ]


def report_columns(words: Words, clock: Clock) -> list[Column[ReportRow]]:
    """Stored reports, newest first."""
    return [
        _column(words, "report", lambda r, _: Cell(visible(r.report_id)), (36, 36, 38), 1),
        _column(words, "received", lambda r, _: Cell(words.moment(r.received_at)), (22, 22, 24), 0),
        _column(words, "ago", lambda r, _: Cell(words.age(r.received_at, clock())), (12, 12, 14), 0, ">"),
        _column(words, "sequence", lambda r, _: Cell(f"#{r.sequence}"), (7, 7, 9), 2, ">"),
        _column(words, "size", lambda r, _: Cell(f"{r.bytes / 1024:,.1f} KiB"), (11, 11, 13), 3, ">"),
        _column(words, "agent", lambda r, _: Cell(visible(r.agent_id)), (14, 20, 40), 4),
    ]


def _outcome(words: Words) -> Callable[[CriterionResult, int], Cell]:
    return lambda result, _: Cell(words.outcome(result.outcome), OUTCOME_TONE[result.outcome])


def _gain(words: Words, result: CriterionResult) -> Cell:
    if result.gain <= 0:
        return Cell(words.glyphs.none, Tone.MUTED)
    return Cell(f"+{short(result.gain)}", Tone.STRONG)


def _column(
    words: Words,
    column_id: str,
    draw: Callable[[Row, int], Cell],
    sizes: tuple[int, int, int],
    rank: int,
    align: Align = "<",
) -> Column[Row]:
    title = words(f"tui.column.{column_id}")
    minimum, preferred, maximum = (max(width(title), size) for size in sizes)
    return Column(column_id, title, draw, minimum, preferred, maximum, rank, align)
