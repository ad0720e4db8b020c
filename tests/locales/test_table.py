"""Tables stay aligned whatever names a register holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.table import fit, plain, table, width, wrap

names = st.text(st.sampled_from("第一中学校ab 1·①…“”𠮷ｅ́\x1b\u202e[/]"), max_size=40)


@pytest.mark.parametrize(
    ("text", "cells", "fitted"),
    [
        ("学校", 6, "学校  "),
        ("学校", 4, "学校"),
        ("第三中学", 5, "第三…"),
        ("第三中学", 6, "第三… "),
        ("abc", 2, "a…"),
        ("abc", 0, ""),
    ],
)
def test_text_is_fitted_by_cells_and_never_splits_a_wide_character(text: str, cells: int, fitted: str) -> None:
    assert fit(text, cells) == fitted


@given(names, st.integers(min_value=1, max_value=60))
def test_fitted_text_has_exactly_its_cells(name: str, cells: int) -> None:
    assert width(fit(plain(name), cells)) == cells


@given(names, st.integers(min_value=4, max_value=40))
def test_wrapped_text_keeps_every_character_and_the_width(name: str, cells: int) -> None:
    lines = wrap(plain(name), cells)
    assert all(width(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(plain(name).split())


@given(st.lists(st.tuples(names, names), min_size=1, max_size=8))
def test_the_second_column_begins_at_the_same_cell_in_every_row(rows: list[tuple[str, str]]) -> None:
    marked = [(left, "|" + right.replace("|", "")) for left, right in rows]
    lines = table(["校", "|"], marked).split("\n")
    starts = {width(line[: line.rindex("|")]) for position, line in enumerate(lines) if position != 1}
    assert len(starts) == 1


def test_a_wide_table_wraps_its_last_column() -> None:
    page = table(["a", "说明"], [["1", "这是一个很长的说明文字需要换行显示出来"]], total=24)
    assert all(width(line) <= 24 for line in page.split("\n"))
    assert page.count("\n") > 2


def test_control_characters_and_direction_marks_are_made_visible() -> None:
    assert plain("a\x1b[31mb\u202ec") == "a\ufffd[31mb\ufffdc"
