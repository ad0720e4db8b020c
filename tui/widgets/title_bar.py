"""The first line of every screen: where one is on the left, how old the figures are on the right."""

from rich.text import Text
from textual.widgets import Static

from tui.cells import fit, width
from tui.wording import Words


class TitleBar(Static):
    """The right part stays whole; the left one is cut with a mark."""

    def __init__(self, words: Words) -> None:
        super().__init__("", id="title", markup=False)
        self._words = words
        self._left = self._right = ""

    def show(self, left: str | None = None, right: str | None = None) -> None:
        """None leaves that part as it is."""
        self._left = self._left if left is None else left
        self._right = self._right if right is None else right
        self._draw()

    def on_resize(self) -> None:
        """Another width."""
        self._draw()

    def _draw(self) -> None:
        cells = self.size.width
        more = self._words.glyphs.more
        notice = f" {self._words.notice} " if self._words.notice else ""
        room = max(0, cells - width(self._right) - 2 - width(notice))
        text = f"{notice}{fit(self._left, room, more=more)}  {self._right}"
        line = Text(fit(text, cells, more=more), no_wrap=True)
        line.stylize("reverse", 0, len(notice))
        self.update(line, layout=False)
