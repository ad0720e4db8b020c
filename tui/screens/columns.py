"""Which columns the list of schools shows."""

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
from tui.wording import Words


class ColumnsScreen(ModalScreen[list[str] | None]):
    """Gives the ids of the chosen columns; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "tui.key.toggle", key_display="Space"),
        Binding("escape,q,w", "dismiss(None)", "tui.key.back", key_display="Esc"),
        Binding("k", "move(-1)", "tui.key.up", show=False),
        Binding("j", "move(1)", "tui.key.down", show=False),
    ]

    def __init__(self, words: Words, columns: Sequence[Column[SchoolRow]], shown: Sequence[str]) -> None:
        super().__init__()
        self._words = words
        self._columns = columns
        self._shown = set(shown)

    def compose(self) -> ComposeResult:
        """A list with a box before each."""
        with Vertical(classes="dialog"):
            yield Label(self._words("tui.columns.title"), classes="dialog-title", markup=False)
            yield OptionList(*(Option(self._line(column), id=column.id) for column in self._columns), compact=True)
            yield Label(self._words("tui.columns.hint"), classes="dialog-hint", markup=False)

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        """Enter keeps what is ticked."""
        self.dismiss([column.id for column in self._columns if column.id in self._shown])

    def action_tick(self) -> None:
        """Show or hide the column under the cursor. Columns of rank 0 stay: without them a line says nothing."""
        options = self.query_one(OptionList)
        if options.highlighted is None:
            return
        column = self._columns[options.highlighted]
        if column.rank:
            self._shown ^= {column.id}
            options.replace_option_prompt_at_index(options.highlighted, self._line(column))

    def action_move(self, lines: int) -> None:
        """As the arrow keys."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if lines > 0 else options.action_cursor_up)()

    def _line(self, column: Column[SchoolRow]) -> Text:
        return Text(f" [{'x' if column.id in self._shown else ' '}] {column.title}")
