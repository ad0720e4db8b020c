"""The command palette in the reader's language: every key of the screen below, and the colours."""

from typing import Protocol, runtime_checkable

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon

from tui.wording import Words


@runtime_checkable
class Speaking(Protocol):
    """An app that has words."""

    words: Words


class Commands(Provider):
    """Offers what :meth:`textual.app.App.get_system_commands` lists, in its order."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for title, help_text, callback, _ in self.app.get_system_commands(self.screen):
            yield DiscoveryHit(title, callback, help=help_text)

    async def search(self, query: str) -> Hits:
        """Those that match; a last line says so when none does."""
        matcher = self.matcher(query)
        found = False
        for title, help_text, callback, _ in self.app.get_system_commands(self.screen):
            score = matcher.match(title)
            if score > 0:
                found = True
                yield Hit(score, matcher.highlight(title), callback, text=title, help=help_text)
        if not found and isinstance(self.app, Speaking):
            nothing = self.app.words("tui.palette.none")
            yield Hit(1.0, nothing, _nothing, text=nothing)


def _nothing() -> None:
    """There is nothing to run."""


class Palette(CommandPalette):
    """Textual's palette with its fixed words replaced."""

    def __init__(self, words: Words) -> None:
        super().__init__(providers=[Commands], placeholder=words("tui.palette.placeholder"), id="--command-palette")
        self._words = words

    def on_mount(self) -> None:
        """An emoji is drawn in one cell by some terminals and in two by others."""
        self.query_one(SearchIcon).icon = "/"
