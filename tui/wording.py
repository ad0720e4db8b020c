"""Values put into words for the screen: ages, intervals, a measured value against what is asked."""

from datetime import UTC, datetime, tzinfo

from contract.message import Bilingual, Message, Param
from contract.outcome import Bound, Outcome, Verdict
from contract.reason import Reason
from contract.report import Value
from contract.school import SchoolKind
from contract.score import CriterionResult
from contract.units import Unit
from locales.texts import Texts
from tui.cells import Tone, visible
from tui.errors import TuiError
from tui.glyphs import UNICODE, Glyphs

MINUTE, HOUR, DAY = 60, 3600, 86400

OUTCOME_TONE = {
    Outcome.MET: Tone.GOOD,
    Outcome.UNMET: Tone.BAD,
    Outcome.UNKNOWN: Tone.OPEN,
    Outcome.ERROR: Tone.OPEN,
    Outcome.MANUAL: Tone.OPEN,
    Outcome.NOT_APPLICABLE: Tone.MUTED,
}
VERDICT_TONE = {Verdict.MEETS: Tone.GOOD, Verdict.FALLS_SHORT: Tone.BAD, Verdict.UNDECIDED: Tone.OPEN}


class Words:
    """The catalogues, the glyph set, and how values are written. All that it returns is safe to draw."""

    def __init__(self, texts: Texts, glyphs: Glyphs = UNICODE, zone: tzinfo | None = None) -> None:
        self.texts = texts
        self.glyphs = glyphs
        self.notice = ""
        """Stands before every title: that what is shown is made up."""
        self._zone = zone or UTC

    def __call__(self, code: str, /, **params: Param) -> str:
        """The sentence for ``code``."""
        return visible(self.glyphs.chrome(self.texts(code, **params)))

    def block(self, code: str) -> str:
        """An entry of several lines, without parameters."""
        return "\n".join(visible(line) for line in self.glyphs.chrome(self.texts(code)).split("\n"))

    def say(self, message: Message | Reason) -> str:
        """The sentence for a stored message or reason."""
        return visible(self.glyphs.chrome(self.texts.say(message)))

    def pick(self, text: Bilingual) -> str:
        """The reader's half of a text that came with the data."""
        return visible(self.texts.pick(text))

    def explain(self, error: TuiError) -> str:
        """What went wrong and what to do, in one line."""
        todo = self.texts.entry(f"{error.message.code}.todo")
        return self.say(error.message) + (f"  {visible(self.glyphs.chrome(todo))}" if todo else "")

    def outcome(self, outcome: Outcome) -> str:
        """Glyph and word."""
        return f"{self.glyphs.outcome(outcome)} {self(f'outcome.{outcome.value}')}"

    def verdict(self, verdict: Verdict) -> str:
        """Glyph and word."""
        return f"{self.glyphs.verdict(verdict)} {self(f'verdict.{verdict.value}')}"

    def kind(self, kind: str) -> str:
        """A school's kind; one that is not in the closed set (an older screen, a newer collector) stands as it is."""
        name = next((item.name for item in SchoolKind if item.value == kind), None)
        return visible(kind) if name is None else self(f"tui.kind.{name.lower()}")

    def age(self, at: datetime | None, now: datetime) -> str:
        """How long ago, in the largest whole unit. A time to come (clocks differ) counts as this moment."""
        if at is None:
            return self("tui.age.never")
        seconds = max(0, int((now - at).total_seconds()))
        for name, size in (("days", DAY), ("hours", HOUR), ("minutes", MINUTE)):
            if seconds >= size:
                return self(f"tui.age.{name}", n=seconds // size)
        return self("tui.age.now")

    def moment(self, at: datetime) -> str:
        """A point in time with its zone, to the minute: a verdict is disputed with it."""
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M %z}"

    def percent(self, value: float | None) -> str:
        """A share with one decimal at most; the dash when there is none."""
        return self.glyphs.none if value is None else f"{short(value)}%"

    def interval(self, low: float | None, high: float | None) -> str:
        """``85.7–100``; one number when both ends are the same."""
        if low is None or high is None:
            return self.glyphs.none
        return short(low) if low == high else f"{short(low)}{self.glyphs.dash}{short(high)}"

    def score(self, score: float | None, floor: float | None, ceiling: float | None) -> str:
        """``85.7 [85.7–100]``: the score, and between what it may still move."""
        head = f"{self.glyphs.none:>5}" if score is None else f"{score:5.1f}"
        if floor is None or ceiling is None or floor == ceiling:
            return head
        return f"{head} [{self.interval(floor, ceiling)}]"

    def value(self, value: Value, unit: Unit, bound: Bound = Bound.EXACT) -> str:
        """A measured value with its unit; ``≥`` or ``≤`` before one that is only a limit."""
        if value is None:
            return self.glyphs.none
        limit = {Bound.EXACT: "", Bound.AT_LEAST: "≥ ", Bound.AT_MOST: "≤ "}[bound]
        return self.glyphs.chrome(limit) + self._with_unit(self._plain(value), unit)

    def measured(self, result: CriterionResult) -> str:
        """What was found."""
        return self.value(result.value, result.unit, result.bound)

    def required(self, result: CriterionResult) -> str:
        """What is asked; empty for a criterion without a threshold."""
        if result.operator is None or not result.threshold:
            return ""
        parts = [self._plain(part) for part in result.threshold]
        if result.operator == "between" and len(parts) > 1:
            inner = self("operator.between", low=parts[0], high=self._with_unit(parts[1], result.unit))
        elif result.operator == "equals" and isinstance(result.threshold[0], bool):
            inner = self("tui.asked.yes_no", value=parts[0])
        else:
            joined = self._with_unit(", ".join(parts), result.unit)
            inner = self(f"operator.{result.operator}", value=joined)
        return visible(inner)

    def against(self, result: CriterionResult) -> str:
        """Found against asked, as it stands in a table."""
        required = self.required(result)
        return f"{self.measured(result)} ({required})" if required else self.measured(result)

    def _plain(self, value: float | bool | str) -> str:
        if isinstance(value, bool):
            return self("common.yes" if value else "common.no")
        if isinstance(value, float):
            return f"{value:.2f}".rstrip("0").rstrip(".")
        return visible(str(value))

    def _with_unit(self, text: str, unit: Unit) -> str:
        if unit in (Unit.NONE, Unit.TEXT, Unit.YES_NO):
            return text
        word = self(f"unit.{unit.value}")
        return f"{text}{word}" if unit is Unit.PERCENT else f"{text} {word}"


def short(value: float) -> str:
    """One decimal, without a tail of nought: ``85.7``, ``100``."""
    return f"{value:.1f}".removesuffix(".0")
