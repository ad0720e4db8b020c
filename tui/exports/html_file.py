"""One web page without anything from elsewhere, made to be printed: A4 across, the header on every sheet of paper."""

from html import escape

from tui.cells import visible
from tui.exports.sheet import CellValue, Sheet

_STYLE = """
@page { size: A4 landscape; margin: 12mm }
body { font: 14px/1.5 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; color: #1b232b; margin: 1.5em }
table { border-collapse: collapse; width: 100% } thead { display: table-header-group }
th, td { border: 1px solid #b8c2cc; padding: .2em .5em; text-align: left } td.n { text-align: right }
tr { break-inside: avoid } thead th { background: #e4eaf0 } p { color: #5a6874 }
"""


def as_html(sheet: Sheet, language: str) -> bytes:
    """Control and direction characters are spelled out, everything else is escaped."""
    head = "".join(f"<th>{_text(title)}</th>" for title in sheet.header)
    body = "\n".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in sheet.rows)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    page = (
        f'<!DOCTYPE html>\n<html lang="{language.replace("_", "-")}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{_text(sheet.title)}</title><style>{_STYLE}</style></head><body><h1>{_text(sheet.title)}</h1>"
        f"<p>{_text(sheet.note)}</p><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></body></html>\n"
    )
    return page.encode("utf-8", errors="xmlcharrefreplace")


def _cell(value: CellValue) -> str:
    if isinstance(value, str):
        return f"<td>{_text(value)}</td>"
    return '<td class="n">' + ("" if value is None else f"{value:g}") + "</td>"


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
