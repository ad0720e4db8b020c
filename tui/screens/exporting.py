"""In which form to write the present selection."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from tui.exports.writing import FORMS
from tui.wording import Words

PICTURE = "svg"


class ExportScreen(ModalScreen[str | None]):
    """Gives one of :data:`tui.exports.writing.FORMS`, or :data:`PICTURE`; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,e", "dismiss(None)", "tui.key.back", key_display="Esc"),
        Binding("k", "move(-1)", "tui.key.up", show=False),
        Binding("j", "move(1)", "tui.key.down", show=False),
    ]

    def __init__(self, words: Words, count: int, *, marked: bool) -> None:
        super().__init__()
        self._words = words
        self._count = count
        self._marked = marked

    def compose(self) -> ComposeResult:
        """What goes into the file, then the forms."""
        words = self._words
        with Vertical(classes="dialog"):
            yield Label(words("tui.export.title", n=f"{self._count:,}"), classes="dialog-title", markup=False)
            yield Label(words("tui.export.marked" if self._marked else "tui.export.shown"), markup=False)
            options = (Option(Text(f" {words(f'tui.export.{form}')}"), id=form) for form in (*FORMS, PICTURE))
            yield OptionList(*options, compact=True)
            yield Label(words("tui.export.hint"), classes="dialog-hint", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen."""
        self.dismiss(event.option.id)

    def action_move(self, lines: int) -> None:
        """As the arrow keys."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if lines > 0 else options.action_cursor_up)()
