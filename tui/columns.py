"""The columns of the overview: what each draws, how it sorts, and which goes first when the terminal is narrow."""

from collections.abc import Callable
from datetime import datetime

from contract.api import SchoolRow
from contract.outcome import Verdict
from tui.cells import Cell, visible, width
from tui.layout import Column
from tui.wording import VERDICT_TONE, Words

Clock = Callable[[], datetime]
BAR_CELLS = 9
LADDER = 8
"""Rungs of the IPv6 ladder."""


def school_columns(  # noqa: C901 - one small function per column, side by side
    words: Words, clock: Clock
) -> list[Column[SchoolRow]]:
    """
    In the order of the screen.

    Few of them have a colour of their own: each change of style costs 45 bytes a line on the wire, and a page is to be had
    over a slow line (``benchmarks/tui.py``: 19.6 kB a page with a colour per column, 13.1 kB with these).
    """
    verdict_cells = max(width(words.verdict(verdict)) for verdict in Verdict)
    age_cells = max(width(words(f"tui.age.{unit}", n=99)) for unit in ("days", "hours", "minutes"))

    def titled(column_id: str) -> tuple[str, int]:
        title = words(f"tui.column.{column_id}")
        return title, width(title) + 2  # a blank and the sort arrow

    def name(row: SchoolRow, _: int) -> Cell:
        return Cell(visible(row.name) or words("tui.nameless"))

    def verdict(row: SchoolRow, _: int) -> Cell:
        return Cell(words.verdict(row.verdict), VERDICT_TONE[row.verdict])

    def score(row: SchoolRow, cells: int) -> Cell:
        text = words.score(row.score, row.floor, row.ceiling)
        tone = VERDICT_TONE[row.verdict]
        if cells < 20 + BAR_CELLS or row.floor is None or row.ceiling is None:
            return Cell(text, tone)
        bar = words.glyphs.bar(row.floor, row.ceiling, BAR_CELLS)
        return Cell(text + " " * (cells - BAR_CELLS - width(text)) + bar, tone)

    def coverage(row: SchoolRow, _: int) -> Cell:
        return Cell(words.glyphs.none if row.coverage is None else f"{row.coverage:.1f}%")

    def download(row: SchoolRow, _: int) -> Cell:
        return _speed(words, row.download_mbit_s)

    def ipv6(row: SchoolRow, _: int) -> Cell:
        if row.ipv6_level is None:
            return Cell(words.glyphs.none)
        return Cell(f"{row.ipv6_level}/{LADDER}")

    def devices(row: SchoolRow, _: int) -> Cell:
        return Cell(words.glyphs.none if row.devices is None else str(row.devices))

    def gap(row: SchoolRow, _: int) -> Cell:
        worst = row.worst_gap
        if worst is None:
            return Cell(words.glyphs.none)
        return Cell(f"{words.glyphs.outcome(worst.outcome)} {words.pick(worst.title)}")

    def age(row: SchoolRow, _: int) -> Cell:
        return Cell(words.age(row.last_report_at, clock()))

    def upload(row: SchoolRow, _: int) -> Cell:
        return _speed(words, row.upload_mbit_s)

    def column(
        column_id: str,
        draw: Callable[[SchoolRow, int], Cell],
        sizes: tuple[int, int, int],
        rank: int,
        *,
        right: bool = False,
        optional: bool = False,
    ) -> Column[SchoolRow]:
        title, least = titled(column_id)
        minimum, preferred, maximum = (max(least, size) for size in sizes)
        return Column(column_id, title, draw, minimum, preferred, maximum, rank, ">" if right else "<", optional)

    return [
        column("name", name, (24, 30, 44), 0),
        column("id", lambda row, _: Cell(visible(row.id)), (10, 10, 16), 10, optional=True),
        column("county", lambda row, _: Cell(visible(row.county)), (6, 10, 16), 3),
        column("kind", lambda row, _: Cell(words.kind(row.kind)), (8, 8, 12), 7),
        column("verdict", verdict, (verdict_cells, verdict_cells, verdict_cells), 0),
        column("score", score, (17, 17, 20 + BAR_CELLS), 1),
        column("coverage", coverage, (6, 6, 6), 5, right=True),
        column("download", download, (6, 6, 7), 6, right=True),
        column("upload", upload, (6, 6, 7), 11, right=True, optional=True),
        column("ipv6", ipv6, (4, 4, 5), 8, right=True),
        column("devices", devices, (5, 5, 6), 9, right=True),
        column("gap", gap, (16, 26, 48), 4),
        column("age", age, (age_cells, age_cells, age_cells), 2, right=True),
    ]


SORTABLE = ("name", "county", "kind", "verdict", "score", "coverage", "download", "upload", "ipv6", "devices", "gap", "age")


def _speed(words: Words, mbit_s: float | None) -> Cell:
    """Three figures are what a speed test is good for."""
    if mbit_s is None:
        return Cell(words.glyphs.none)
    return Cell(f"{mbit_s:.0f}M" if mbit_s >= 100 else f"{mbit_s:.3g}M")  # noqa: PLR2004 - three figures
