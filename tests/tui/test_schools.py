"""The sight of the register: laws that hold for every order and filter."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contract.api import SchoolRow
from contract.outcome import Verdict
from locales.texts import Texts
from tests.tui.county import NOW, County
from tui.columns import SORTABLE, school_columns
from tui.completion import Completion
from tui.filtering import Condition, parse, typable
from tui.layout import GAP, place
from tui.register import Register
from tui.schools import Schools, Sort
from tui.wording import Words

WORDS = Words(Texts("zh_CN"))
COLUMNS = school_columns(WORDS, lambda: datetime(2026, 11, 20, tzinfo=UTC))
COUNTY = County(60)
Passes = Callable[[SchoolRow], bool]


def _empty(*sorts: Sort) -> Schools:
    return Schools(SORTABLE, lambda v: WORDS(f"verdict.{v.value}"), WORDS.kind, sorts, NOW.timestamp)


def _schools(*sorts: Sort) -> Schools:
    schools = _empty(*sorts)
    for start in range(0, 60, 20):
        schools.grow(COUNTY.rows[start : start + 20], 60)
    schools.finish()
    return schools


def _ids(schools: Schools) -> list[str]:
    return [row.id for line in range(schools.shown) if (row := schools.row(line))]


@given(st.sampled_from([None, *SORTABLE]), st.booleans(), st.text("小中学县 区:：未达", max_size=6))
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


@given(st.sampled_from(SORTABLE), st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_school_is_found_on_the_line_it_stands_on(column: str, descending: bool) -> None:
    schools = _schools(Sort(column, descending))
    for line, school in enumerate(_ids(schools)):
        assert schools.index(school) == line
    assert schools.index("nobody") is None


def test_schools_still_to_come_have_their_line_already() -> None:
    schools = _empty(Sort("verdict"))
    schools.grow(COUNTY.rows[:20], 60)
    assert (schools.count, schools.shown) == (60, 20)
    assert schools.row(19) is not None
    assert schools.row(20) is None


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
        ("!county:修武", [("county", "修武", ":", 0.0, True)]),
        ("！小学", [(None, "小学", ":", 0.0, True)]),
        ("download<100", [("download_mbit_s", "", "<", 100.0)]),
        ("带宽＜100M", [("download_mbit_s", "", "<", 100.0)]),
        ("ipv6≥5", [("ipv6_level", "", ">=", 5.0)]),
        ("silent>7d", [("silent", "", ">", 7.0)]),
        ("未上报>12小时", [("silent", "", ">", 0.5)]),
        ("silent>", []),
        ("score:60", [("score", "", ":", 60.0)]),
        ("a<5", [(None, "a<5")]),
    ],
)
def test_filter_lines(text: str, conditions: list[tuple[object, ...]]) -> None:
    assert list(parse(text).conditions) == [Condition(*condition) for condition in conditions]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("download<100", lambda row: row.download_mbit_s is not None and row.download_mbit_s < 100),
        ("!download<100", lambda row: row.download_mbit_s is None or row.download_mbit_s >= 100),
        ("ipv6<5 county:温", lambda row: row.ipv6_level is not None and row.ipv6_level < 5 and "温" in row.county),
        ("silent>3d", lambda row: row.last_report_at is None or NOW - row.last_report_at > timedelta(days=3)),
        ("silent<3d", lambda row: row.last_report_at is not None and NOW - row.last_report_at < timedelta(days=3)),
        ("gap:带宽", lambda row: row.worst_gap is not None and "带宽" in row.worst_gap.title.zh),
        ("coverage=57.1", lambda row: row.coverage == 57.1),
        ("!结论:达标", lambda row: row.verdict is not Verdict.MEETS),
        ("xwx", lambda row: row.county == "修武县" or "希望小" in row.name),
        ("name:小学 id:s00001", lambda row: "小学" in row.name and row.id.startswith("S00001")),
    ],
)
def test_a_school_passes_when_it_fits_and_a_value_that_is_missing_fits_no_comparison(text: str, passes: Passes) -> None:
    schools = _schools(Sort(None))
    schools.narrow(parse(text))
    assert _ids(schools) == [row.id for row in COUNTY.rows if passes(row)]
    assert schools.shown


def test_letters_of_a_name_in_their_order_find_it_when_nothing_holds_them_together() -> None:
    schools = _schools(Sort(None))
    row = COUNTY.rows[7]
    schools.narrow(parse(row.name[0] + row.name[3] + row.name[-1]))
    assert row.id in _ids(schools)


def test_rows_come_out_of_the_columns_as_they_went_in() -> None:
    rows = [replace(COUNTY.rows[0], name=name) for name in ("ABC小学", "甲\n乙", "", "Straße")]
    register = Register(WORDS.kind)
    register.add([*COUNTY.rows, *rows], 64)
    assert [register.row(place) for place in range(64)] == [*COUNTY.rows, *rows]


def test_the_second_sort_decides_among_the_equals_of_the_first() -> None:
    schools = _schools(Sort("county"), Sort("download", descending=True))
    rows = [row for line in range(60) if (row := schools.row(line))]
    for left, right in pairwise(rows):
        if left.county == right.county and right.download_mbit_s is not None:
            assert left.download_mbit_s is not None
            assert left.download_mbit_s >= right.download_mbit_s


def test_marked_schools_are_what_is_chosen_whatever_the_filter_shows() -> None:
    schools = _schools(Sort(None))
    for row in COUNTY.rows[3:5]:
        schools.toggle(row.id)
    schools.narrow(parse("nothing at all"))
    assert schools.chosen() == COUNTY.rows[3:5]
    schools.narrow(parse("*"))
    assert schools.shown == 2
    schools.marked.clear()
    schools.narrow(parse(""))
    assert len(schools.chosen()) == 60


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("区", "区县:"),
        ("小学 结", "小学 结论:"),
        ("sil", "silent>"),
        ("区县:修", "区县:修武县"),
        ("结论：未", "结论:未达标"),
        ("类型:初", "类型:初中"),
        ("区县:修武县", None),
        ("", None),
        ("zzz", None),
    ],
)
def test_the_last_word_is_completed_from_the_schools_that_are_there(typed: str, whole: str | None) -> None:
    assert Completion(_schools(Sort(None)), WORDS).complete(typed) == whole


def test_what_no_key_types_does_not_stay_in_the_filter() -> None:
    assert typable("第\x1b一\u202e小\u200b学\ufe0f") == "第一小学"


@pytest.mark.parametrize("wanted", ["未", "未达标", "falls", "falls_short", "FALLS"])
def test_a_verdict_may_be_begun_in_either_language(wanted: str) -> None:
    schools = _schools(Sort(None))
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
