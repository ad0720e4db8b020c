"""
The initials of a Chinese name (修武县第一小学 → ``xwxdyxx``), so that it can be looked for without an input method.

``pinyin.txt`` holds a letter for each character from U+4E00 to U+9FA5, made from pypinyin's dictionary; that library itself
would cost the screen 30 MB. A test compares the two.
"""

from functools import cache
from pathlib import Path

FIRST = 0x4E00
OTHER = {"长": "c", "重": "c", "乐": "y", "单": "s", "行": "h", "朝": "z", "厦": "x", "曾": "z"}
"""Second readings that stand in names of places and schools; the table has the first one."""


@cache
def _table() -> str:
    return (Path(__file__).parent / "pinyin.txt").read_text(encoding="ascii").rstrip("\n")


def initials(name: str) -> str:
    """
    A letter per character; Latin letters and digits stand for themselves, everything else is left out.

    A name with a character of two readings gives both, with a blank between.
    """
    table = _table()
    first, other, differs = [], [], False
    for letter in name:
        place = ord(letter) - FIRST
        if 0 <= place < len(table):
            first.append(table[place])
            second = OTHER.get(letter, table[place])
            differs = differs or second != table[place]
            other.append(second)
        elif letter.isascii() and letter.isalnum():
            first.append(letter.lower())
            other.append(letter.lower())
    text = "".join(first)
    return f"{text} {''.join(other)}" if differs else text
