"""
Text in terminal cells: made visible, cut with a mark, padded.

Everything that comes from a register, a report or a collector passes :func:`visible` before it is drawn. Widths are Rich's,
because Textual lays out by them; tests compare them with wcwidth, which is what tmux and most terminals do.
"""

import re
from enum import StrEnum
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

Align = Literal["<", ">"]

_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
_DEL = 0x7F
_VARIATION = re.compile("[\ufe0e\ufe0f]")


class Tone(StrEnum):
    """What a piece of text means, so that a theme can colour it. Never the only carrier of that meaning."""

    PLAIN = "plain"
    STRONG = "strong"
    MUTED = "muted"
    GOOD = "good"
    BAD = "bad"
    OPEN = "open"
    """Not decided, not measured, getting old."""


class Cell(NamedTuple):
    """One cell of a table before it is cut to its column."""

    text: str
    tone: Tone = Tone.PLAIN


def visible(text: str) -> str:
    r"""
    ``text`` with control, bidirectional and zero-width characters spelled out (``\x1b``, ``\u202e``).

    Variation selectors 15 and 16 are left out: they change no letter, and terminals disagree about their width (Rich counts
    an emoji with one as 2 cells, tmux as 1), which would shift the rest of the line.
    """
    if text.isascii() and text.isprintable():
        return text
    return _INVISIBLE.sub(_spelled, _VARIATION.sub("", text))


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return found[0].encode("ascii", errors="backslashreplace").decode() if code > _DEL else f"\\x{code:02x}"


def width(text: str) -> int:
    """Cells that ``text`` takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, cells: int, align: Align = "<", more: str = "…") -> str:
    """``text`` in exactly ``cells`` cells: padded, or cut before what would not fit and marked with ``more``."""
    spare = cells - width(text)
    if spare >= 0:
        return text + " " * spare if align == "<" else " " * spare + text
    if cells <= 0:
        return ""
    kept = set_cell_size(text, cells - 1).rstrip() + more
    return kept + " " * (cells - width(kept))
