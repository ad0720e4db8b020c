"""CSV for spreadsheets: UTF-8 with its mark, without which Excel takes it for GBK; lines end with CR LF (RFC 4180)."""

import csv
import io

from tui.exports.sheet import CellValue, Sheet

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(sheet: Sheet) -> bytes:
    """The note stands in the last line, so that the first one is the header."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(sheet.header)
    for row in sheet.rows:
        writer.writerow([harmless(cell) for cell in row])
    writer.writerow([])
    writer.writerow([harmless(sheet.note)])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", errors="backslashreplace")


def harmless(cell: CellValue) -> CellValue:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_DANGEROUS) else cell
