"""Which forms there are, and how a file gets onto the disk: whole or not at all."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from contract.api import SchoolRow
from tui.errors import KeepingError
from tui.exports.csv_file import as_csv
from tui.exports.html_file import as_html
from tui.exports.sheet import sheet_of
from tui.exports.xlsx_file import as_xlsx
from tui.wording import Words

FORMS = ("csv", "xlsx", "html")


def render(form: str, rows: Sequence[SchoolRow], words: Words, note: str) -> bytes:
    """``form`` is one of :data:`FORMS`."""
    sheet = sheet_of(rows, words, note)
    if form == "csv":
        return as_csv(sheet)
    if form == "xlsx":
        return as_xlsx(sheet, words("tui.export.about"))
    return as_html(sheet, words.texts.language)


def write(folder: Path, form: str, body: bytes, now: datetime) -> Path:
    """
    A new file ``campus-<time>.<form>`` in ``folder``; one that is there is never replaced.

    Raise :class:`KeepingError` when it cannot be written.
    """
    stem = f"campus-{now:%Y%m%d-%H%M%S}"
    partial = folder / f".{stem}.{form}.part{os.getpid()}"
    try:
        partial.write_bytes(body)
        target = next(
            path
            for number in range(1000)
            if not (path := folder / (f"{stem}.{form}" if number == 0 else f"{stem}-{number}.{form}")).exists()
        )
        partial.replace(target)
    except OSError as error:
        raise KeepingError("tui.export.failed", problem=str(error)) from error
    return target
