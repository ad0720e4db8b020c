"""The schools at a glance: sums and targets on top, a filter line, the table."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input, Label, Static

from contract.api import Rollup, SchoolPage
from tui.cells import fit, visible, width
from tui.columns import school_columns
from tui.errors import TuiError
from tui.filtering import parse, typable
from tui.messages import HeaderChosen, RowChosen
from tui.schools import Register, Schools, Sort
from tui.screens.school import SchoolScreen
from tui.screens.sorting import SortScreen
from tui.widgets.fault_bar import FaultBar
from tui.widgets.key_bar import KeyBar
from tui.widgets.school_table import SchoolTable
from tui.widgets.targets import TargetStrip
from tui.widgets.title_bar import TitleBar
from tui.wording import Words

FIRST_SORT = Sort("verdict")
"""Schools that fall short first, the lowest score before the others: what is wrong is to be seen without a key."""
AGES_S = 30.0
"""Ages in the table are drawn anew this often."""


class OverviewScreen(Screen[None]):
    """Keeps filter, sort, cursor and scroll through refreshes and visits to a school."""

    AUTO_FOCUS = "#schools"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "tui.key.filter", key_display="/"),
        Binding("s", "sort", "tui.key.sort", key_display="s"),
        Binding("S", "reverse", "tui.key.reverse", show=False, key_display="S"),
        Binding("r", "app.refresh", "tui.key.refresh", key_display="r"),
        Binding("escape", "leave", "tui.key.clear_filter", show=False, key_display="Esc"),
    ]

    def __init__(self, words: Words, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._words = words
        self._clock = clock
        columns = school_columns(words, clock)
        self._columns = columns
        self.schools = Schools(columns, lambda verdict: words(f"verdict.{verdict.value}"), words.kind, FIRST_SORT)
        self._coming: tuple[int, Register] | None = None
        """Round and pages of a refresh that is not complete yet; the screen shows the last complete one until then."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        words = self._words
        yield TitleBar(words.glyphs)
        yield TargetStrip(words)
        with Horizontal(id="filter-line"):
            yield Label(f" {words('tui.filter.label')} ", id="filter-label", markup=False)
            yield Input(placeholder=words("tui.filter.placeholder"), id="filter", compact=True, select_on_focus=False)
        yield Static("", id="caption", markup=False)
        yield SchoolTable(self._columns, self.schools.row, words.glyphs)
        yield FaultBar(words)
        yield KeyBar(words)

    @property
    def table(self) -> SchoolTable:
        """The list."""
        return self.query_one(SchoolTable)

    def on_mount(self) -> None:
        """The arrow of the first sort, and the clock of the ages."""
        self.query_one("#filter", Input).cursor_blink = False
        self.query_one(TitleBar).show(self._words("tui.title"), self._words("tui.loading"))
        self.table.show_sort(self.schools.sort.column, descending=self.schools.sort.descending)
        self.table.set_empty(self._words("tui.loading"))
        self.set_interval(AGES_S, self.table.forget)
        self._caption()

    def on_resize(self) -> None:
        """The caption says how many columns there is no room for."""
        self.call_after_refresh(self._caption)

    def take_page(self, number: int, page: SchoolPage) -> None:
        """
        A page of round ``number``.

        The first round is shown as it comes; later ones when they are complete, so that no line disappears in between.
        """
        if not self.schools.register.complete and (self._coming is None or self._coming[0] != number):
            if self._coming is None and not self.schools.register.rows:
                self._coming = (number, self.schools.register)
            else:  # an attempt that broke off is replaced by the next one
                self._coming = (number, Register(self._words.kind))
        elif self._coming is None or self._coming[0] != number:
            self._coming = (number, Register(self._words.kind))
        register = self._coming[1]
        if register is self.schools.register:
            here = self.table.school_id
            self.schools.grow(page.items, page.total)
            self.table.reload(self.schools.count, here, self.schools.index)
            self._caption()
        else:
            register.add(page.items, page.total)

    def take_end(self, number: int) -> None:
        """All pages of round ``number`` are here."""
        if self._coming is None or self._coming[0] != number:
            return
        register = self._coming[1]
        self._coming = None
        register.complete = True
        first = register is self.schools.register
        here = None if first and self.table.cursor == 0 else self.table.school_id
        if first:
            self.schools.finish()
        else:
            self.schools.replace(register)
        self.query_one(FaultBar).clear_fault("schools")
        self._age()
        self._show(here)

    def take_rollup(self, rollup: Rollup) -> None:
        """Sums and targets."""
        self.query_one(TargetStrip).show(rollup)
        self.query_one(FaultBar).clear_fault("rollup")
        self._as_of = self._words.moment(rollup.as_of)
        self._age()

    def take_fault(self, subject: str, error: TuiError) -> None:
        """A question failed: say so, keep what is there."""
        self.query_one(FaultBar).raise_fault(subject, error)
        if subject == "schools" and not self.schools.register.rows:
            self.table.set_empty(self._words("tui.nothing_yet"))
        self._age()

    @on(Input.Changed, "#filter")
    def narrow(self, event: Input.Changed) -> None:
        """Each key narrows the list; the cursor stays on its school while that one is shown."""
        clean = typable(event.value)
        if clean != event.value:
            event.input.value = clean
            return
        here = self.table.school_id
        self.schools.narrow(parse(event.value))
        self._show(here)

    @on(Input.Submitted, "#filter")
    def enter_list(self) -> None:
        """From the filter line into the list."""
        self.table.focus()

    def on_key(self, event: events.Key) -> None:
        """Down leads from the filter line into the list, as in every search box."""
        if event.key in ("down", "pagedown") and isinstance(self.focused, Input):
            event.stop()
            self.table.focus()

    def on_row_chosen(self, message: RowChosen) -> None:
        """Open a school."""
        row = self.schools.row(message.index)
        if row is not None:
            self.app.push_screen(SchoolScreen(row.id, visible(row.name), self._words, self._clock))

    def on_header_chosen(self, message: HeaderChosen) -> None:
        """Sort by a column; by the same one again: the other way round."""
        self._sort_by(message.column)

    def action_filter(self) -> None:
        """To the filter line."""
        self.query_one("#filter", Input).focus()

    def action_leave(self) -> None:
        """Out of the filter: first its text, then the line."""
        line = self.query_one("#filter", Input)
        if line.value:
            line.value = ""
        self.table.focus()

    def action_sort(self) -> None:
        """Choose a column."""
        self.app.push_screen(SortScreen(self._words, self._columns, self.schools.sort), self._sort_by)

    def action_reverse(self) -> None:
        """The same column, the other way round."""
        if self.schools.sort.column is not None:
            self._sort_by(self.schools.sort.column)

    def _sort_by(self, column: str | None) -> None:
        if column is None:
            return
        old = self.schools.sort
        self.schools.reorder(Sort(column, not old.descending if old.column == column else False))
        self.table.show_sort(column, descending=self.schools.sort.descending)
        self.table.action_edge(0)  # who sorts wants to see the top; what a refresh moves is another matter
        self._show(None)

    def _show(self, school_id: str | None) -> None:
        empty = "tui.nothing_found" if self.schools.filter else "tui.nothing_registered"
        self.table.set_empty(self._words(empty if self.schools.register.complete else "tui.loading"))
        self.table.reload(self.schools.count, school_id, self.schools.index)
        self._caption()

    _as_of: str | None = None

    def _age(self) -> None:
        """Whether the figures are of now, or of when the collector last answered."""
        faulty = bool(self.query_one(FaultBar).faults)
        if self._as_of is None:
            right = self._words("tui.state.no_data" if faulty else "tui.loading")
        else:
            right = self._words("tui.state.old" if faulty else "tui.state.fresh", at=self._as_of)
        self.query_one(TitleBar).show(right=right)

    def _caption(self) -> None:
        words, schools = self._words, self.schools
        register = schools.register
        if schools.filter:
            text = words(
                "tui.caption.filtered",
                shown=f"{schools.shown:,}",
                total=f"{register.total:,}",
                filter=visible(schools.filter.text.strip()),
            )
        else:
            text = words("tui.caption.all", total=f"{register.total:,}")
        parts = [text]
        if not register.complete:
            parts.append(words("tui.caption.loading", n=f"{len(register.rows):,}", total=f"{register.total:,}"))
        column = schools.columns.get(schools.sort.column or "")
        if column is not None:
            arrow = words.glyphs.down if schools.sort.descending else words.glyphs.up
            parts.append(words("tui.caption.sorted", column=column.title, arrow=arrow))
        if self.table.hidden_columns:
            parts.append(words("tui.caption.hidden", n=self.table.hidden_columns))
        text = f" {words.glyphs.dot} ".join(parts)
        cells = self.size.width - 2
        self.query_one("#caption", Static).update(fit(text, cells, more=words.glyphs.more) if width(text) > cells else text)
