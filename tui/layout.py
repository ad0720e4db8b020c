"""Columns laid into a terminal's width: dropped in the order of their rank, then widened towards what they would like."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tui.cells import Align, Cell

Row = TypeVar("Row")
GAP = 2
"""Blank cells between columns."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """
    One column of a table.

    ``rank`` 0 is never dropped; the largest goes first. ``preferred`` is filled before ``maximum``, which is for columns
    whose text has no natural length. ``optional`` columns are shown when they are asked for only.
    """

    id: str
    title: str
    cell: Callable[[Row, int], Cell]
    """(row, cells to draw in) → what to draw."""
    minimum: int
    preferred: int
    maximum: int
    rank: int = 0
    align: Align = "<"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Placed(Generic[Row]):
    """A column with its place: ``start`` and ``width`` in cells."""

    column: Column[Row]
    start: int
    width: int


def place(columns: Sequence[Column[Row]], cells: int) -> list[Placed[Row]]:
    """As many of ``columns`` as fit ``cells``, in their order."""
    kept = list(columns)
    while len(kept) > 1 and _sum([column.minimum for column in kept]) > cells:
        loser = max(kept, key=lambda column: column.rank)
        if loser.rank == 0:
            break
        kept.remove(loser)
    widths = {column.id: column.minimum for column in kept}
    spare = cells - _sum(list(widths.values()))
    if spare < 0 and kept:  # narrower than the columns that must stay: the first gives way
        widths[kept[0].id] = max(1, widths[kept[0].id] + spare)
    for goal in ("preferred", "maximum"):
        spare = _widen(kept, widths, goal, spare)
    placed, start = [], 0
    for column in kept:
        placed.append(Placed(column, start, widths[column.id]))
        start += widths[column.id] + GAP
    return placed


def _widen(columns: Sequence[Column[Row]], widths: dict[str, int], goal: str, spare: int) -> int:
    """Share ``spare`` cells out, one each in turn, until every column has reached its ``goal``."""
    while spare > 0:
        hungry = [column for column in columns if widths[column.id] < getattr(column, goal)]
        if not hungry:
            break
        for column in hungry[:spare]:
            widths[column.id] += 1
        spare -= len(hungry[:spare])
    return spare


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)
