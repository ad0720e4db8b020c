"""What an export holds, whatever its form: titles, typed cells, and a note that says what it is and from when."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.api import SchoolRow
from tui.wording import Words

CellValue = str | float | int | None
COLUMNS = ("id", "name", "county", "kind", "verdict", "score", "floor", "ceiling", "coverage", "download", "upload")
MORE_COLUMNS = ("ipv6", "devices", "gap", "reported")


@dataclass(frozen=True, slots=True)
class Sheet:
    """``note`` is one line: filter, order, age of the data, number of rows, when it was written."""

    title: str
    note: str
    header: Sequence[str]
    rows: Sequence[Sequence[CellValue]]


def sheet_of(rows: Sequence[SchoolRow], words: Words, note: str) -> Sheet:
    """The schools as rows. Numbers stay numbers; what was not measured stays empty; names stand as they came."""
    header = [words(f"tui.export.column.{name}") for name in (*COLUMNS, *MORE_COLUMNS)]
    return Sheet(words("tui.title"), note, header, [_cells(row, words) for row in rows])


def _cells(row: SchoolRow, words: Words) -> list[CellValue]:
    gap = row.worst_gap
    return [
        row.id,
        row.name,
        row.county,
        words.kind(row.kind),
        words(f"verdict.{row.verdict.value}"),
        row.score,
        row.floor,
        row.ceiling,
        row.coverage,
        row.download_mbit_s,
        row.upload_mbit_s,
        row.ipv6_level,
        row.devices,
        None if gap is None else f"{words.pick(gap.title)} ({words(f'outcome.{gap.outcome.value}')})",
        None if row.last_report_at is None else words.moment(row.last_report_at),
    ]
