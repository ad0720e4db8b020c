"""Tables for a terminal, aligned by display width: a Chinese character takes two cells."""

import re
from collections.abc import Sequence
from typing import Literal

from wcwidth import wcswidth, wcwidth

Align = Literal["<", ">"]

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

_PIECES = re.compile("\\s+|[\u2e80-\U0003ffff][、。，；：！？）》」』】％]*|[^\\s\u2e80-\U0003ffff]+")
"""What a line is not broken within: words, and a wide character with the marks that must not begin a line."""


def plain(text: str) -> str:
    """``text`` without control characters, bidirectional marks and zero-width spaces: they come from registers and names."""
    return _UNSAFE.sub("\ufffd", text)


def width(text: str) -> int:
    """Cells that ``text`` takes; control characters count as one, as :func:`plain` draws them."""
    cells = wcswidth(text)
    return cells if cells >= 0 else sum(max(wcwidth(character), 1) for character in text)


def fit(text: str, cells: int, align: Align = "<") -> str:
    """``text`` in exactly ``cells`` cells: padded, or cut before a character that would not fit, and marked ``…``."""
    spare = cells - width(text)
    if spare >= 0:
        return text + " " * spare if align == "<" else " " * spare + text
    if cells <= 0:
        return ""
    kept, used = [], 0
    for character in text:
        size = max(wcwidth(character), 0)
        if used + size > cells - 1:
            break
        kept.append(character)
        used += size
    return "".join(kept) + "…" + " " * (cells - 1 - used)


def wrap(text: str, cells: int) -> list[str]:
    """``text`` in lines of at most ``cells`` cells. Breaks at spaces, or between any two wide characters."""
    lines: list[str] = []
    line = ""
    for piece in _PIECES.findall(text):
        if line and width(line) + width(piece) > cells:
            lines.append(line.rstrip())
            line = ""
        if not (line == "" and piece.isspace()):
            line += piece
        while width(line) > cells:
            head = fit(line, cells + 1)[:-1].rstrip("…")
            lines.append(head)
            line = line[len(head) :]
    if line.strip():
        lines.append(line.rstrip())
    return lines or [""]


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    align: Sequence[Align] | None = None,
    total: int | None = None,
    stretch: int | None = None,
) -> str:
    """
    Lines with two spaces between columns and a rule below the header.

    ``total`` is the terminal's width: when the rows are wider, column ``stretch`` (default: the last) is wrapped to fit, and
    keeps at least 16 cells. Without ``total`` nothing is cut.
    """
    columns = len(header)
    sides: Sequence[Align] = align or ["<"] * columns
    cells = [[plain(cell) for cell in row] for row in [header, *rows]]
    widths = [max(width(row[column]) for row in cells) for column in range(columns)]
    target = columns - 1 if stretch is None else stretch
    if total is not None:
        over = sum(widths) + 2 * (columns - 1) - total
        if over > 0:
            widths[target] = max(16, widths[target] - over)
    lines = []
    for place, row in enumerate(cells):
        blocks = [wrap(cell, widths[column]) if width(cell) > widths[column] else [cell] for column, cell in enumerate(row)]
        for level in range(max(map(len, blocks))):
            parts = [
                fit(block[level] if level < len(block) else "", widths[column], sides[column])
                for column, block in enumerate(blocks)
            ]
            lines.append("  ".join(parts).rstrip())
        if place == 0:
            lines.append("  ".join("─" * size for size in widths))
    return "\n".join(lines)
