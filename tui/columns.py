"""The columns of the overview: what each draws, how it sorts, and which goes first when the terminal is narrow."""

from collections.abc import Callable
from datetime import datetime, timedelta

from contract.api import SchoolRow
from contract.outcome import Verdict
from tui.cells import Cell, Tone, visible, width
from tui.layout import Column, SortKey
from tui.wording import OUTCOME_TONE, VERDICT_TONE, Words

Clock = Callable[[], datetime]
WORST_FIRST = {Verdict.FALLS_SHORT: 0, Verdict.UNDECIDED: 1, Verdict.MEETS: 2}
SILENT = timedelta(days=30)
"""An older report is shown as getting old; the collector's own limit stands in the roll-up."""
BAR_CELLS = 12
LADDER = 8
"""Rungs of the IPv6 ladder."""


def by_name(text: str) -> bytes:
    """
    Order of names as a Chinese reader expects: the 3,755 characters of GB 2312 level 1 lie in the order of their pinyin.

    Rarer characters follow by radical, as in a dictionary's second part.
    """
    return text.casefold().encode("gb18030", errors="replace")


def school_columns(  # noqa: C901 - one small function per column, side by side
    words: Words, clock: Clock
) -> list[Column[SchoolRow]]:
    """In the order of the screen."""
    verdict_cells = max(width(words.verdict(verdict)) for verdict in Verdict)
    age_cells = max(width(words(f"tui.age.{unit}", n=99)) for unit in ("days", "hours", "minutes"))

    def titled(column_id: str) -> tuple[str, int]:
        title = words(f"tui.column.{column_id}")
        return title, width(title) + 2  # a blank and the sort arrow

    def name(row: SchoolRow, _: int) -> Cell:
        return Cell(visible(row.name) or words("tui.nameless"), Tone.STRONG)

    def verdict(row: SchoolRow, _: int) -> Cell:
        return Cell(words.verdict(row.verdict), VERDICT_TONE[row.verdict])

    def score(row: SchoolRow, cells: int) -> Cell:
        text = words.score(row.score, row.floor, row.ceiling)
        tone = VERDICT_TONE[row.verdict] if row.score is not None else Tone.MUTED
        if cells < 20 + BAR_CELLS or row.floor is None or row.ceiling is None:
            return Cell(text, tone)
        bar = words.glyphs.bar(row.floor, row.ceiling, BAR_CELLS)
        return Cell(text + " " * (cells - BAR_CELLS - width(text)) + bar, tone)

    def coverage(row: SchoolRow, _: int) -> Cell:
        low = row.coverage is None or row.coverage < 100  # noqa: PLR2004 - percent
        return Cell(words.glyphs.none if row.coverage is None else f"{row.coverage:.1f}%", Tone.OPEN if low else Tone.PLAIN)

    def download(row: SchoolRow, _: int) -> Cell:
        if row.download_mbit_s is None:
            return Cell(words.glyphs.none, Tone.MUTED)
        value = row.download_mbit_s
        return Cell(f"{value:.0f}M" if value >= 100 else f"{value:.3g}M")  # noqa: PLR2004 - three figures are what it is good for

    def ipv6(row: SchoolRow, _: int) -> Cell:
        if row.ipv6_level is None:
            return Cell(words.glyphs.none, Tone.MUTED)
        return Cell(f"{row.ipv6_level}/{LADDER}")

    def devices(row: SchoolRow, _: int) -> Cell:
        return Cell(words.glyphs.none, Tone.MUTED) if row.devices is None else Cell(str(row.devices))

    def gap(row: SchoolRow, _: int) -> Cell:
        worst = row.worst_gap
        if worst is None:
            return Cell(words.glyphs.none, Tone.MUTED)
        return Cell(f"{words.glyphs.outcome(worst.outcome)} {words.pick(worst.title)}", OUTCOME_TONE[worst.outcome])

    def age(row: SchoolRow, _: int) -> Cell:
        now = clock()
        old = row.last_report_at is None or now - row.last_report_at > SILENT
        return Cell(words.age(row.last_report_at, now), Tone.OPEN if old else Tone.PLAIN)

    def column(
        column_id: str,
        draw: Callable[[SchoolRow, int], Cell],
        sort: Callable[[SchoolRow], SortKey | None],
        sizes: tuple[int, int, int],
        rank: int,
        *,
        right: bool = False,
    ) -> Column[SchoolRow]:
        title, least = titled(column_id)
        minimum, preferred, maximum = (max(least, size) for size in sizes)
        return Column(column_id, title, draw, minimum, preferred, maximum, rank, ">" if right else "<", sort)

    return [
        column("name", name, lambda row: (by_name(row.name),), (18, 28, 44), 0),
        column("county", lambda row, _: Cell(visible(row.county)), lambda row: (by_name(row.county),), (6, 10, 16), 3),
        column("kind", lambda row, _: Cell(words.kind(row.kind)), lambda row: (by_name(row.kind),), (8, 8, 12), 7),
        column("verdict", verdict, _verdict_key, (verdict_cells, verdict_cells, verdict_cells), 0),
        column("score", score, lambda row: _number(row.score), (17, 17, 20 + BAR_CELLS), 1),
        column("coverage", coverage, lambda row: _number(row.coverage), (6, 6, 6), 5, right=True),
        column("download", download, lambda row: _number(row.download_mbit_s), (6, 6, 7), 6, right=True),
        column("ipv6", ipv6, lambda row: _number(row.ipv6_level), (4, 4, 5), 8, right=True),
        column("devices", devices, lambda row: _number(row.devices), (5, 5, 6), 9, right=True),
        column("gap", gap, _gap_key, (16, 26, 48), 4),
        column("age", age, _age_key, (age_cells, age_cells, age_cells), 2, right=True),
    ]


def _number(value: float | None) -> SortKey | None:
    return None if value is None else (value,)


def _verdict_key(row: SchoolRow) -> SortKey:
    return WORST_FIRST[row.verdict], row.score is None, row.score or 0.0


def _gap_key(row: SchoolRow) -> SortKey | None:
    return None if row.worst_gap is None else (row.worst_gap.criterion, row.worst_gap.outcome.value)


def _age_key(row: SchoolRow) -> SortKey | None:
    return None if row.last_report_at is None else (row.last_report_at,)
