"""Which column to sort by."""

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


class SortScreen(ModalScreen[str | None]):
    """Gives the column's id; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,s", "dismiss(None)", "tui.key.back", key_display="Esc"),
        Binding("k", "up", "tui.key.up", show=False),
        Binding("j", "down", "tui.key.down", show=False),
    ]

    def __init__(self, words: Words, columns: Sequence[Column[SchoolRow]], sort: Sort) -> None:
        super().__init__()
        self._words = words
        self._columns = [column for column in columns if column.sort is not None]
        self._sort = sort

    def compose(self) -> ComposeResult:
        """A list with the present column marked."""
        with Vertical(classes="dialog"):
            yield Label(self._words("tui.sort.title"), classes="dialog-title", markup=False)
            yield OptionList(*(Option(self._line(column), id=column.id) for column in self._columns), compact=True)
            yield Label(self._words("tui.sort.hint"), classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Begin at the present column."""
        ids = [column.id for column in self._columns]
        if self._sort.column in ids:
            self.query_one(OptionList).highlighted = ids.index(self._sort.column)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen."""
        self.dismiss(event.option.id)

    def action_up(self) -> None:
        """As the arrow key."""
        self.query_one(OptionList).action_cursor_up()

    def action_down(self) -> None:
        """As the arrow key."""
        self.query_one(OptionList).action_cursor_down()

    def _line(self, column: Column[SchoolRow]) -> Text:
        mark = " "
        if column.id == self._sort.column:
            mark = self._words.glyphs.down if self._sort.descending else self._words.glyphs.up
        return Text(f" {mark} {column.title}")
