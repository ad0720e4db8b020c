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
from tui.columns import SORTABLE, school_columns
from tui.completion import Completion
from tui.errors import KeepingError, TuiError
from tui.filtering import parse, typable
from tui.messages import CompareWanted, ExportWanted, HeaderChosen, RowChosen
from tui.register import Register
from tui.schools import Schools, Sort
from tui.screens.columns import ColumnsScreen
from tui.screens.school import SchoolScreen
from tui.screens.sorting import SortScreen
from tui.screens.views import ViewsScreen
from tui.views import View, Views
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
ONLY_UNMET = "verdict:falls_short"


class OverviewScreen(Screen[None]):
    """Keeps filter, sort, marks, cursor and scroll through refreshes and visits to a school."""

    AUTO_FOCUS = "#schools"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "tui.key.filter", key_display="/"),
        Binding("x", "only_unmet", "tui.key.only_unmet", show=False, key_display="x"),
        Binding("v", "views", "tui.key.views", key_display="v"),
        Binding("s", "sort", "tui.key.sort", key_display="s"),
        Binding("S", "reverse", "tui.key.reverse", show=False, key_display="S"),
        Binding("w", "columns", "tui.key.columns", show=False, key_display="w"),
        Binding("space", "mark", "tui.key.mark", key_display="Space"),
        Binding("ctrl+backslash,u", "unmark", "tui.key.unmark", show=False, key_display="u"),
        Binding("equals_sign", "compare", "tui.key.compare", key_display="="),
        Binding("e", "export", "tui.key.export", key_display="e"),
        Binding("c", "copy", "tui.key.copy", show=False, key_display="c"),
        Binding("C", "copy_row", "tui.key.copy_row", show=False, key_display="C"),
        Binding("r", "app.refresh", "tui.key.refresh", show=False, key_display="r"),
        Binding("escape", "leave", "tui.key.clear_filter", show=False, key_display="Esc"),
    ]

    def __init__(self, words: Words, clock: Callable[[], datetime], views: Views) -> None:
        super().__init__()
        self._words = words
        self._clock = clock
        self._views = views
        self._columns = {column.id: column for column in school_columns(words, clock)}
        self._shown_columns = [column.id for column in self._columns.values() if not column.optional]
        self.schools = Schools(
            SORTABLE,
            lambda verdict: words(f"verdict.{verdict.value}"),
            words.kind,
            [FIRST_SORT],
            lambda: clock().timestamp(),
        )
        self._coming: tuple[int, Register] | None = None
        """Round and pages of a refresh that is not complete yet; the screen shows the last complete one until then."""
        self._as_of: str | None = None
        self._kept = False
        """True while what is shown came from the cache."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        words = self._words
        yield TitleBar(words)
        yield TargetStrip(words)
        with Horizontal(id="filter-line"):
            yield Label(f" {words('tui.filter.label')} ", id="filter-label", markup=False)
            yield Input(
                placeholder=words("tui.filter.placeholder"),
                id="filter",
                compact=True,
                select_on_focus=False,
                suggester=Completion(self.schools, words),
            )
        yield Static("", id="caption", markup=False)
        yield SchoolTable([self._columns[name] for name in self._shown_columns], self.schools, words.glyphs)
        yield FaultBar(words)
        yield KeyBar(words)

    @property
    def table(self) -> SchoolTable:
        """The list."""
        return self.query_one(SchoolTable)

    @property
    def columns(self) -> list[str]:
        """Ids of the columns that were chosen, whether or not there is room for them."""
        return list(self._shown_columns)

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
            if self._coming is None and not len(self.schools.register):
                self._coming = (number, self.schools.register)
            else:  # an attempt that broke off is replaced by the next one
                self._coming = (number, Register(self._words.kind))
        elif self._coming is None or self._coming[0] != number:
            self._coming = (number, Register(self._words.kind))
        register = self._coming[1]
        if register is self.schools.register:
            here = self.table.school_id
            self.schools.grow(page.items, page.total)
            self.table.reload(here)
            self._caption()
        else:
            register.add(page.items, page.total)

    def take_end(self, number: int, *, kept: bool = False) -> None:
        """All pages of round ``number`` are here; ``kept`` when they came from the cache."""
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
        self._kept = kept
        if not kept:
            self.query_one(FaultBar).clear_fault("schools")
        self._age()
        self._show(here)

    def take_rollup(self, rollup: Rollup, *, kept: bool = False) -> None:
        """Sums and targets."""
        self.query_one(TargetStrip).show(rollup)
        if not kept:
            self.query_one(FaultBar).clear_fault("rollup")
        self._as_of = self._words.moment(rollup.as_of)
        self._age()

    def take_fault(self, subject: str, error: TuiError) -> None:
        """A question failed: say so, keep what is there."""
        self.query_one(FaultBar).raise_fault(subject, error)
        if subject == "schools" and not len(self.schools.register):
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

    def action_only_unmet(self) -> None:
        """What falls short, and back; what else stands in the filter line stays there."""
        line = self.query_one("#filter", Input)
        pieces = line.value.split()
        line.value = " ".join(
            [piece for piece in pieces if piece != ONLY_UNMET] if ONLY_UNMET in pieces else [*pieces, ONLY_UNMET]
        )

    def action_leave(self) -> None:
        """Out of the filter: first its text, then the line."""
        line = self.query_one("#filter", Input)
        if line.value:
            line.value = ""
        self.table.focus()

    def action_sort(self) -> None:
        """Choose a column."""
        columns = [column for column in self._columns.values() if column.id in SORTABLE]
        self.app.push_screen(SortScreen(self._words, columns, self.schools.sorts), self._sorted)

    def action_reverse(self) -> None:
        """The same column, the other way round."""
        if self.schools.sort.column is not None:
            self._sort_by(self.schools.sort.column)

    def action_columns(self) -> None:
        """Which columns."""
        self.app.push_screen(ColumnsScreen(self._words, list(self._columns.values()), self._shown_columns), self._chosen)

    def action_views(self) -> None:
        """Views under a name."""
        self.app.push_screen(ViewsScreen(self._words, self._views, self._present_view()), self._viewed)

    def action_mark(self) -> None:
        """Mark the school and go on to the next line."""
        school_id = self.table.school_id
        if school_id is not None:
            self.schools.toggle(school_id)
            self.table.forget()
            self.table.action_move(1)
            self._caption()

    def action_unmark(self) -> None:
        """No marks."""
        self.schools.marked.clear()
        self.table.forget()
        self._caption()

    def action_compare(self) -> None:
        """The marked schools side by side; without marks, this school and the next one."""
        rows = (
            self.schools.chosen()
            if self.schools.marked
            else [row for line in (self.table.cursor, self.table.cursor + 1) if (row := self.schools.row(line))]
        )
        self.post_message(CompareWanted([(row.id, row.name) for row in rows]))

    def action_export(self) -> None:
        """The marked schools, or those that pass the filter."""
        self.post_message(ExportWanted(self.sentence()))

    def action_copy(self) -> None:
        """The name, through the terminal's own clipboard (OSC 52), over SSH too."""
        row = self.schools.row(self.table.cursor)
        if row is not None:
            self._copy(visible(row.name))

    def action_copy_row(self) -> None:
        """The line as tab-separated values, all chosen columns."""
        row = self.schools.row(self.table.cursor)
        if row is not None:
            self._copy("\t".join(self._columns[name].cell(row, 0).text.strip() for name in self._shown_columns))

    def sentence(self) -> dict[str, str]:
        """What the list shows, for the note of an export: filter, order, age of the data."""
        words = self._words
        return {
            "at": self._as_of or words.glyphs.none,
            "filter": visible(self.schools.filter.text.strip()) or words("tui.export.no_filter"),
            "sort": self._order_words() or words.glyphs.none,
        }

    def _copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        shown = fit(text.replace("\t", " "), min(width(text), 40), more=self._words.glyphs.more)
        self.notify(f"{self._words('tui.copied', text=shown)}\n{self._words('tui.copied.hint')}", markup=False)

    def _present_view(self) -> View:
        text = self.schools.filter.text.strip()
        return View(name=text, filter=text, sorts=list(self.schools.sorts), columns=self._shown_columns)

    def _viewed(self, view: View | KeepingError | None) -> None:
        if isinstance(view, KeepingError):
            self.notify(self._words.explain(view), severity="error", markup=False)
        elif view is not None:
            self.query_one("#filter", Input).value = view.filter
            self.schools.filter = parse(view.filter)
            if view.columns:
                self._chosen([name for name in view.columns if name in self._columns])
            self._reorder(*view.sorts)
            self.table.focus()

    def _chosen(self, names: list[str] | None) -> None:
        if names:
            self._shown_columns = [name for name in self._columns if name in names]
            self.table.show_columns([self._columns[name] for name in self._shown_columns])
            self._caption()

    def _sorted(self, choice: tuple[str, bool] | None) -> None:
        if choice is None:
            return
        column, more = choice
        if more:
            others = [sort for sort in self.schools.sorts if sort.column != column]
            self._reorder(*others, Sort(column))
        else:
            self._sort_by(column)

    def _sort_by(self, column: str) -> None:
        old = self.schools.sort
        self._reorder(Sort(column, not old.descending if old.column == column else False))

    def _reorder(self, *sorts: Sort) -> None:
        self.schools.reorder(*sorts)
        self.table.show_sort(self.schools.sort.column, descending=self.schools.sort.descending)
        self.table.action_edge(0)  # who sorts wants to see the top; what a refresh moves is another matter
        self._show(None)

    def _show(self, school_id: str | None) -> None:
        empty = "tui.nothing_found" if self.schools.filter else "tui.nothing_registered"
        self.table.set_empty(self._words(empty if self.schools.register.complete else "tui.loading"))
        self.table.reload(school_id)
        self._caption()

    def _age(self) -> None:
        """Whether the figures are of now, or of when the collector last answered."""
        faulty = bool(self.query_one(FaultBar).faults)
        if self._as_of is None:
            right = self._words("tui.state.no_data" if faulty else "tui.loading")
        else:
            code = "tui.state.old" if faulty else "tui.state.cached" if self._kept else "tui.state.fresh"
            right = self._words(code, at=self._as_of)
        self.query_one(TitleBar).show(right=right)

    def _order_words(self) -> str:
        glyphs = self._words.glyphs
        named = [(self._columns[sort.column], sort) for sort in self.schools.sorts if sort.column in self._columns]
        return ", ".join(f"{column.title} {glyphs.down if sort.descending else glyphs.up}" for column, sort in named)

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
        if schools.marked:
            parts.append(words("tui.caption.marked", n=f"{len(schools.marked):,}"))
        if not register.complete:
            parts.append(words("tui.caption.loading", n=f"{len(register):,}", total=f"{register.total:,}"))
        order = self._order_words()
        if order:
            parts.append(words("tui.caption.sorted", order=order))
        if self.table.hidden_columns:
            parts.append(words("tui.caption.hidden", n=self.table.hidden_columns))
        text = f" {words.glyphs.dot} ".join(parts)
        cells = self.size.width - 2
        line = fit(text, cells, more=words.glyphs.more) if width(text) > cells else text
        self.query_one("#caption", Static).update(line, layout=False)
