"""
The dashboard in a browser, on textual-serve, with what that one leaves out (measured for 1.1.3).

Its stock page waits for a font from a foreign host (blank for more than 25 s where that host is silent); it takes a socket
from any page (``Origin``) under any name (``Host``), and starts a process of 26 MB for each without a limit. There is no
login here either: beyond loopback it belongs behind a proxy that has one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
from aiohttp import web
from textual_serve.server import Server, to_int

from locales.texts import Texts

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FONT_SIZES = range(8, 41)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self' {websocket}; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "font-src 'self' data:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """``origins`` such as ``https://board.example``: pages that may open a session, and names it answers to."""

    origins: Collection[str]
    sessions: int = 20

    @property
    def hosts(self) -> set[str]:
        """The same as they stand in ``Host``."""
        return {urlsplit(origin).netloc for origin in self.origins}


class Board(Server):
    """``command`` is run through a shell for each session: a constant of ours, never anything from a request."""

    def __init__(self, command: str, host: str, port: int, limits: Limits, texts: Texts) -> None:
        super().__init__(command, host=host, port=port, title=texts("tui.title"))
        self.templates_path = Path(__file__).parent / "templates"
        self._limits = limits
        self._texts = texts
        self._open = 0

    @property
    def open_sessions(self) -> int:
        """Sessions now."""
        return self._open

    async def start(self) -> web.AppRunner:
        """Listen; :meth:`aiohttp.web.AppRunner.cleanup` ends it. Raise :class:`OSError` when the address is taken."""
        runner = web.AppRunner(await self._make_app())
        await runner.setup()
        await web.TCPSite(runner, self.host, self.port).start()
        return runner

    async def on_startup(self, app: web.Application) -> None:
        """Textual-serve prints its name here; the command says where to look instead."""

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])

        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(self.templates_path), autoescape=True)
        app.add_routes(
            [
                web.get("/", self.page, name="index"),
                web.get("/ws", self.session, name="websocket"),
                web.get("/download/{key}", self.handle_download, name="download"),
                web.static("/static", self.statics_path, show_index=False, name="static"),
            ]
        )
        return app

    async def page(self, request: web.Request) -> web.Response:
        """The page; every address in it is our own."""
        words = self._texts
        size = to_int(request.query.get("fontsize", "16"), 16)
        values = {
            "language": words.language.replace("_", "-"),
            "title": words("tui.title"),
            "opening": words("tui.web.start"),
            "ended": words("tui.web.ended"),
            "again": words("tui.web.again"),
            "font_size": size if size in FONT_SIZES else 16,
            "websocket": f"{self._websocket(request)}/ws",
        }
        return aiohttp_jinja2.render_template("app_index.html", request, values)

    async def session(self, request: web.Request) -> web.StreamResponse:
        """One process for as long as the window is open."""
        if request.headers.get("Origin") not in self._limits.origins:
            return web.Response(status=403, text=self._texts("tui.web.refused"))
        if self._open >= self._limits.sessions:
            return web.Response(status=503, text=self._texts("tui.web.full"), headers={"Retry-After": "60"})
        self._open += 1
        try:
            return await self.handle_websocket(request)
        finally:
            self._open -= 1

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A foreign name (DNS rebinding) is refused before anything else is looked at."""
        if request.host not in self._limits.hosts:
            return web.Response(status=403, text=self._texts("tui.web.refused"))
        answer = await handler(request)
        if not answer.prepared:
            for name, value in _HEADERS.items():
                answer.headers.setdefault(name, value.format(websocket=self._websocket(request)))
        return answer

    def _websocket(self, request: web.Request) -> str:
        """``wss`` when the page itself came over TLS: said by the allowed origin, not by a header."""
        secure = f"https://{request.host}" in self._limits.origins
        return f"{'wss' if secure else 'ws'}://{request.host}"


async def run(board: Board, said: Callable[[], None]) -> None:
    """Until it is interrupted; ``said`` is called once it listens."""
    runner = await board.start()
    said()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
