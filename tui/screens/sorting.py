"""Which column to sort by, and which ones after it."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from contract.api import SchoolRow
from tui.layout import Column
from tui.schools import Sort
from tui.wording import Words


class SortScreen(ModalScreen[tuple[str, bool] | None]):
    """Gives (column's id, whether it is added behind the present ones); None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "tui.key.sort_more", key_display="a"),
        Binding("escape,q,s", "dismiss(None)", "tui.key.back", key_display="Esc"),
        Binding("k", "move(-1)", "tui.key.up", show=False),
        Binding("j", "move(1)", "tui.key.down", show=False),
    ]

    def __init__(self, words: Words, columns: Sequence[Column[SchoolRow]], sorts: Sequence[Sort]) -> None:
        super().__init__()
        self._words = words
        self._columns = columns
        self._sorts = {sort.column: (place, sort) for place, sort in enumerate(sorts, 1)}

    def compose(self) -> ComposeResult:
        """A list with the present columns numbered."""
        with Vertical(classes="dialog"):
            yield Label(self._words("tui.sort.title"), classes="dialog-title", markup=False)
            yield OptionList(*(Option(self._line(column), id=column.id) for column in self._columns), compact=True)
            yield Label(self._words("tui.sort.hint"), classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Begin at the present column."""
        ids = [column.id for column in self._columns]
        first = next(iter(self._sorts), None)
        if first in ids:
            self.query_one(OptionList).highlighted = ids.index(first)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen."""
        self.dismiss((event.option.id or "", False))

    def action_add(self) -> None:
        """As the next key behind the present ones."""
        place = self.query_one(OptionList).highlighted
        if place is not None:
            self.dismiss((self._columns[place].id, True))

    def action_move(self, lines: int) -> None:
        """As the arrow keys."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if lines > 0 else options.action_cursor_up)()

    def _line(self, column: Column[SchoolRow]) -> Text:
        mark = "   "
        if column.id in self._sorts:
            place, sort = self._sorts[column.id]
            mark = f"{place}{self._words.glyphs.down if sort.descending else self._words.glyphs.up} "
        return Text(f" {mark}{column.title}")
