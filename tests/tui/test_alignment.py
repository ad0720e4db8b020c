"""Columns stay in their cells whatever a school is called, and no name can colour, stop or shift the screen."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from wcwidth import wcswidth

from tests.tui.county import County
from tests.tui.piloting import Reader, make_app, pilot
from tests.tui.server import serving
from tui.cells import fit, visible, width
from tui.layout import GAP
from tui.messages import RowChosen

HOSTILE = (
    "实验小学[/]",
    "某校[red]红[/red]",
    "[bold]a[b=c]d",
    "\x1b[31m红\x1b[0m小学",
    "\x9b31m小学",
    "\u202e学小验实",
    "\u2066小学\u2069",
    "a\x00b",
    "第一\n小学\t东",
    "长" * 200,
    "a" * 200,
    "",
    " ",
    "零\u200b宽\ufeff小学",
    "✔️学校❤️",
    "=cmd|'/c calc'!A1",
    "①“引号”小学…·Ⅱ",
    "𠮷野家小学",
    "e\u0301cole",
    "$school {name} %s \\[x]",
)
_NAMES = st.text(
    alphabet=st.one_of(
        st.sampled_from("第一二三中小学实验希望县市区东关西村（）·“”①Ⅱ，。 "),
        st.characters(min_codepoint=0, max_codepoint=0x2FF),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.sampled_from("\u200b\u200f\u202e\u2066\ufeff\ufe0f𠮷㎡"),
    ),
    max_size=60,
)


@given(_NAMES, st.integers(1, 80), st.sampled_from("<>"))
@settings(max_examples=400, deadline=None)
def test_any_text_takes_exactly_its_cells(name: str, cells: int, align: str) -> None:
    drawn = fit(visible(name), cells, align)  # type: ignore[arg-type]
    assert width(drawn) == cells
    assert "\x1b" not in drawn
    if width(visible(name)) > cells:
        assert "…" in drawn


@given(st.text(alphabet="第一二三中小学实验希望县市区abcXYZ019 （）-", max_size=40), st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_a_terminal_measures_our_lines_as_we_do(name: str, cells: int) -> None:
    assert wcswidth(fit(visible(name), cells)) == cells


@given(_NAMES)
@settings(max_examples=300, deadline=None)
def test_what_is_drawn_holds_no_control_or_direction_character(name: str) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", visible(name))


def _random_name(random: Random) -> str:
    alphabet = "第一二三四中小学实验希望县市区东关西村大高abcXYZ 019（）·"
    return "".join(random.choice(alphabet) for _ in range(random.randint(1, 40)))


@pytest.mark.parametrize("cells", [80, 100, 160, 200])
def test_the_last_column_of_every_row_begins_at_the_same_cell(cells: int) -> None:
    random = Random(cells)
    county = County(250)
    county.rows = [replace(row, name=_random_name(random), county=_random_name(random)[:8]) for row in county.rows]

    async def script(reader: Reader) -> None:
        table = reader.app.overview.table
        last = table.placed[-1]
        start = 2 + last.start
        for index in range(250):
            line = table._line(index, table._cells).text
            spread = "".join(letter + "\0" * (width(letter) - 1) for letter in line)
            row = reader.app.overview.schools.row(index)
            assert row is not None
            age = fit(last.column.cell(row, last.width).text, last.width, last.column.align)
            assert spread[start : start + last.width] == "".join(c + "\0" * (width(c) - 1) for c in age)
            assert spread[start - GAP : start] == " " * GAP

    with serving(county) as collector:
        pilot(make_app(collector, page_size=500), script, size=(cells, 30))


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_hostile_names_are_shown_as_they_are_on_every_screen(lang: str) -> None:
    county = County(len(HOSTILE))
    county.rows = [
        replace(row, name=name, county=name[:128], kind=name[:40]) for row, name in zip(county.rows, HOSTILE, strict=True)
    ]

    async def script(reader: Reader) -> None:
        schools = reader.app.overview.schools
        assert schools.shown == len(HOSTILE)
        for literal in ("实验小学[/]", "某校[red]红[/red]", "[bold]a[b=c]d", "\\x1b[31m红", "\\u202e学小验实", "a\\x00b"):
            assert literal in reader.text
        assert all(width(line) == 160 for line in reader.lines)
        visited = range(0, len(HOSTILE), 2) if lang == "en" else range(1, len(HOSTILE), 2)
        for index in visited:
            row = schools.row(index)
            assert row is not None
            reader.app.overview.post_message(RowChosen("schools", index))
            await reader.settle()
            shown = visible(row.name)
            assert shown[:20] in reader.lines[0] or not row.name.strip()
            assert all(width(line) == 160 for line in reader.lines)
            reader.app.pop_screen()
            await reader.settle()
        for name in HOSTILE[2:6]:
            reader.app.overview.query_one("#filter").value = name  # type: ignore[attr-defined]
            await reader.settle()
            assert all(width(line) == 160 for line in reader.lines)

    with serving(county) as collector:
        pilot(make_app(collector, lang), script, size=(160, 40))
