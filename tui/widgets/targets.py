"""The strip on top of the overview: how many schools, how many say anything, and how far each target is."""

from datetime import datetime

from rich.style import Style
from rich.text import Text
from textual.widgets import Static

from contract.api import Rollup, TargetState
from contract.outcome import Outcome, Verdict
from tui.cells import Tone, fit, width
from tui.wording import OUTCOME_TONE, VERDICT_TONE, Words, short

MOST_TARGETS = 4
"""Targets in sight; a line says how many more there are."""
BAR_CELLS, WIDE_BAR_CELLS = 12, 24
WIDE = 140


class TargetStrip(Static):
    """Drawn anew for each width: what does not fit goes whole, from the right, with a mark."""

    COMPONENT_CLASSES = {f"targets--{tone.value}" for tone in Tone}  # noqa: RUF012 - Textual's own declaration

    def __init__(self, words: Words) -> None:
        super().__init__("", id="targets", markup=False)
        self._words = words
        self._rollup: Rollup | None = None

    def show(self, rollup: Rollup) -> None:
        """Other figures."""
        self._rollup = rollup
        self._draw()

    def on_mount(self) -> None:
        """One line, so that the table does not jump when the first figures come."""
        self._draw()

    def on_resize(self) -> None:
        """Another width."""
        self._draw()

    def notify_style_update(self) -> None:
        """Other colours."""
        super().notify_style_update()
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        if self._rollup is None:
            self.update(Text(self._words("tui.loading")))
            return
        cells = max(20, self.size.width)
        lines = [self._sums(self._rollup, cells)]
        shown = self._rollup.targets[:MOST_TARGETS]
        titles = max((width(self._words.pick(target.title)) for target in shown), default=0)
        titles = min(titles, max(16, cells // 5))
        lines.extend(self._target(target, self._rollup.as_of, cells, titles) for target in shown)
        more = len(self._rollup.targets) - len(shown)
        if more > 0:
            lines.append(Text(self._words("tui.targets.more", n=more), self._style(Tone.MUTED)))
        self.update(Text("\n").join(lines))

    def _sums(self, rollup: Rollup, cells: int) -> Text:
        words = self._words
        share = words.percent(round(rollup.reporting * 100 / rollup.schools, 1) if rollup.schools else None)
        parts = [
            (words("tui.sums.schools", n=f"{rollup.schools:,}"), Tone.STRONG),
            *(
                (f"{words.verdict(verdict)} {count:,}", VERDICT_TONE[verdict])
                for verdict, count in (
                    (Verdict.MEETS, rollup.meets),
                    (Verdict.FALLS_SHORT, rollup.falls_short),
                    (Verdict.UNDECIDED, rollup.undecided),
                )
            ),
            (
                words("tui.sums.reporting", days=rollup.reporting_days, n=f"{rollup.reporting:,}", share=share),
                Tone.PLAIN if rollup.reporting == rollup.schools else Tone.OPEN,
            ),
        ]
        return self._joined(parts, cells)

    def _target(self, target: TargetState, as_of: datetime, cells: int, title_cells: int) -> Text:
        words = self._words
        tone = OUTCOME_TONE[target.outcome]
        low, high = target.share_low, target.share_high
        bar_cells = WIDE_BAR_CELLS if cells >= WIDE else BAR_CELLS
        line = Text(no_wrap=True)
        line.append(fit(words.pick(target.title), title_cells, more=words.glyphs.more) + "  ", self._style(Tone.STRONG))
        line.append(
            words.glyphs.bar(low or 0, high or 0, bar_cells, target.threshold_percent) + "  ",
            self._style(tone),
        )
        share = words.glyphs.none if low is None else f"{words.interval(low, high)}%"
        parts = [
            (words("tui.target.share", share=share, threshold=short(target.threshold_percent)), Tone.PLAIN),
            (f"{words.glyphs.outcome(target.outcome)} {words(f'tui.target.{target.outcome.value}')}", tone),
        ]
        if target.needed > target.met:
            parts.append((words("tui.target.missing", n=f"{target.needed - target.met:,}"), Tone.PLAIN))
        late = target.deadline < as_of.date().isoformat() and target.outcome is not Outcome.MET
        code = "tui.target.late" if late else "tui.target.deadline"
        parts.append((words(code, date=target.deadline), Tone.OPEN if late else Tone.MUTED))
        line.append_text(self._joined(parts, cells - line.cell_len))
        return line

    def _joined(self, parts: list[tuple[str, Tone]], cells: int) -> Text:
        """As many parts as fit; the mark stands for the others."""
        between = f" {self._words.glyphs.dot} "
        line = Text(no_wrap=True)
        for place, (text, tone) in enumerate(parts):
            lead = between if place else ""
            rest = 0 if place == len(parts) - 1 else width(between) + 1
            if line.cell_len + width(lead) + width(text) + rest > cells:
                line.append(f"{lead}{self._words.glyphs.more}"[: max(0, cells - line.cell_len)], self._style(Tone.MUTED))
                break
            line.append(lead, self._style(Tone.MUTED))
            line.append(text, self._style(tone))
        return line

    def _style(self, tone: Tone) -> Style:
        return self.get_component_rich_style(f"targets--{tone.value}", partial=True)
