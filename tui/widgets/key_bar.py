"""The line at the bottom: the keys that work here. Bindings carry message codes; this puts them into words."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from tui.cells import width
from tui.wording import Words

HELP = "tui.key.help"


def own_bindings(screen: Screen[object]) -> list[Binding]:
    """Bindings that work on ``screen`` now and are ours: Textual's own come with English descriptions."""
    found: dict[str, Binding] = {}
    for active in screen.active_bindings.values():
        if active.enabled and active.binding.description.startswith("tui."):
            found.setdefault(active.binding.description, active.binding)
    return list(found.values())


class KeyBar(Footer):
    """Textual's footer in the reader's language."""

    def __init__(self, words: Words) -> None:
        super().__init__(show_command_palette=False)
        self._words = words

    def compose(self) -> ComposeResult:
        """One clickable key per action."""
        if not self._bindings_ready:
            return
        shown = [binding for binding in own_bindings(self.screen) if binding.show]
        while len(shown) > 1 and sum(width(" ".join(self._label(binding))) + 2 for binding in shown) > self.size.width:
            shown.remove(next(binding for binding in reversed(shown) if binding.description != HELP))
        for binding in shown:
            yield FooterKey(binding.key, *self._label(binding), binding.action)

    def on_resize(self) -> None:
        """Keys that do not fit go whole; help, which lists them all, stays."""
        self.call_after_refresh(self.recompose)

    def _label(self, binding: Binding) -> tuple[str, str]:
        return self._words.glyphs.chrome(binding.key_display or binding.key), self._words(binding.description)
