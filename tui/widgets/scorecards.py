"""The head of the school screen: the school's facts, and its verdict under each pack."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.widgets import Static

from contract.api import SchoolDetail
from contract.school import School
from contract.score import Scorecard
from locales.table import wrap
from tui.cells import Tone, visible
from tui.wording import VERDICT_TONE, Words, short

BAR_CELLS = 20
FACTS = ("students", "classes", "teachers")


class ScorecardStrip(Static):
    """Facts on the first line, then two lines for the chosen pack, and how many more there are."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"strip--{tone.value}" for tone in Tone}

    def __init__(self, words: Words, clock: Callable[[], datetime]) -> None:
        super().__init__("", id="scorecards", markup=False)
        self._words = words
        self._clock = clock
        self._shown: tuple[SchoolDetail, int] | None = None
        self._waiting = "tui.loading"

    def show(self, detail: SchoolDetail, pack: int) -> None:
        """``pack`` is the index of the scorecard that the tables below belong to."""
        self._shown = (detail, pack)
        self._draw()

    def missing(self) -> None:
        """The answer did not come."""
        self._waiting = "tui.nothing_yet"
        self._draw()

    def on_mount(self) -> None:
        """Until the answer comes."""
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
        if self._shown is None:
            self.update(Text(self._words(self._waiting)))
            return
        detail, pack = self._shown
        text = Text()
        text.append("\n".join(wrap(self._facts(detail.school), max(20, self.size.width))), self._style(Tone.MUTED))
        if not detail.scorecards:
            text.append("\n" + self._words("tui.school.no_scorecard"), self._style(Tone.OPEN))
        else:
            text.append("\n")
            text.append_text(self._verdict(detail.scorecards[pack], pack, len(detail.scorecards)))
        self.update(text)

    def _facts(self, school: School) -> str:
        words = self._words
        parts = [visible(school.id), visible(school.county), words.kind(school.kind.value)]
        for name in FACTS:
            number = getattr(school, name)
            value = words.glyphs.none if number is None else f"{number:,}"
            parts.append(words(f"tui.fact.{name}", n=value))
        paid = words.glyphs.none if school.contract_mbit_s is None else f"{short(school.contract_mbit_s)} Mbit/s"
        parts.append(words("tui.fact.contract", n=paid))
        return f" {words.glyphs.dot} ".join(parts)

    def _verdict(self, card: Scorecard, pack: int, packs: int) -> Text:
        words = self._words
        line = Text()
        line.append(f"{words.verdict(card.verdict)}  ", self._style(VERDICT_TONE[card.verdict]))
        line.append(words.score(card.score, card.floor, card.ceiling).strip(), self._style(Tone.STRONG))
        line.append("  ")
        line.append(
            words.glyphs.bar(card.floor or 0, card.ceiling or 0, BAR_CELLS, card.pass_mark),
            self._style(VERDICT_TONE[card.verdict]),
        )
        line.append("  " + words("tui.school.pass_mark", score=short(card.pass_mark)))
        line.append(
            "  " + words("tui.school.coverage", share=words.percent(card.coverage), least=words.percent(card.min_coverage))
        )
        if card.waived_score is not None:
            line.append("  " + words("tui.school.waived", score=short(card.waived_score)), self._style(Tone.OPEN))
        which = words("tui.school.pack", pack=visible(card.pack), version=visible(card.pack_version))
        if packs > 1:
            which += "  " + words("tui.school.packs", n=pack + 1, total=packs)
        line.append(f"\n{which}  {words('tui.school.scored', at=words.moment(card.scored_at))}", self._style(Tone.MUTED))
        return line

    def _style(self, tone: Tone) -> Style:
        return self.get_component_rich_style(f"strip--{tone.value}", partial=True)
