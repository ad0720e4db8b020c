"""
A scorecard for a terminal: what ``campus-agent preview`` and ``make audit`` print.

Every criterion with its outcome as sign and word, the value against the threshold, and the reason; then the sums; then what
to mend, in the order in which it pays.
"""

import sys
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

from contract.outcome import Bound, Outcome
from contract.report import Value
from contract.score import CriterionResult, Scorecard
from contract.units import Unit
from locales.table import plain, table, wrap
from locales.table import width as cells_of
from locales.texts import Texts

CHINA = timezone(timedelta(hours=8))
SIGNS = {
    Outcome.MET: "✓",
    Outcome.UNMET: "✗",
    Outcome.UNKNOWN: "?",
    Outcome.ERROR: "!",
    Outcome.MANUAL: "~",
    Outcome.NOT_APPLICABLE: "–",
}
_BOUND_SIGNS = {Bound.EXACT: "", Bound.AT_LEAST: "≥ ", Bound.AT_MOST: "≤ "}
_NARROWEST = 16
_NO_SPACE = {Unit.NONE, Unit.YES_NO, Unit.TEXT, Unit.COUNT, Unit.LEVEL}


def scorecard_lines(scorecard: Scorecard, texts: Texts, *, width: int | None, now: datetime) -> str:
    """
    The whole page. ``width`` is the terminal's, None where lines may be as long as they like.

    ``now`` gives the age of what was measured.
    """
    header = [texts(f"scorecard.{name}") for name in ("criterion", "outcome", "value", "threshold", "reason")]
    rows = [_row(result, texts, now) for result in scorecard.results]
    parts = [table(header, _wrapped(header, rows, width)), "", *_flow(summary_line(scorecard, texts), width)]
    parts.extend(_flow(gates_line(scorecard, texts), width))
    if scorecard.fixes:
        parts.extend(["", texts("scorecard.fixes"), *_fixes(scorecard, texts, width)])
    return "\n".join(parts)


def _wrapped(header: list[str], rows: list[list[str]], total: int | None) -> list[list[str]]:
    """
    The rows with title and reason wrapped, each line a row of its own, so that the table fits ``total`` cells.

    The three columns between them stay whole: a cut figure would be a wrong one. Below about 76 cells the table is rather
    wider than the terminal than unreadable.
    """
    widths = [max(cells_of(row[column]) for row in [header, *rows]) for column in range(len(header))]
    over = sum(widths) + 2 * (len(widths) - 1) - (total or sys.maxsize)
    if over <= 0:
        return rows
    reason = max(_NARROWEST, min(widths[-1], (widths[0] + widths[-1] - over) // 2))
    title = max(_NARROWEST, widths[0] + widths[-1] - over - reason)
    lines = []
    for first, *middle, last in rows:
        blocks = wrap(plain(first), title), wrap(plain(last), reason)
        for level in range(max(map(len, blocks))):
            left, right = (block[level] if level < len(block) else "" for block in blocks)
            lines.append([left, *(middle if level == 0 else [""] * len(middle)), right])
    return lines


def _row(result: CriterionResult, texts: Texts, now: datetime) -> list[str]:
    title = f"{result.criterion} {texts.pick(result.title)}"
    reason = texts.say(result.reason)
    if result.required and result.outcome is not Outcome.NOT_APPLICABLE:
        title += texts("scorecard.required")
    if result.measured_at is not None and result.outcome.decided:
        reason = texts("scorecard.reason_with_age", reason=reason, age=age_text(result.measured_at, now, texts))
    if result.waiver is not None:
        reason += texts("scorecard.waived", until=day_text(result.waiver.expires))
    if result.outcome is Outcome.NOT_APPLICABLE:
        return [title, outcome_text(result.outcome, texts), "", "", reason]
    return [title, outcome_text(result.outcome, texts), value_text(result, texts), threshold_text(result, texts), reason]


def outcome_text(outcome: Outcome, texts: Texts) -> str:
    """Sign and word: the sign alone is read by colour-blind readers and in logs, the word by everyone."""
    return f"{SIGNS[outcome]} {texts(f'outcome.{outcome.value}')}"


def value_text(result: CriterionResult, texts: Texts) -> str:
    """
    The value with its unit, ``≥`` before one that is only a lower limit, a dash when there is none.

    As many decimals as it takes for the value to stand on the right side of the threshold: 98.4996 is not printed as 98.5.
    """
    if result.value is None:
        return texts("common.none")
    return _BOUND_SIGNS[result.bound] + _quantity(result.value, result, texts)


def threshold_text(result: CriterionResult, texts: Texts) -> str:
    """The condition, e.g. ``≥ 98.5 Mbit/s``; a dash when the criterion has none."""
    if result.operator is None:
        return texts("common.none")
    if result.operator == "between":
        low, high = (_quantity(limit, result, texts) for limit in result.threshold)
        return texts("operator.between", low=low, high=high)
    if result.operator == "equals" and result.threshold[0] is True:
        return texts("common.yes")
    if result.operator == "equals" and result.threshold[0] is False:
        return texts("common.no")
    value = ", ".join(_quantity(limit, result, texts) for limit in result.threshold)
    return texts(f"operator.{result.operator}", value=value)


def _quantity(value: Value, result: CriterionResult, texts: Texts) -> str:
    if isinstance(value, bool):
        return texts("common.yes" if value else "common.no")
    if not isinstance(value, int | float):
        return plain(str(value))
    number = number_text(
        value, [limit for limit in result.threshold if type(limit) is not bool and not isinstance(limit, str)]
    )
    unit = "" if result.unit in _NO_SPACE else f" {texts(f'unit.{result.unit.value}')}"
    per = texts(f"scorecard.per_{result.divided_by}") if result.divided_by else ""
    return f"{number}{unit}{per}"


def distance_text(result: CriterionResult, texts: Texts) -> str:
    """How far the value lies from its threshold, without a sign."""
    return _quantity(abs(result.distance or 0.0), result, texts)


def sample_text(value: Value, unit: Unit, bound: Bound, texts: Texts) -> str:
    """One measurement with its unit."""
    if isinstance(value, bool):
        return texts("common.yes" if value else "common.no")
    if not isinstance(value, int | float):
        return plain(str(value))
    named = "" if unit in _NO_SPACE else f" {texts(f'unit.{unit.value}')}"
    return f"{_BOUND_SIGNS[bound]}{number_text(value, [])}{named}"


def number_text(value: float, limits: list[float]) -> str:
    """Two decimals without a tail of noughts; more where two would make the value look equal to a limit that it is not."""
    exact = Decimal(repr(value))
    for places in range(2, 12):
        shown = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        if all((shown == Decimal(repr(limit))) == (exact == Decimal(repr(limit))) for limit in limits) and (
            shown or not exact
        ):
            return f"{shown.normalize():f}"
    return f"{exact:f}"


def age_text(at: datetime, now: datetime, texts: Texts) -> str:
    """How long ago, in the largest whole unit: minutes, hours, days."""
    seconds = max(0, int((now - at).total_seconds()))
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= size:
            return texts(f"scorecard.ago_{unit}", number=seconds // size)
    return texts("scorecard.ago_now")


def day_text(at: datetime) -> str:
    """The last day that a deadline at midnight covers, as the schools' calendar has it."""
    return (at - timedelta(microseconds=1)).astimezone(CHINA).date().isoformat()


def points(value: float | None, texts: Texts) -> str:
    """A score with its one decimal; a dash while nothing is decided."""
    return texts("common.none") if value is None else f"{value:.1f}"


def summary_line(scorecard: Scorecard, texts: Texts) -> str:
    """Verdict, score with floor and ceiling, coverage; the waived score beside the true one where there is one."""
    line = texts(
        "scorecard.summary",
        verdict=texts(f"verdict.{scorecard.verdict.value}"),
        score=points(scorecard.score, texts),
        floor=points(scorecard.floor, texts),
        ceiling=points(scorecard.ceiling, texts),
        coverage=points(scorecard.coverage, texts),
    )
    if scorecard.waived_score is not None:
        line += texts("scorecard.with_waivers", score=points(scorecard.waived_score, texts))
    return line


def gates_line(scorecard: Scorecard, texts: Texts) -> str:
    """Under which pack, and what it asks for."""
    return texts(
        "scorecard.gates",
        pack=scorecard.pack,
        version=scorecard.pack_version,
        pass_mark=scorecard.pass_mark,
        min_coverage=scorecard.min_coverage,
    )


def _fixes(scorecard: Scorecard, texts: Texts, width: int | None) -> list[str]:
    results = {result.criterion: result for result in scorecard.results}
    lines = []
    for place, criterion in enumerate(scorecard.fixes, 1):
        result = results[criterion]
        gain = texts("scorecard.gain", gain=f"{result.gain:.1f}") if scorecard.score is not None and result.gain > 0 else ""
        text = texts(
            "scorecard.fix",
            criterion=criterion,
            fix=texts.pick(result.fix or result.title),
            gain=gain,
            effort=texts(f"effort.{result.effort}") if result.effort else texts("common.none"),
        )
        first, *rest = _flow(text, width - 4 if width else None)
        lines.append(f"{place:>2}. {first}")
        lines.extend(f"    {line}" for line in rest)
    return lines


def _flow(text: str, width: int | None) -> list[str]:
    return [text] if width is None else wrap(text, max(width, 20))
