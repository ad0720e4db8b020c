"""Runs the dashboard without a terminal and reads its screen as a person would."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from textual import events
from textual.pilot import Pilot

from locales.texts import Texts
from tests.tui.county import NOW
from tests.tui.server import TOKEN, Collector
from tui.app import CampusApp
from tui.client import HttpClient

Script = Callable[["Reader"], Awaitable[None]]
ZONE = timezone(timedelta(hours=8))


def clock() -> datetime:
    """The same moment always."""
    return NOW.astimezone(ZONE)


def make_app(collector: Collector, lang: str = "zh_CN", **options: Any) -> CampusApp:
    """The app over a real connection to ``collector``."""
    token = options.pop("token", TOKEN)
    page_size = options.pop("page_size", 50)
    timeout_s = options.pop("timeout_s", 5.0)
    client = HttpClient(collector.url, token, page_size=page_size, timeout_s=timeout_s)
    return CampusApp(client, Texts(lang), clock, **options)


class Reader:
    """Keys in, lines out."""

    def __init__(self, app: CampusApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Until no answer is awaited and all is drawn."""
        assert await asyncio.to_thread(self.app.fetcher.settle), "the fetcher did not come to rest"
        await self.pilot.pause()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Keys, and what they set off."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Text, whatever its letters' key names."""
        for letter in text:
            focused = self.app.focused
            assert focused is not None
            focused.post_message(events.Key("unnamed", letter))
            await self.pilot.pause()
        await self.settle()

    @property
    def lines(self) -> list[str]:
        """The screen's lines."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """The screen."""
        return "\n".join(self.lines)


def pilot(app: CampusApp, script: Script, size: tuple[int, int] = (100, 30)) -> None:
    """Run ``script`` against the app."""

    async def go() -> None:
        async with app.run_test(size=size, notifications=True) as running:
            reader = Reader(app, running)
            await reader.settle()
            await script(reader)

    asyncio.run(go())
