"""Files for others: the selection as it is on the screen, whole, and nothing in it alive."""

import csv
import io
import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook  # type: ignore[import-untyped]

from locales.texts import Texts
from tests.tui.county import NOW, County
from tests.tui.test_alignment import HOSTILE
from tui.cells import visible, width
from tui.errors import KeepingError
from tui.exports.csv_file import as_csv
from tui.exports.html_file import as_html
from tui.exports.picture import readable
from tui.exports.sheet import sheet_of
from tui.exports.writing import FORMS, render, write
from tui.exports.xlsx_file import as_xlsx
from tui.wording import Words

WORDS = Words(Texts("zh_CN"))
ROWS = [replace(row, name=name) for row, name in zip(County(len(HOSTILE)).rows, HOSTILE, strict=True)]
SHEET = sheet_of(ROWS, WORDS, "数据截至今天")


def test_a_workbook_holds_every_name_as_text_and_every_figure_as_a_number() -> None:
    book = load_workbook(io.BytesIO(as_xlsx(SHEET, "说明")))
    lines = list(book.worksheets[0].iter_rows(min_row=2))
    assert len(lines) == len(ROWS)
    for line, row in zip(lines, ROWS, strict=True):
        assert all(cell.data_type in ("s", "n", "inlineStr") for cell in line)
        found = str(line[1].value or "")
        assert found.replace("\\x00", "\x00").replace("\\x1b", "\x1b").replace("_x000D_", "\r") == row.name
        assert line[9].value == row.download_mbit_s
    assert book.worksheets[0].freeze_panes == "A2"
    assert book.worksheets[1]["A1"].value == "数据截至今天"


def test_no_cell_of_a_table_begins_as_a_formula_and_no_text_is_lost() -> None:
    body = as_csv(SHEET)
    assert body.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    for line, row in zip(lines[1:], ROWS, strict=False):
        assert not line[1].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert line[1].removeprefix("'") == row.name
    assert lines[-1] == ["数据截至今天"]


def test_a_page_shows_every_name_and_runs_nothing() -> None:
    page = as_html(SHEET, "zh_CN").decode()
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    for row in ROWS:
        assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", page)
        assert visible(row.name).replace("&", "&amp;").replace("'", "&#x27;").replace("<", "&lt;")[:60] in page


def test_a_picture_gives_chinese_two_cells_and_asks_no_foreign_host() -> None:
    svg = (
        '<style>@font-face { src: url("https://cdn.example/x") } .a { font-family: Fira Code, monospace }</style>'
        '<text class="a" x="0" textLength="48.8" clip-path="u">第一小学</text>'
    )
    mended = readable(svg)
    assert f'textLength="{width("第一小学") * 12.2:.1f}"' in mended
    assert "https" not in mended
    assert "第一小学" in mended


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_written_whole_and_replaces_none(tmp_path: Path, form: str) -> None:
    body = render(form, ROWS, WORDS, "")
    first, second = write(tmp_path, form, body, NOW), write(tmp_path, form, body, NOW)
    assert first != second
    assert first.read_bytes() == second.read_bytes() == body
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeepingError, match=r"tui\.export\.failed"):
        write(tmp_path / "gone", "csv", b"", NOW)
