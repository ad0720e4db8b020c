"""
A picture of the screen that can be read in Chinese.

Rich gives each piece of text a length by its number of characters, so Chinese is pressed to half its width, and points at a
font on a foreign host (Textualize/rich#2742). Both are mended here: lengths by cells, fonts of the reader's own system.
"""

import re
from html import unescape

from tui.cells import width

_TEXT = re.compile(r'(<text[^>]*? textLength=")([\d.]+)("[^>]*>)([^<]*)(</text>)')
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_CELL = 12.2
"""Width of a cell in Rich's picture, in pixels."""
_FONTS = '"DejaVu Sans Mono", "WenQuanYi Zen Hei Mono", "Noto Sans Mono CJK SC", "SimSun", monospace'


def readable(svg: str) -> str:
    """The picture with every text as wide as its cells, and nothing from elsewhere."""
    svg = _FONT_FACE.sub("", svg).replace("Fira Code, monospace", _FONTS).replace("Fira Code", "DejaVu Sans Mono")
    return _TEXT.sub(_measured, svg)


def _measured(found: re.Match[str]) -> str:
    cells = width(unescape(found[4]).replace("\xa0", " "))
    return f"{found[1]}{cells * _CELL:.1f}{found[3]}{found[4]}{found[5]}"
