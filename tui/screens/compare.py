"""Schools side by side under one pack: sums, then every criterion; what differs can be had alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from contract.api import SchoolDetail
from tui.cells import Cell, Tone, visible, width
from tui.columns import LADDER
from tui.errors import TuiError
from tui.layout import Column
from tui.messages import SchoolWanted
from tui.widgets.fault_bar import FaultBar
from tui.widgets.grid import Grid
from tui.widgets.key_bar import KeyBar
from tui.widgets.title_bar import TitleBar
from tui.wording import OUTCOME_TONE, VERDICT_TONE, Words

MOST = 8
"""Schools; what the terminal has no room for is counted below the title."""


@dataclass(frozen=True, slots=True)
class Line:
    """A figure or a criterion with one cell per school."""

    title: str
    cells: Sequence[Cell]

    @property
    def differs(self) -> bool:
        """Not all schools say the same."""
        return len({cell.text for cell in self.cells}) > 1


class CompareScreen(Screen[None]):
    """Asks for its schools when it opens; they fill their columns as they come."""

    AUTO_FOCUS = "#compared"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "tui.key.back", key_display="Esc"),
        Binding("d", "differences", "tui.key.differences", key_display="d"),
        Binding("r", "app.refresh", "tui.key.refresh", key_display="r"),
    ]

    def __init__(self, schools: Sequence[tuple[str, str]], words: Words, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.schools = list(schools[:MOST])
        self._left_out = len(schools) - len(self.schools)
        self._words = words
        self._clock = clock
        self._details: dict[str, SchoolDetail] = {}
        self._lines: list[Line] = []
        self._only_differences = False

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        words = self._words
        yield TitleBar(words)
        yield Static("", id="caption", markup=False)
        yield Grid[Line](self._columns(), self._line, glyphs=words.glyphs, empty=words("tui.loading"), id="compared")
        yield FaultBar(words)
        yield KeyBar(words)

    def on_mount(self) -> None:
        """Ask for each."""
        words = self._words
        self.query_one(TitleBar).show(f"{words('tui.title')} {words('tui.crumb')} {words('tui.key.compare')}", "")
        for school_id, _ in self.schools:
            self.app.post_message(SchoolWanted(school_id))
        self._caption()

    def on_resize(self) -> None:
        """How many columns there is no room for."""
        self.call_after_refresh(self._caption)

    def shows(self, school_id: str) -> bool:
        """Whether answers about a school belong here."""
        return any(school_id == own for own, _ in self.schools)

    @property
    def wanted(self) -> Sequence[str]:
        """Schools to ask for at a refresh."""
        return [school_id for school_id, _ in self.schools]

    def take(self, detail: SchoolDetail, *, kept: bool = False) -> None:
        """One of them."""
        self._details[detail.row.id] = detail
        if not kept:
            self.query_one(FaultBar).clear_fault(f"school/{detail.row.id}")
        self._fill()

    def take_fault(self, subject: str, error: TuiError) -> None:
        """One could not be had."""
        self.query_one(FaultBar).raise_fault(subject, error)

    def action_back(self) -> None:
        """To the schools."""
        self.app.pop_screen()

    def action_differences(self) -> None:
        """Only lines in which the schools differ, and back."""
        self._only_differences = not self._only_differences
        self._fill()

    def _fill(self) -> None:
        lines = [*self._figures(), *self._criteria()]
        self._lines = [line for line in lines if line.differs] if self._only_differences else lines
        self.query_one(Grid).load(len(self._lines))
        self._caption()

    def _caption(self) -> None:
        hidden = self.query_one(Grid).hidden_columns + self._left_out
        parts = [self._words("tui.compare.schools", n=len(self.schools))]
        if self._only_differences:
            parts.append(self._words("tui.compare.differences"))
        if hidden:
            parts.append(self._words("tui.compare.hidden", n=hidden))
        self.query_one("#caption", Static).update(f" {self._words.glyphs.dot} ".join(parts), layout=False)

    def _line(self, index: int) -> Line | None:
        return self._lines[index] if index < len(self._lines) else None

    def _columns(self) -> list[Column[Line]]:
        title = self._words("tui.column.title")
        columns: list[Column[Line]] = [Column("title", title, lambda line, _: Cell(line.title), 18, 24, 36)]
        for place, (school_id, name) in enumerate(self.schools):
            draw = _drawn(place)
            shown = visible(name) or self._words("tui.nameless")
            columns.append(Column(school_id, shown, draw, 18, min(44, max(18, width(shown))), 44, place))
        return columns

    def _figures(self) -> list[Line]:
        words = self._words

        def cells(draw: Callable[[SchoolDetail], Cell]) -> list[Cell]:
            found = (self._details.get(school_id) for school_id, _ in self.schools)
            return [Cell(words.glyphs.more, Tone.MUTED) if detail is None else draw(detail) for detail in found]

        def speed(value: float | None) -> Cell:
            return Cell(words.glyphs.none if value is None else f"{value:.3g} Mbit/s")

        return [
            Line(words("tui.column.county"), cells(lambda d: Cell(visible(d.row.county)))),
            Line(
                words("tui.column.verdict"),
                cells(lambda d: Cell(words.verdict(d.row.verdict), VERDICT_TONE[d.row.verdict])),
            ),
            Line(
                words("tui.column.score"),
                cells(lambda d: Cell(words.score(d.row.score, d.row.floor, d.row.ceiling).strip())),
            ),
            Line(words("tui.column.coverage"), cells(lambda d: Cell(words.percent(d.row.coverage)))),
            Line(words("tui.column.download"), cells(lambda d: speed(d.row.download_mbit_s))),
            Line(
                words("tui.column.ipv6"),
                cells(lambda d: Cell(words.glyphs.none if d.row.ipv6_level is None else f"{d.row.ipv6_level}/{LADDER}")),
            ),
            Line(words("tui.column.age"), cells(lambda d: Cell(words.age(d.row.last_report_at, self._clock())))),
        ]

    def _criteria(self) -> list[Line]:
        """In the order of the first school's pack; the others' results under the same ids."""
        words = self._words
        cards = {school: detail.scorecards[0] for school, detail in self._details.items() if detail.scorecards}
        titles = {result.criterion: result for card in cards.values() for result in card.results}
        found = {school: {result.criterion: result for result in card.results} for school, card in cards.items()}
        lines = []
        for criterion, sample in titles.items():
            cells = []
            for school_id, _ in self.schools:
                result = found.get(school_id, {}).get(criterion)
                if result is None:
                    cells.append(Cell(words.glyphs.none, Tone.MUTED))
                else:
                    value = "" if result.value is None else f" {words.measured(result)}"
                    cells.append(Cell(words.outcome(result.outcome) + value, OUTCOME_TONE[result.outcome]))
            lines.append(Line(words.pick(sample.title), cells))
        return lines


def _drawn(place: int) -> Callable[[Line, int], Cell]:
    return lambda line, _: line.cells[place]
