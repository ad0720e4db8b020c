"""The keys of a screen, made from its bindings so that the page cannot drift, and what the signs mean."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from contract.outcome import Outcome
from tui.cells import width
from tui.wording import Words


class HelpScreen(ModalScreen[None]):
    """Over the screen it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "tui.key.back", key_display="Esc"),
    ]

    def __init__(self, words: Words, bindings: Sequence[Binding], notes: str) -> None:
        super().__init__()
        self._words = words
        self._rows = bindings
        self._notes = notes

    def compose(self) -> ComposeResult:
        """Keys, signs, notes."""
        words = self._words
        with VerticalScroll(classes="dialog wide"):
            yield Label(words("tui.help.title"), classes="dialog-title", markup=False)
            yield Static(self._keys(), markup=False)
            yield Label(words("tui.help.signs"), classes="dialog-title", markup=False)
            yield Static(self._signs(), markup=False)
            yield Label(words("tui.help.reading"), classes="dialog-title", markup=False)
            yield Static(Text(self._notes), markup=False)

    def _keys(self) -> Text:
        words = self._words
        rows = [(words.glyphs.chrome(item.key_display or item.key), words(item.description)) for item in self._rows]
        cells = max(width(key) for key, _ in rows) + 3
        return Text("\n").join(
            Text.assemble((f" {key}{' ' * (cells - width(key))}", "bold"), description) for key, description in rows
        )

    def _signs(self) -> Text:
        words = self._words
        lines = [f" {words.outcome(outcome)}" for outcome in Outcome]
        cells = max(map(width, lines)) + 3
        notes = [words(f"tui.sign.{outcome.value}") for outcome in Outcome]
        return Text("\n".join(line + " " * (cells - width(line)) + note for line, note in zip(lines, notes, strict=True)))
