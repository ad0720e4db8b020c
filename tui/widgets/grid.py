"""
A table that draws only the lines in sight.

Textual's ``DataTable`` needs 7.2 s for 50,000 Chinese rows, 48 ms for a page and 133 ms for a filter key at 1,000, and
reads its cells as markup (a school named ``实验小学[/]`` ends the program). This one asks for a row when its line is drawn
(``benchmarks/tui.py`` compares them). Nothing here is markup: all text is :class:`rich.segment.Segment`.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.cells import Tone, fit, width
from tui.glyphs import UNICODE, Glyphs
from tui.layout import Column, Placed, place
from tui.messages import HeaderChosen, RowChosen, RowHighlighted

Row = TypeVar("Row")
GUTTER = 2
"""Cells before the first column, for the cursor's sign and a mark: neither is colour alone."""


class Grid(ScrollView, Generic[Row], can_focus=True):
    """
    Lines of typed rows under a header that stays.

    ``row_at(index)`` gives a row, or None while it is still on its way (drawn as ``…``). :meth:`load` says how
    many there are.
    """

    DEFAULT_CSS = """
    Grid { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--header",
        "grid--cursor",
        "grid--cursor-idle",
        "grid--odd",
        *(f"grid--{tone.value}" for tone in Tone),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "tui.key.open", key_display="Enter"),
        Binding("up,k", "move(-1)", "tui.key.up", show=False, key_display="↑ k"),
        Binding("down,j", "move(1)", "tui.key.down", show=False, key_display="↓ j"),
        Binding("pageup,ctrl+u", "page(-1)", "tui.key.page_up", show=False, key_display="PgUp"),
        Binding("pagedown,ctrl+d", "page(1)", "tui.key.page_down", show=False, key_display="PgDn"),
        Binding("home,g", "edge(0)", "tui.key.first", show=False, key_display="Home g"),
        Binding("end,G", "edge(1)", "tui.key.last", show=False, key_display="End G"),
    ]

    cursor: var[int] = var(0, init=False)
    """Line under the cursor. Not ``reactive``: that would redraw all lines, 26 kB instead of 1.3 kB per key."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        row_at: Callable[[int], Row | None],
        *,
        glyphs: Glyphs = UNICODE,
        empty: str = "",
        marked: Callable[[int], bool] | None = None,
        id: str,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._row_at = row_at
        self._marked = marked or (lambda _: False)
        self._glyphs = glyphs
        self._empty = empty
        self._count = 0
        self._sort: tuple[str | None, bool] = (None, False)
        self._placed: list[Placed[Row]] = []
        self._strips: LRUCache[tuple[int, bool], Strip] = LRUCache(512)

    @property
    def count(self) -> int:
        """Number of lines."""
        return self._count

    @property
    def hidden_columns(self) -> int:
        """Columns for which the terminal is too narrow."""
        return len(self._columns) - len(self._placed)

    @property
    def placed(self) -> Sequence[Placed[Row]]:
        """Where the columns are drawn, without the gutter."""
        return self._placed

    @property
    def _cells(self) -> int:
        """Width of a line: the scroll bar has its own place, always, so that no column moves when it comes or goes."""
        return self.scrollable_content_region.width

    def load(self, count: int, *, cursor: int | None = None) -> None:
        """
        Show ``count`` rows, whatever was shown before, with the cursor on line ``cursor`` (default: where it is).

        The line under the cursor stays at its place on the screen, so that a refresh moves nothing under the reader's eyes.
        """
        offset = self.cursor - self.scroll_offset.y
        self._count = count
        wanted = self.cursor if cursor is None else cursor
        self.forget()
        self.virtual_size = Size(self._cells, count + 1)
        self.set_reactive(Grid.cursor, self.validate_cursor(wanted))
        self.scroll_to(y=max(0, self.cursor - offset), animate=False)
        self.refresh()
        self._tell()

    def show_columns(self, columns: Sequence[Column[Row]]) -> None:
        """Other columns, or another order of them."""
        self._columns = columns
        self._placed = place(self._columns, max(1, self._cells - GUTTER))
        self.forget()

    def show_sort(self, column: str | None, *, descending: bool) -> None:
        """Draw the arrow at another column."""
        self._sort = (column, descending)
        self.refresh()

    def set_empty(self, text: str) -> None:
        """What stands in a table without rows."""
        self._empty = text
        self.refresh()

    def forget(self) -> None:
        """Draw every line anew: data, ages or colours have changed."""
        self._strips.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours have changed."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        """Lay the columns out for the new width, and keep the cursor in sight."""
        self._placed = place(self._columns, max(1, self._cells - GUTTER))
        self.virtual_size = Size(self._cells, self._count + 1)
        self.forget()
        self._follow()

    def render_line(self, y: int) -> Strip:
        """Line ``y`` of the widget: 0 is the header, which does not scroll."""
        cells, base = self._cells, self.rich_style
        index = self.scroll_offset.y + y - 1
        if y == 0:
            return self._header(cells)
        if index >= self._count:
            if self._count == 0 and y == 2:  # noqa: PLR2004 - one blank line below the header
                text = fit("  " + self._empty, cells, more=self._glyphs.more)
                return Strip([Segment(text, base + self._style(Tone.MUTED.value))], cells)
            return Strip.blank(cells, base)
        key = (index, index == self.cursor)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._line(index, cells)
        return strip

    def validate_cursor(self, value: int) -> int:
        """Keep it on a line."""
        return max(0, min(value, self._count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Redraw two lines, and scroll when the new one is out of sight."""
        for index in (old, new):
            self.refresh_lines(index + 1)
        self._follow()
        self._tell()

    def action_move(self, lines: int) -> None:
        """Up or down."""
        self.cursor += lines

    def action_page(self, pages: int) -> None:
        """By as many lines as are in sight, less one to keep the place."""
        self.cursor += pages * max(1, self.size.height - 2)

    def action_edge(self, end: int) -> None:
        """To the first or the last line."""
        self.cursor = self._count - 1 if end else 0

    def action_choose(self) -> None:
        """Open what is under the cursor."""
        if self._count:
            self.post_message(RowChosen(self.id or "", self.cursor))

    def on_click(self, event: events.Click) -> None:
        """On the header: sort. On a line: go there; once more: open it."""
        event.stop()
        if event.y == 0:
            column = next((p for p in self._placed if p.start <= event.x - GUTTER < p.start + p.width), None)
            if column is not None:
                self.post_message(HeaderChosen(self.id or "", column.column.id))
            return
        index = self.scroll_offset.y + event.y - 1
        if index < self._count:
            if index == self.cursor:
                self.action_choose()
            self.cursor = index

    def on_focus(self) -> None:
        """The cursor's line shows whether keys come here."""
        self.forget()

    def on_blur(self) -> None:
        """As above."""
        self.forget()

    def _tell(self) -> None:
        self.post_message(RowHighlighted(self.id or "", self.cursor))

    def _follow(self) -> None:
        top, lines = self.scroll_offset.y, max(1, self.size.height - 1)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + lines:
            self.scroll_to(y=self.cursor - lines + 1, animate=False)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"grid--{name}", partial=True)

    def _header(self, cells: int) -> Strip:
        style = self.rich_style + self._style("header")
        text = " " * GUTTER
        for item in self._placed:
            column, descending = self._sort
            title = item.column.title
            if item.column.id == column:
                title += " " + (self._glyphs.down if descending else self._glyphs.up)
            text += " " * (GUTTER + item.start - width(text))
            text += fit(title, item.width, item.column.align, self._glyphs.more)
        return Strip([Segment(fit(text, cells, more=self._glyphs.more), style)], cells)

    def _line(self, index: int, cells: int) -> Strip:
        """Neighbours of one style become one segment: 12.7 kB instead of 26.4 kB for a page (measured, truecolor)."""
        under = index == self.cursor
        base = self.rich_style
        if under:
            base += self._style("cursor" if self.has_focus else "cursor-idle")
        elif index % 2:
            base += self._style("odd")
        gutter = (">" if under else " ") + ("*" if self._marked(index) else " ")
        parts = [(gutter, Tone.PLAIN), *self._pieces(index)]
        used = sum(width(text) for text, _ in parts)
        parts.append((" " * max(0, cells - used), Tone.PLAIN))
        segments: list[Segment] = []
        text, tone = "", Tone.PLAIN
        for piece, its_tone in parts:
            own = Tone.PLAIN if under else its_tone
            if own is not tone and piece.strip():
                segments.append(Segment(text, base + self._style(tone.value)))
                text, tone = "", own
            text += piece
        segments.append(Segment(text, base + self._style(tone.value)))
        return Strip(segments).adjust_cell_length(cells, base)

    def _pieces(self, index: int) -> list[tuple[str, Tone]]:
        row = self._row_at(index)
        pieces: list[tuple[str, Tone]] = []
        end = 0
        for item in self._placed:
            if item.start > end:
                pieces.append((" " * (item.start - end), Tone.PLAIN))
            if row is None:
                text, tone = self._glyphs.more, Tone.MUTED
            else:
                text, tone = item.column.cell(row, item.width)
            pieces.append((fit(text, item.width, item.column.align, self._glyphs.more), tone))
            end = item.start + item.width
        return pieces
