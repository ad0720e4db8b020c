"""The screens as they were looked at and found good. `pytest --snapshot-update` after looking again."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.county import County
from tests.tui.piloting import Reader, make_app
from tests.tui.server import Collector, serving
from tui.app import CampusApp


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serving(County(36)) as made:
        yield made


@pytest.mark.parametrize(
    ("lang", "size", "keys"),
    [
        ("zh_CN", (100, 30), ()),
        ("en", (200, 50), ()),
        ("en", (100, 30), ("enter",)),
        ("zh_CN", (200, 50), ("enter", "down")),
        ("zh_CN", (80, 24), ("question_mark",)),
    ],
    ids=["overview-zh-100", "overview-en-200", "school-en-100", "school-zh-200", "help-zh-80"],
)
def test_the_screen_looks_as_it_was_approved(
    collector: Collector,
    snap_compare: Callable[..., bool],
    lang: str,
    size: tuple[int, int],
    keys: tuple[str, ...],
) -> None:
    app: CampusApp = make_app(collector, lang)

    async def walk(running: Pilot[Any]) -> None:
        reader = Reader(app, running)
        await reader.settle()
        await reader.press(*keys)

    assert snap_compare(app, terminal_size=size, run_before=walk)


def test_the_same_county_is_drawn_alike_twice(collector: Collector) -> None:
    async def shot() -> str:
        app = make_app(collector)
        async with app.run_test(size=(100, 30)) as running:
            await Reader(app, running).settle()
            return "\n".join(strip.text for strip in app.screen._compositor.render_strips())

    assert asyncio.run(shot()) == asyncio.run(shot())
