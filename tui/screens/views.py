"""Views under a name: those that come along and the reader's own."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from tui.cells import visible
from tui.errors import KeepingError
from tui.views import View, Views
from tui.wording import Words


class ViewsScreen(ModalScreen[View | KeepingError | None]):
    """Gives the chosen view; None when it was left; the error when one could not be kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", "tui.key.save", key_display="s"),
        Binding("d", "delete", "tui.key.delete", key_display="d"),
        Binding("escape,q,v", "dismiss(None)", "tui.key.back", key_display="Esc"),
        Binding("k", "move(-1)", "tui.key.up", show=False),
        Binding("j", "move(1)", "tui.key.down", show=False),
    ]

    def __init__(self, words: Words, views: Views, present: View) -> None:
        super().__init__()
        self._words = words
        self._views = views
        self._present = present

    def compose(self) -> ComposeResult:
        """Numbered, so that one key opens one."""
        with Vertical(classes="dialog"):
            yield Label(self._words("tui.views.title"), classes="dialog-title", markup=False)
            yield OptionList(*self._options(), compact=True)
            yield Label(self._words("tui.views.hint"), classes="dialog-hint", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen."""
        self.dismiss(self._views.all[event.option_index])

    def on_key(self, event: events.Key) -> None:
        """A digit opens the view of that number."""
        if event.character and event.character in "123456789":
            place = int(event.character) - 1
            if place < len(self._views.all):
                event.stop()
                self.dismiss(self._views.all[place])

    def action_save(self) -> None:
        """Keep filter, order and columns under the filter's own text."""
        if not self._present.filter:
            self.notify(self._words("tui.views.unsaved"), markup=False)
            return
        try:
            self._views.add(self._present)
        except KeepingError as error:
            self.dismiss(error)
            return
        self._fill()
        self.notify(self._words("tui.views.saved", name=visible(self._present.name)), markup=False)

    def action_delete(self) -> None:
        """Forget the view under the cursor, if it is the reader's own."""
        place = self.query_one(OptionList).highlighted
        if place is None or self._views.all[place].built_in:
            return
        try:
            self._views.remove(self._views.all[place].name)
        except KeepingError as error:
            self.dismiss(error)
            return
        self._fill()

    def action_move(self, lines: int) -> None:
        """As the arrow keys."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if lines > 0 else options.action_cursor_up)()

    def _fill(self) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._options())

    def _options(self) -> list[Option]:
        lines = []
        for number, view in enumerate(self._views.all, 1):
            name = self._words(view.name) if view.built_in else visible(view.name)
            lines.append(Option(Text(f" {number if number <= 9 else ' '}  {name}", no_wrap=True)))  # noqa: PLR2004 - digits
        return lines
