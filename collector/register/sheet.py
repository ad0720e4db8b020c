"""A CSV sheet read cell by cell, so that one wrong cell does not hide the next."""

import csv
import io
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import NODEFAULT, inspect

from collector.register.columns import field_of, kind_of
from contract.document import Fault, expected
from contract.message import Message, Param
from contract.school import School

_STRUCT = inspect.type_info(School)
assert isinstance(_STRUCT, inspect.StructType)
FIELDS = {item.name: item for item in _STRUCT.fields}
_WHOLE = {"students", "classes", "teachers"}


@dataclass(frozen=True, slots=True)
class Row:
    """A school and the line it stands on."""

    school: School
    line: int


@dataclass(slots=True)
class Sheet:
    """What was read. ``id_column`` is the heading as written."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    id_column: str = "id"


def read_sheet(text: str) -> Sheet:
    """Rows below a heading; comma, semicolon or tab between cells."""
    sheet = Sheet()
    lines = _records(text, sheet)
    head = next(lines, None)
    if head is None:
        return sheet
    line, headings = head
    fields = [field_of(heading) for heading in headings]
    if not _headings_fit(sheet, line, headings, fields):
        return sheet
    sheet.ignored = [heading for heading, name in zip(headings, fields, strict=True) if name is None and heading]
    sheet.id_column = headings[fields.index("id")]
    for at, cells in lines:
        if len(cells) > len(headings) and any(cells[len(headings) :]):
            _fault(sheet, at, "", "collector.register.too_many_cells", found=len(cells), expected=len(headings))
            continue
        _school(sheet, at, headings, fields, cells + [""] * (len(headings) - len(cells)))
    return sheet


def _records(text: str, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of each record that is not blank."""
    head = text.split("\n", 1)[0]
    separator = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            _fault(sheet, line, "", "collector.register.bad_csv", problem=str(error))
            return
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield line, stripped
        line = reader.line_num + 1


def _headings_fit(sheet: Sheet, line: int, headings: list[str], fields: list[str | None]) -> bool:
    before = len(sheet.faults)
    for place, name in enumerate(fields):
        if name is not None and name in fields[:place]:
            _fault(sheet, line, headings[place], "collector.register.column_twice", other=headings[fields.index(name)])
    for name, item in FIELDS.items():
        if item.default is NODEFAULT and name not in fields:
            _fault(sheet, line, name, "document.missing_key", expected=expected(item.type))
    return len(sheet.faults) == before


def _school(sheet: Sheet, line: int, headings: list[str], fields: list[str | None], cells: list[str]) -> None:
    values: dict[str, Any] = {}
    before = len(sheet.faults)
    for heading, name, cell in zip(headings, fields, cells, strict=True):
        if name is None:
            continue
        item = FIELDS[name]
        if not cell:
            if item.default is NODEFAULT:
                _fault(sheet, line, heading, "document.missing_key", expected=expected(item.type))
            continue
        value = _value(name, cell)
        values[name] = value
        try:
            msgspec.convert({**_FINE, name: value}, School)
        except msgspec.ValidationError:
            _fault(sheet, line, heading, "document.wrong_value", found=cell[:80], expected=expected(item.type))
    if len(sheet.faults) == before:
        sheet.rows.append(Row(msgspec.convert(values, School), line))


_FINE = {"id": "x", "name": "x", "county": "x", "kind": "小学"}
"""A school without fault, in which one cell at a time is tried."""


def _value(name: str, cell: str) -> str | int | float:
    if name == "kind":
        return kind_of(cell)
    if name in _WHOLE or name == "contract_mbit_s":
        return _number(unicodedata.normalize("NFKC", cell).replace(",", ""), cell)
    return cell


def _number(plain: str, cell: str) -> int | float | str:
    """A number as Excel writes it (``1,200``, ``100.0``, full width); the cell itself when it is none."""
    try:
        number = float(plain)
    except ValueError:
        return cell
    if not math.isfinite(number):
        return cell
    return int(number) if number.is_integer() else number


def _fault(sheet: Sheet, line: int, column: str, code: str, /, **params: Param) -> None:
    sheet.faults.append(Fault(line, column, Message(code, params)))
