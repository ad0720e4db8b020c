"""The browser view: whom it answers, and what it loads."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from locales.texts import Texts
from tui.web.server import Board, Limits

Visit = Callable[[aiohttp.ClientSession, str, Board], Awaitable[None]]
SLEEPER = "head -c 1 > /dev/null"
"""A session that ends at the first byte it is sent, as ours does at the word to quit."""


def _visit(visit: Visit, sessions: int = 2) -> None:
    async def go() -> None:
        board = Board(SLEEPER, "127.0.0.1", 0, Limits(["http://placeholder"], sessions), Texts("zh_CN"))
        runner = await board.start()
        port = runner.addresses[0][1]
        board._limits = Limits([f"http://127.0.0.1:{port}"], sessions)
        try:
            async with aiohttp.ClientSession() as client:
                await visit(client, f"127.0.0.1:{port}", board)
        finally:
            await runner.cleanup()

    asyncio.run(go())


def test_the_page_loads_nothing_from_elsewhere() -> None:
    async def visit(client: aiohttp.ClientSession, host: str, _: Board) -> None:
        async with client.get(f"http://{host}/?fontsize=9999") as answer:
            page = await answer.text()
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert set(re.findall(r"(?:https?|wss?)://[^\"'/]+", page)) == {f"ws://{host}"}
        assert 'data-font-size="16"' in page
        for path in re.findall(r'(?:src|href)="(static/[^"]+)"|url\("(static/[^"]+)"\)', page):
            async with client.get(f"http://{host}/{''.join(path)}") as part:
                assert part.status == 200, path

    _visit(visit)


@pytest.mark.parametrize("path", ["/", "/static/js/textual.js", "/ws"])
def test_a_foreign_name_is_refused(path: str) -> None:
    async def visit(client: aiohttp.ClientSession, host: str, _: Board) -> None:
        async with client.get(f"http://{host}{path}", headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403

    _visit(visit)


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {}])
def test_a_socket_from_a_foreign_page_is_refused(headers: dict[str, str]) -> None:
    async def visit(client: aiohttp.ClientSession, host: str, board: Board) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await client.ws_connect(f"http://{host}/ws", headers=headers)
        assert caught.value.status == 403
        assert board.open_sessions == 0

    _visit(visit)


def test_one_session_more_than_allowed_is_refused_and_an_ended_one_makes_room() -> None:
    async def visit(client: aiohttp.ClientSession, host: str, board: Board) -> None:
        page = {"Origin": f"http://{host}"}
        first = await client.ws_connect(f"http://{host}/ws", headers=page)
        second = await client.ws_connect(f"http://{host}/ws", headers=page)
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await client.ws_connect(f"http://{host}/ws", headers=page)
        assert caught.value.status == 503
        await first.close()
        await second.close()
        assert board.open_sessions <= 2

    _visit(visit)
