"""What a reader does with the list, counted in keys: views, marks, columns, comparison, export, copying."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract.outcome import Verdict
from tests.tui.county import NOW, County
from tests.tui.piloting import Reader, make_app, pilot
from tests.tui.server import Collector, serving
from tui.screens.compare import CompareScreen
from tui.screens.school import SchoolScreen
from tui.views import BUILT_IN, Views


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serving(County(60)) as made:
        yield made


def _only(folder: Path, ending: str) -> str:
    return next(folder.glob(f"*.{ending}")).read_text("utf-8-sig")


def _names(folder: Path) -> set[str]:
    return {path.suffix for path in folder.iterdir()}


def test_the_worst_school_s_criteria_are_one_key_away_and_why_is_two(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        worst = reader.app.overview.schools.row(0)
        assert worst is not None
        assert worst.verdict is Verdict.FALLS_SHORT
        await reader.press("enter")
        for _ in range(40):  # the answer comes from a thread
            if isinstance(reader.app.screen, SchoolScreen) and "✗ 未达标" in reader.text:
                break
            await reader.settle()
        assert isinstance(reader.app.screen, SchoolScreen)
        await reader.press("n")
        for _ in range(40):
            if "未达到要求" in reader.text.replace(" ", ""):
                break
            await reader.settle()
        assert "✗ 未达标" in reader.text
        assert "未达到要求" in reader.text.replace(" ", "")

    pilot(make_app(collector), script)


def test_schools_silent_for_a_week_are_two_keys_away(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("v", "3")
        schools = reader.app.overview.schools
        week = timedelta(days=7)
        silent = {r.id for r in collector.county.rows if r.last_report_at is None or NOW - r.last_report_at > week}
        assert silent
        assert {row.id for line in range(schools.count) if (row := schools.row(line))} == silent

    pilot(make_app(collector), script)


def test_the_filtered_list_is_exported_with_two_keys_and_says_what_it_is(collector: Collector, tmp_path: Path) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("x")
        await reader.press("e", "enter")
        written = _only(tmp_path, "csv")
        short = [row for row in collector.county.rows if row.verdict is Verdict.FALLS_SHORT]
        assert all(row.id in written for row in short)
        assert f"共 {len(short)} 所" in written
        assert "筛选：verdict:falls_short" in written
        assert "已导出" in reader.text
        await reader.press("e", "end", "enter")
        assert "<text" in _only(tmp_path, "svg")

    pilot(make_app(collector, folder=tmp_path), script)


def test_marked_schools_stand_side_by_side_and_are_what_is_exported(collector: Collector, tmp_path: Path) -> None:
    async def script(reader: Reader) -> None:
        ids = [reader.app.overview.schools.id_at(line) for line in range(3)]
        await reader.press("space", "space", "space")
        assert "已标记 3 所" in reader.text
        assert sum(line.startswith(" *") for line in reader.lines) == 3
        await reader.press("equals_sign")
        screen = reader.app.screen
        assert isinstance(screen, CompareScreen)
        assert list(screen.wanted) == ids
        before = reader.text
        assert "网络出口带宽" in before
        await reader.press("d")
        assert len(screen._lines) < before.count("\n")
        assert all(line.differs for line in screen._lines)
        await reader.press("escape", "e", "down", "enter")
        assert _names(tmp_path) == {".xlsx"}
        await reader.press("u")
        assert "已标记" not in reader.text.partition("已导出")[0]

    pilot(make_app(collector, folder=tmp_path), script, size=(160, 40))


def test_columns_can_be_chosen_and_the_name_stays(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        overview = reader.app.overview
        await reader.press("w", "space", "down", "space", "enter")
        assert "name" in overview.columns
        assert "id" in overview.columns
        assert "S0000" in reader.text

    pilot(make_app(collector), script, size=(200, 30))


def test_a_view_of_ones_own_outlives_the_program(collector: Collector, tmp_path: Path) -> None:
    async def save(reader: Reader) -> None:
        await reader.press("slash")
        await reader.type("温县")
        await reader.press("enter", "v", "s", "escape")

    async def use(reader: Reader) -> None:
        await reader.press("v", str(len(BUILT_IN) + 1))
        assert "筛选：温县" in reader.text
        await reader.press("v", "end", "d")
        assert len(Views(tmp_path).all) == len(BUILT_IN)

    pilot(make_app(collector, views=Views(tmp_path)), save)
    assert len(Views(tmp_path).all) == len(BUILT_IN) + 1
    pilot(make_app(collector, views=Views(tmp_path)), use)


def test_a_second_key_sorts_among_the_equals_of_the_first(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("s", "home", "down", "enter")
        await reader.press("s", "down", "down", "down", "a")
        assert [sort.column for sort in reader.app.overview.schools.sorts] == ["county", "score"]
        assert "排序：区县 ▲, 得分 ▲" in reader.text

    pilot(make_app(collector), script, size=(120, 30))


def test_a_name_and_a_line_are_copied_through_the_terminal(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        row = reader.app.overview.schools.row(0)
        assert row is not None
        await reader.press("c")
        assert reader.app.clipboard == row.name
        await reader.press("C")
        assert reader.app.clipboard.split("\t")[0] == row.name
        assert len(reader.app.clipboard.split("\t")) == len(reader.app.overview.columns)

    pilot(make_app(collector), script)
