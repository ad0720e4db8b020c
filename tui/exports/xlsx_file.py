"""
An Excel workbook (ECMA-376) by hand: one sheet with a frozen header and a filter, one with the note.

Texts are inline strings: nothing a school writes into its name can become a formula. A library for this is 2 MB in every
installation of the screen; what is needed of the format is these few parts.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from tui.cells import width
from tui.exports.sheet import CellValue, Sheet

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EPOCH = (1980, 1, 1, 0, 0, 0)
MOST_CHARACTERS = 32_767
"""Of a cell, in Excel."""
WIDEST = 60
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf fontId="0"/><xf fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def as_xlsx(sheet: Sheet, about: str) -> bytes:
    """``about`` is the name of the sheet with the note."""
    last = f"{_letter(len(sheet.header))}{len(sheet.rows) + 1}"
    widths = [
        min(WIDEST, 2 + max(width(str(cell)) for cell in (title, *(row[place] for row in sheet.rows[:500]))))
        for place, title in enumerate(sheet.header)
    ]
    columns = "".join(f'<col min="{n}" max="{n}" width="{w}" customWidth="1"/>' for n, w in enumerate(widths, 1))
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    rows = [_row(1, sheet.header, 1), *(_row(number, row, 0) for number, row in enumerate(sheet.rows, 2))]
    first = (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
        f'<cols>{columns}</cols><sheetData>{"".join(rows)}</sheetData><autoFilter ref="A1:{last}"/></worksheet>'
    )
    second = f'<worksheet xmlns="{_MAIN}"><sheetData>{_row(1, [sheet.note], 0)}</sheetData></worksheet>'
    parts = {
        "[Content_Types].xml": _types(),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook([sheet.title, about]),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", "worksheets/sheet1.xml"), ("worksheet", "worksheets/sheet2.xml"), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": first,
        "xl/worksheets/sheet2.xml": second,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), _HEAD + text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _row(number: int, cells: Sequence[CellValue], style: int) -> str:
    return (
        f'<row r="{number}">' + "".join(_cell(f"{_letter(n)}{number}", c, style) for n, c in enumerate(cells, 1)) + "</row>"
    )


def _cell(place: str, value: CellValue, style: int) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_text(value)}</t></is></c>'
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def _text(text: str) -> str:
    """XML 1.0 has no place for most control characters: they are spelled out, not lost."""
    spelled = _NOT_XML.sub(lambda found: found[0].encode("ascii", errors="backslashreplace").decode(), text)
    spelled = "".join(f"\\x{ord(letter):02x}" if letter < " " and letter not in "\t\n\r" else letter for letter in spelled)
    return escape(spelled[:MOST_CHARACTERS])


def _letter(number: int) -> str:
    return (_letter((number - 1) // 26) if number > 26 else "") + chr(ord("A") + (number - 1) % 26)  # noqa: PLR2004 - letters


def _workbook(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name="{_text(name)[:31]}" sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, 1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{sheets}</sheets></workbook>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{number}" Type="{_REL}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _types() -> str:
    parts = {
        "workbook": "sheet.main",
        "worksheets/sheet1": "worksheet",
        "worksheets/sheet2": "worksheet",
        "styles": "styles",
    }
    inner = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{_KIND}.{kind}+xml"/>' for name, kind in parts.items()
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{inner}</Types>'
    )
