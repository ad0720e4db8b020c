"""A collector that is away, slow, strange or unwilling: named on the screen, with what to do; and back again."""

from collections.abc import Iterator

import pytest

from tests.tui.county import County
from tests.tui.piloting import Reader, make_app, pilot
from tests.tui.server import Collector, serving


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serving(County(30)) as made:
        yield made


@pytest.mark.parametrize(
    ("trouble", "sentence", "todo"),
    [
        (401, "平台不接受这个令牌", "要新的查看令牌"),
        (403, "这个令牌没有查看权限", "查看（viewer）令牌"),
        (404, "平台上没有这一项", "Esc 返回"),
        (429, "平台正忙", "稍后按 r 重试"),
        (500, "平台应答 500", "平台日志"),
        (503, "平台正忙", "稍后按 r 重试"),
        (302, "平台应答 302", "平台日志"),
        ("problem", "平台应答 422：查询参数 limit 有误；应为：1 – 500", "平台日志"),
        ("garbage", "看不懂平台的应答", "版本一致"),
        ("strange", "看不懂平台的应答", "版本一致"),
    ],
)
def test_it_names_the_fault_and_recovers(collector: Collector, trouble: int | str, sentence: str, todo: str) -> None:
    collector.trouble = trouble

    async def script(reader: Reader) -> None:
        assert sentence in reader.text.replace("\n", "")
        assert todo in "".join(line.strip() for line in reader.lines)
        assert "未取得数据" in reader.lines[0]
        collector.trouble = None
        await reader.press("r")
        assert sentence not in reader.text
        assert "学校（30）" in reader.text
        assert "数据截至" in reader.lines[0]

    pilot(make_app(collector), script)


def test_a_collector_that_goes_away_leaves_the_last_figures_and_their_time(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("down", "down")
        here = reader.app.overview.table.school_id
        collector.trouble = 500
        await reader.press("r")
        assert "连接有问题，显示的是 2026-11-20 09:30 +0800 的数据" in reader.lines[0]
        assert "学校（30）" in reader.text
        assert reader.app.overview.table.school_id == here
        collector.trouble = None
        await reader.press("r")
        assert "数据截至" in reader.lines[0]
        assert reader.app.overview.table.school_id == here

    pilot(make_app(collector), script)


def test_a_collector_that_is_not_there_is_named_with_its_address() -> None:
    with serving(County(3)) as gone:
        app = make_app(gone)
        address = gone.url

    async def script(reader: Reader) -> None:
        assert f"连接不上平台 {address}" in reader.text
        await reader.press("slash", "a", "escape", "enter", "s", "escape", "question_mark", "escape", "r")
        assert f"连接不上平台 {address}" in reader.text

    pilot(app, script)


def test_a_collector_that_never_answers_is_named_and_holds_no_key(collector: Collector) -> None:
    collector.trouble = "silence"

    async def script(reader: Reader) -> None:
        assert "秒内没有应答" in reader.text

    pilot(make_app(collector, timeout_s=0.2), script)


def test_the_program_ends_while_a_question_is_still_open(collector: Collector) -> None:
    collector.trouble = "silence"
    app = make_app(collector, timeout_s=30.0)

    async def go() -> None:
        async with app.run_test() as running:
            assert app.fetcher.busy("schools")
            await running.press("q")

    import asyncio

    asyncio.run(go())
    assert app.fetcher.busy("schools")


def test_an_attempt_that_broke_off_half_way_is_replaced_by_the_next(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        assert reader.app.overview.schools.shown == 10
        assert "正在读取，已到 10 / 30" in reader.text
        collector.broken_after = None
        await reader.press("r")
        assert reader.app.overview.schools.shown == 30
        assert [reader.app.overview.schools.index(row.id) is not None for row in collector.county.rows] == [True] * 30

    collector.broken_after = 1
    pilot(make_app(collector, page_size=10), script)


def test_a_wrong_token_is_refused(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        assert "平台不接受这个令牌" in reader.text

    pilot(make_app(collector, token="ca_viewer_other"), script)


def test_a_school_that_is_gone_is_named_on_its_own_screen(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        collector.trouble = 404
        await reader.press("enter")
        assert "平台上没有这一项" in reader.text
        assert "正在读取" not in reader.text
        await reader.press("2", "3", "1", "enter", "right_square_bracket", "escape", "escape")
        assert "学校（30）" in reader.text

    pilot(make_app(collector), script)


def test_a_defect_in_a_fetching_thread_ends_the_program_instead_of_waiting_for_ever(collector: Collector) -> None:
    app = make_app(collector)

    class Broken:
        address = "x"

        def pages(self) -> Iterator[object]:
            raise ZeroDivisionError

        rollup = school = pages

    app.fetcher._client = Broken()  # type: ignore[assignment]

    async def script(reader: Reader) -> None:
        await reader.settle()

    with pytest.raises(ZeroDivisionError):
        pilot(app, script)
