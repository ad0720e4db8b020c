"""The first line of every screen: where one is on the left, how old the figures are on the right."""

from rich.text import Text
from textual.widgets import Static

from tui.cells import fit, width
from tui.glyphs import Glyphs


class TitleBar(Static):
    """The right part stays whole; the left one is cut with a mark."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__("", id="title", markup=False)
        self._glyphs = glyphs
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
        room = max(0, cells - width(self._right) - 2)
        text = f"{fit(self._left, room, more=self._glyphs.more)}  {self._right}"
        self.update(Text(fit(text, cells, more=self._glyphs.more), no_wrap=True))
