"""Why an outcome is what it is: the same text as ``campus-collector explain``, to be read, copied and sent."""

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from contract.score import CriterionResult
from criteria.explain import explain
from locales.table import wrap
from tui.cells import visible
from tui.wording import Words


class WhyScreen(ModalScreen[None]):
    """Over the school that it speaks of."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy", "tui.key.copy_text", key_display="c"),
        Binding("escape,q,y", "dismiss", "tui.key.back", key_display="Esc"),
    ]

    def __init__(self, result: CriterionResult, school: str, words: Words, now: datetime) -> None:
        super().__init__()
        self._words = words
        lines = [school, *explain(result, words.texts, now)]
        self._lines = [visible(words.glyphs.chrome(line)) for text in lines for line in text.split("\n")]

    def compose(self) -> ComposeResult:
        """The text, wrapped."""
        with VerticalScroll(classes="dialog wide"):
            yield Label(self._words("tui.key.why"), classes="dialog-title", markup=False)
            yield Static("\n".join(line for text in self._lines for line in wrap(text, 76)), id="why", markup=False)
            yield Label(self._words("tui.why.hint"), classes="dialog-hint", markup=False)

    def action_copy(self) -> None:
        """The whole text, through the terminal."""
        self.app.copy_to_clipboard("\n".join(self._lines))
        self.notify(self._words("tui.copied.hint"), title=self._words("tui.copied", text=self._lines[0][:20]), markup=False)
