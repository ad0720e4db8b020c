"""Everything needed to dispute one criterion: clause, figures, reason, reports, what to mend, how to check by hand."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from contract.score import CriterionResult
from locales.table import wrap
from tui.cells import Tone, visible, width
from tui.wording import OUTCOME_TONE, Words, short

SCALE_CELLS = 30


class CriterionPane(VerticalScroll):
    """Beside or below the list of criteria; scrolls when it is longer than its place."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"pane--{tone.value}" for tone in Tone}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "tui.key.up", show=False, key_display="↑ k"),
        Binding("down,j", "scroll_down", "tui.key.down", show=False, key_display="↓ j"),
        Binding("pageup", "page_up", "tui.key.page_up", show=False, key_display="PgUp"),
        Binding("pagedown", "page_down", "tui.key.page_down", show=False, key_display="PgDn"),
    ]

    def __init__(self, words: Words, clock: Callable[[], datetime]) -> None:
        super().__init__(id="criterion")
        self._words = words
        self._clock = clock
        self._result: CriterionResult | None = None

    def compose(self) -> ComposeResult:
        """One text; :meth:`show` fills it."""
        yield Static("", markup=False)

    def show(self, result: CriterionResult | None) -> None:
        """Another criterion."""
        if result != self._result:
            self.scroll_home(animate=False)
        self._result = result
        self._draw()

    def on_resize(self) -> None:
        """Labels stand in a column as wide as the longest; the text wraps beside them."""
        self._draw()

    def notify_style_update(self) -> None:
        """Other colours."""
        super().notify_style_update()
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        body = self.query(Static)
        if body:
            body.first().update(Text() if self._result is None else self._text(self._result))

    def _text(self, result: CriterionResult) -> Text:
        words = self._words
        head = Text()
        head.append(f"{visible(result.criterion)}  {words.pick(result.title)}\n", self._style(Tone.STRONG))
        lines = [line for line in self._lines(result) if line[1]]
        label_cells = max(width(words(f"tui.pane.{label}")) for label, _, _ in lines) + 2
        room = max(16, self.scrollable_content_region.width - label_cells)
        for label, content, tone in lines:
            name = words(f"tui.pane.{label}")
            head.append(name + " " * (label_cells - width(name)), self._style(Tone.MUTED))
            for place, piece in enumerate(_wrapped(content, room)):
                head.append(("" if place == 0 else " " * label_cells) + piece + "\n", self._style(tone))
        head.rstrip()
        return head

    def _lines(self, result: CriterionResult) -> list[tuple[str, str, Tone]]:
        words = self._words
        weight = [words("tui.pane.weight_value", n=result.weight)]
        if result.required:
            weight.append(words("tui.pane.required"))
        if result.gain > 0:
            weight.append(words("tui.pane.gain_value", points=short(result.gain)))
        return [
            ("outcome", words.outcome(result.outcome), OUTCOME_TONE[result.outcome]),
            ("reason", words.say(result.reason), Tone.PLAIN),
            ("found", self._found(result), Tone.STRONG),
            ("asked", words.required(result), Tone.PLAIN),
            ("scale", self._scale(result), OUTCOME_TONE[result.outcome]),
            ("source", self._source(result), Tone.PLAIN),
            ("weight", f" {words.glyphs.dot} ".join(weight), Tone.PLAIN),
            ("waiver", self._waiver(result), Tone.OPEN),
            ("fix", self._fix(result), Tone.PLAIN),
            ("by_hand", words.pick(result.verify_by_hand) if result.verify_by_hand else "", Tone.PLAIN),
            ("clause", visible(result.clause), Tone.PLAIN),
            ("quote", visible(result.quote), Tone.PLAIN),
            ("reports", "\n".join(visible(report) for report in result.report_ids), Tone.MUTED),
        ]

    def _found(self, result: CriterionResult) -> str:
        words = self._words
        if result.value is None:
            return words("tui.pane.no_value")
        text = words.measured(result)
        if result.samples:
            name = words.texts.entry(f"statistic.{result.statistic}") or result.statistic
            text += "  " + words("tui.pane.statistic", statistic=name, samples=result.samples)
        return text

    def _scale(self, result: CriterionResult) -> str:
        """Found and asked on one scale from 0, the asked one marked; empty for what is no number."""
        value, limits = result.value, result.threshold
        if isinstance(value, bool) or not isinstance(value, int | float) or result.operator not in ("at_least", "at_most"):
            return ""
        asked = limits[0]
        if isinstance(asked, bool | str):
            return ""
        most = max(value, asked) * 1.25
        if most <= 0 or value < 0:
            return ""
        found = value * 100 / most
        bar = self._words.glyphs.bar(found, found, SCALE_CELLS, asked * 100 / most)
        return f"0 {bar} {short(most)}"

    def _source(self, result: CriterionResult) -> str:
        words = self._words
        parts = []
        if result.provenance is not None:
            parts.append(words(f"provenance.{result.provenance.value}"))
        if result.measured_at is not None:
            parts.append(f"{words.moment(result.measured_at)} ({words.age(result.measured_at, self._clock())})")
        if result.measure:
            parts.append(visible(result.measure))
        return f" {words.glyphs.dot} ".join(parts)

    def _fix(self, result: CriterionResult) -> str:
        if result.fix is None:
            return ""
        effort = (
            f" ({self._words('tui.pane.effort', effort=self._words(f'effort.{result.effort}'))})" if result.effort else ""
        )
        return self._words.pick(result.fix) + effort

    def _waiver(self, result: CriterionResult) -> str:
        waiver = result.waiver
        if waiver is None:
            return ""
        code = "tui.pane.waiver_over" if waiver.expires <= self._clock() else "tui.pane.waiver_until"
        return self._words(
            code, reason=visible(waiver.reason), by=visible(waiver.approved_by), date=self._words.moment(waiver.expires)
        )

    def _style(self, tone: Tone) -> Style:
        return self.get_component_rich_style(f"pane--{tone.value}", partial=True)


def _wrapped(text: str, cells: int) -> list[str]:
    return [line for paragraph in text.split("\n") for line in wrap(paragraph, cells)]
