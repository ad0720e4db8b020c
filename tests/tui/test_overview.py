"""The list of schools: what it shows, and that nothing loses its place."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from contract.api import SchoolRow
from contract.outcome import Verdict
from tests.tui.county import NOW, County
from tests.tui.piloting import Reader, make_app, pilot
from tests.tui.server import Collector, serving
from tui.cells import width
from tui.widgets.school_table import SchoolTable


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serving(County(120)) as made:
        yield made


def _column(reader: Reader, column: str) -> list[str]:
    """What stands in a column on the screen, line by line."""
    table = reader.app.overview.table
    place = next(item for item in table.placed if item.column.id == column)
    found = []
    for y in range(1, min(table.count + 1, table.size.height)):
        cells = "".join(c + "\0" * (width(c) - 1) for c in table.render_line(y).text)
        found.append(cells[2 + place.start : 2 + place.start + place.width].replace("\0", "").strip())
    return found


def test_it_counts_truthfully_and_shows_the_sums_first(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        rows = collector.county.rows
        met = sum(row.verdict is Verdict.MEETS for row in rows)
        assert "学校（120）" in reader.text
        assert f"✓ 达标 {met}" in reader.lines[1]
        assert "目标 80%" in reader.text

    pilot(make_app(collector), script)


def test_it_asks_for_every_page_once(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        pages = [path for path in collector.asked if path.startswith("/v1/schools")]
        assert [path.partition("after=")[2] for path in pages] == ["", "S000049", "S000099"]

    pilot(make_app(collector), script)


def test_schools_that_fall_short_stand_first(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        short = sum(row.verdict is Verdict.FALLS_SHORT for row in collector.county.rows)
        found = [reader.app.overview.schools.row(line) for line in range(120)]
        assert [row is not None and row.verdict is Verdict.FALLS_SHORT for row in found] == [True] * short + [False] * (
            120 - short
        )

    pilot(make_app(collector), script)


def test_the_filter_narrows_and_says_so(collector: Collector) -> None:
    cases: list[tuple[str, Callable[[SchoolRow], bool]]] = [
        ("修武", lambda row: "修武" in row.name or "修武" in row.county),
        ("区县：温县", lambda row: row.county == "温县"),
        ("结论:达", lambda row: row.verdict is Verdict.MEETS),
        ("verdict:falls county:温", lambda row: row.verdict is Verdict.FALLS_SHORT and "温" in row.county),
        ("s000017", lambda row: row.id == "S000017"),
        ("silent>7d", lambda row: row.last_report_at is None or NOW - row.last_report_at > timedelta(days=7)),
    ]

    async def script(reader: Reader) -> None:
        for typed, passes in cases:
            wanted = {row.id for row in collector.county.rows if passes(row)}
            await reader.press("slash")
            await reader.type(typed)
            schools = reader.app.overview.schools
            assert {row.id for line in range(schools.count) if (row := schools.row(line))} == wanted
            assert f"学校（{len(wanted)} / 120 · 筛选：{typed}）" in reader.text
            await reader.press("escape")

    pilot(make_app(collector), script)


def test_a_filter_that_nothing_passes_says_how_to_get_out(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("slash")
        await reader.type("zzz")
        assert "没有符合筛选条件的学校" in reader.text
        await reader.press("escape")
        assert "学校（120）" in reader.text
        assert isinstance(reader.app.focused, SchoolTable)

    pilot(make_app(collector), script)


def test_a_visit_to_a_school_and_a_refresh_keep_filter_sort_cursor_and_scroll(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        table, schools = reader.app.overview.table, reader.app.overview.schools
        await reader.press("slash")
        await reader.type("小学")
        await reader.press("enter", "S", *["down"] * 25)
        before = (table.school_id, schools.filter.text, schools.sort, table.cursor - table.scroll_offset.y)
        assert table.scroll_offset.y > 0
        await reader.press("enter")
        await reader.press("escape")
        await reader.press("r")
        assert (table.school_id, schools.filter.text, schools.sort, table.cursor - table.scroll_offset.y) == before

    pilot(make_app(collector), script)


def test_the_cursor_stays_on_its_school_when_a_refresh_moves_that_school(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        table = reader.app.overview.table
        await reader.press(*["down"] * 20)
        here, line = table.school_id, table.cursor
        screen_line = line - table.scroll_offset.y
        rows = collector.county.rows
        for place, row in enumerate(rows[:40]):
            if row.id != here:
                rows[place] = replace(row, verdict=Verdict.FALLS_SHORT, score=0.1)
        await reader.press("r")
        assert table.school_id == here
        assert table.cursor > line
        assert table.cursor - table.scroll_offset.y == screen_line

    pilot(make_app(collector), script)


def test_changes_that_arrive_while_one_types_drop_no_key_and_move_no_cursor(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        table, line = reader.app.overview.table, reader.app.overview.query_one("#filter", Input)
        await reader.press(*["down"] * 9)
        here = table.school_id
        row = next(row for row in collector.county.rows if row.id == here)
        await reader.press("slash")
        typed = row.county[:2] + " " + row.name[-1]
        for number, letter in enumerate(typed):
            rows = collector.county.rows
            for place in range(0, 120, 2):  # sixty of them, at every key
                if rows[place].id != here:
                    rows[place] = replace(rows[place], score=float((place * 7 + number * 13) % 100), devices=number)
            reader.app.action_refresh()
            await reader.type(letter)
            assert table.school_id == here
        assert line.value == typed
        assert line.has_focus

    pilot(make_app(collector, page_size=20), script)


def test_the_cursor_keeps_its_line_when_its_school_is_gone(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        table = reader.app.overview.table
        await reader.press(*["down"] * 5)
        gone = table.school_id
        collector.county.rows = [row for row in collector.county.rows if row.id != gone]
        await reader.press("r")
        assert table.cursor == 5
        assert table.school_id not in (None, gone)
        assert "学校（119）" in reader.text

    pilot(make_app(collector), script)


def test_a_click_on_a_title_sorts_and_another_one_turns_the_order(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        table = reader.app.overview.table
        place = next(item for item in table.placed if item.column.id == "score")
        scores = sorted(row.score for row in collector.county.rows if row.score is not None)
        await reader.pilot.click(SchoolTable, offset=(2 + place.start, 0))
        await reader.settle()
        assert _column(reader, "score")[0].startswith(f"{scores[0]:.1f}")
        assert "得分 ▲" in reader.text
        await reader.pilot.click(SchoolTable, offset=(2 + place.start, 0))
        await reader.settle()
        assert _column(reader, "score")[0].startswith(f"{scores[-1]:.1f}")
        assert "得分 ▼" in reader.text

    pilot(make_app(collector), script)


def test_numbers_sort_as_numbers_and_schools_without_one_come_last_both_ways(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        schools = reader.app.overview.schools
        for _ in range(2):
            reader.app.overview.on_header_chosen(_header("download"))
            values = [row.download_mbit_s for line in range(120) if (row := schools.row(line))]
            known = [value for value in values if value is not None]
            assert known == sorted(known, reverse=schools.sort.descending)
            assert values[len(known) :] == [None] * (120 - len(known))
            assert len(known) < 120

    pilot(make_app(collector), script)


def _header(column: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from tui.messages import HeaderChosen

    return HeaderChosen("schools", column)


def test_the_sort_can_be_chosen_from_a_list(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("s", "home", "enter")
        assert reader.app.overview.schools.sort.column == "name"
        assert "排序：学校 ▲" in reader.text

    pilot(make_app(collector), script)


def test_a_click_moves_the_cursor_and_a_second_one_opens_the_school(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.pilot.click(SchoolTable, offset=(5, 4))
        await reader.settle()
        assert reader.app.overview.table.cursor == 3
        row = reader.app.overview.schools.row(3)
        assert row is not None
        await reader.pilot.click(SchoolTable, offset=(5, 4))
        await reader.settle()
        assert row.name in reader.lines[0]

    pilot(make_app(collector), script)


def test_the_wheel_scrolls_the_list(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        from textual import events

        table = reader.app.overview.table
        region = table.region
        event = events.MouseScrollDown(
            table, region.x + 2, region.y + 2, 0, 1, 0, False, False, False, region.x + 2, region.y + 2
        )
        reader.app.screen._forward_event(event)
        await reader.settle()
        assert table.scroll_offset.y > 0
        assert table.cursor == 0

    pilot(make_app(collector), script)


def test_page_home_and_end_keys_go_where_they_say(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        table = reader.app.overview.table
        await reader.press("pagedown")
        assert table.cursor == table.size.height - 2
        await reader.press("end")
        assert table.cursor == 119
        await reader.press("down")
        assert table.cursor == 119
        await reader.press("g")
        assert (table.cursor, table.scroll_offset.y) == (0, 0)

    pilot(make_app(collector), script)


def test_keys_go_into_the_filter_line_while_it_has_the_focus(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("slash")
        await reader.type("qrs")
        assert reader.app.overview.query_one("#filter", Input).value == "qrs"
        await reader.press("down")
        assert isinstance(reader.app.focused, SchoolTable)

    pilot(make_app(collector), script)


def test_columns_go_one_by_one_as_the_terminal_narrows_and_the_caption_says_so(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        for cells in (240, 160, 120, 100, 80, 60, 40):
            await reader.pilot.resize_terminal(cells, 30)
            await reader.settle()
            table = reader.app.overview.table
            shown = [item.column.id for item in table.placed]
            assert {"name", "verdict"} <= set(shown)
            assert all(width(line) == cells for line in reader.lines)
            assert (f"另有 {11 - len(shown)} 列" in reader.text) or cells < 100 or len(shown) == 11
            last = table.placed[-1]
            assert 2 + last.start + last.width <= cells

    pilot(make_app(collector), script, size=(200, 30))


def test_all_columns_are_there_at_200_cells(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        assert reader.app.overview.table.hidden_columns == 0
        for title in ("学校", "区县", "类型", "结论", "得分", "覆盖率", "下行", "IPv6", "设备", "最大差距", "最近上报"):
            assert title in reader.text

    pilot(make_app(collector), script, size=(200, 50))


def test_a_collector_without_schools_says_so(collector: Collector) -> None:
    collector.county.rows = []

    async def script(reader: Reader) -> None:
        assert "平台上还没有学校" in reader.text
        await reader.press("down", "end", "enter", "pagedown")

    pilot(make_app(collector), script)


def test_the_help_lists_every_key_that_the_footer_shows(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        footer = reader.lines[-1].split()
        await reader.press("question_mark")
        for word in footer[1::2]:
            assert word in reader.text
        await reader.press("escape")
        assert "按键" not in reader.text

    pilot(make_app(collector), script, size=(100, 60))


def test_ctrl_c_does_not_end_the_program_and_q_does(collector: Collector) -> None:
    app = make_app(collector)

    async def script(reader: Reader) -> None:
        await reader.press("ctrl+c")
        assert app.is_running
        assert "按 q 退出" in reader.text
        await reader.pilot.press("q")
        assert not app._running or app._exit

    pilot(app, script)
