"""The sight of the register: laws that hold for every order and filter."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.outcome import Verdict
from locales.texts import Texts
from tests.tui.county import County
from tui.columns import school_columns
from tui.filtering import Condition, parse, typable
from tui.layout import GAP, place
from tui.schools import Register, Schools, Sort
from tui.wording import Words

WORDS = Words(Texts("zh_CN"))
COLUMNS = school_columns(WORDS, lambda: datetime(2026, 11, 20, tzinfo=UTC))
COUNTY = County(60)


def _schools(sort: Sort) -> Schools:
    schools = Schools(COLUMNS, WORDS.verdict, WORDS.kind, sort)
    for start in range(0, 60, 20):
        schools.grow(COUNTY.rows[start : start + 20], 60)
    schools.finish()
    return schools


def _ids(schools: Schools) -> list[str]:
    return [row.id for line in range(schools.shown) if (row := schools.row(line))]


@given(st.sampled_from([None, *(column.id for column in COLUMNS)]), st.booleans(), st.text("小中学县 区:：未达", max_size=6))
@settings(max_examples=150, deadline=None)
def test_a_filter_never_changes_the_order_and_taking_it_away_brings_all_back(
    column: str | None, descending: bool, text: str
) -> None:
    schools = _schools(Sort(column, descending))
    everything = _ids(schools)
    assert sorted(everything) == [row.id for row in COUNTY.rows]
    schools.narrow(parse(text))
    narrowed = set(_ids(schools))
    assert _ids(schools) == [school for school in everything if school in narrowed]
    schools.narrow(parse(""))
    assert _ids(schools) == everything


@given(st.sampled_from([column.id for column in COLUMNS]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_school_is_found_on_the_line_it_stands_on(column: str, descending: bool) -> None:
    schools = _schools(Sort(column, descending))
    for line, school in enumerate(_ids(schools)):
        assert schools.index(school) == line
    assert schools.index("nobody") is None


def test_schools_still_to_come_have_their_line_already() -> None:
    schools = Schools(COLUMNS, WORDS.verdict, WORDS.kind, Sort("verdict"))
    schools.grow(COUNTY.rows[:20], 60)
    assert (schools.count, schools.shown) == (60, 20)
    assert schools.row(19) is not None
    assert schools.row(20) is None


def test_equal_texts_of_many_rows_are_kept_once() -> None:
    register = Register(WORDS.kind)
    register.add([type(row)(**{f: getattr(row, f) for f in row.__struct_fields__}) for row in COUNTY.rows], 60)
    counties = {id(row.county) for row in register.rows}
    assert len(counties) == len({row.county for row in register.rows})


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("", []),
        ("  ", []),
        ("修武 小学", [(None, "修武"), (None, "小学")]),
        ("county:修武", [("county", "修武")]),
        ("区县：修武", [("county", "修武")]),
        ("County:ABC", [("county", "abc")]),
        ("county:", []),
        ("other:x", [(None, "other:x")]),
        (":", [(None, ":")]),
    ],
)
def test_filter_lines(text: str, conditions: list[tuple[str | None, str]]) -> None:
    assert list(parse(text).conditions) == [Condition(*condition) for condition in conditions]


def test_what_no_key_types_does_not_stay_in_the_filter() -> None:
    assert typable("第\x1b一\u202e小\u200b学\ufe0f") == "第一小学"


@pytest.mark.parametrize("wanted", ["未", "未达标", "falls", "falls_short", "FALLS"])
def test_a_verdict_may_be_begun_in_either_language(wanted: str) -> None:
    schools = Schools(COLUMNS, lambda v: WORDS(f"verdict.{v.value}"), WORDS.kind, Sort(None))
    schools.grow(COUNTY.rows, 60)
    schools.finish()
    schools.narrow(parse(f"verdict:{wanted}"))
    assert _ids(schools) == [row.id for row in COUNTY.rows if row.verdict is Verdict.FALLS_SHORT]


@given(st.integers(1, 300))
def test_columns_never_overlap_and_fit_their_terminal(cells: int) -> None:
    placed = place(COLUMNS, cells)
    assert placed[0].column.id == "name"
    for left, right in pairwise(placed):
        assert right.start == left.start + left.width + GAP
    if cells >= 40:
        assert placed[-1].start + placed[-1].width <= cells
    ranks = [column.rank for column in COLUMNS if column not in [item.column for item in placed]]
    assert not ranks or min(ranks) > max(item.column.rank for item in placed)
