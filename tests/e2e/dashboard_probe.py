"""
Drives the real dashboard against a running collector and prints what stands on its screens, as text.

Run inside a simulated network: ``python -m tests.e2e.dashboard_probe URL TOKEN_FILE SCHOOL``.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from locales.texts import Texts
from tui.app import CampusApp
from tui.client import HttpClient

PATIENCE = 200
"""Turns of the event loop of 50 ms each."""


def screen(app: CampusApp) -> str:
    """The lines on the terminal, as a person would read them."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    assert len(strips) <= height
    return "\n".join("".join(segment.text for segment in strip)[:width].rstrip() for strip in strips)


async def shown(pilot: Pilot[None], text: str) -> str:
    """Wait until ``text`` is on the screen; return the screen."""
    assert isinstance(pilot.app, CampusApp)
    for _ in range(PATIENCE):
        await pilot.pause(0.05)
        if text in (page := screen(pilot.app)):
            return page
    message = f"{text!r} never appeared:\n{screen(pilot.app)}"
    raise AssertionError(message)


async def probe(client: HttpClient, school: str) -> None:
    """Overview, then one school."""
    app = CampusApp(client, Texts("zh_CN"), lambda: datetime.now(UTC))
    async with app.run_test(size=(200, 50)) as pilot:
        sys.stdout.write(await shown(pilot, "学校（3）"))
        await pilot.press("slash", *school, "enter")
        await pilot.pause()
        await pilot.press("enter")
        sys.stdout.write("\f" + await shown(pilot, "JZ-7.1.02"))


if __name__ == "__main__":
    asyncio.run(probe(HttpClient(sys.argv[1], Path(sys.argv[2]).read_text().strip()), sys.argv[3]))
