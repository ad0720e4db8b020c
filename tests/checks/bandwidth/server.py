"""
The real speed routes, under uvicorn or from the fast server: in a thread for a test, or as a process of a simulated network.

``python -m tests.checks.bandwidth.server HOST PORT [SETTINGS]`` is the fast server; it prints ``ready`` when it takes
connections.
"""

import asyncio
import datetime as dt
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import msgspec
import uvicorn
from starlette.applications import Starlette

from collector.api.problem import exception_handlers
from collector.api.speed import routes
from collector.identity.token import SECRET_CHARACTERS, scope_of
from collector.speed.fast import FastServer
from collector.speed.receipts import Key
from collector.speed.routes import Routes
from collector.speed.sessions import SpeedSessions
from collector.speed.settings import SpeedSettings

TOKEN = "ca_agent_school-1_" + "0" * SECRET_CHARACTERS


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a server's certificate, which is its own CA, and of its key."""

    file: Path
    key_file: Path


class OneToken:
    """Stands where the collector's database stands: every well-formed token is that of an agent named after its school."""

    embedded = True

    def token(self, scope: str, _digest: str | bytes) -> SimpleNamespace:
        """The row that ``require`` looks at."""
        school, _, agent = scope.partition(".")
        return SimpleNamespace(
            role="agent",
            school_id=school,
            agent_id=agent or "agent-1",
            counties=None,
            revoked_at=None,
            expires_at=None,
            public_key=None,
        )


def application(settings: SpeedSettings) -> Starlette:
    """The speed routes and nothing else."""
    app = Starlette(routes=list(routes), exception_handlers=exception_handlers())
    app.state.speed = SpeedSessions(settings, time.monotonic)
    app.state.store = OneToken()
    app.state.clock = SimpleNamespace(now=lambda: dt.datetime.now(dt.UTC))
    return app


class _Server(uvicorn.Server):
    started_event: threading.Event

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        self.started_event.set()


def _server(app: Starlette, host: str, port: int, certificate: Certificate | None = None) -> _Server:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate.file if certificate else None,
        ssl_keyfile=certificate.key_file if certificate else None,
    )
    server = _Server(config)
    server.started_event = threading.Event()
    return server


def fast(
    settings: SpeedSettings, host: str, port: int, key: Key | None = None
) -> tuple[FastServer, SpeedSessions, socket.socket]:
    """The fast server, not yet serving, its sessions and its socket."""
    sessions = SpeedSessions(settings, time.monotonic)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=host == "::")
    routes = Routes(sessions, _owner, lambda: dt.datetime.now(dt.UTC), key)
    return FastServer(listener, routes, time.monotonic), sessions, listener


def _owner(token: str) -> tuple[str, str] | None:
    school, _, agent = scope_of(token).partition(".")
    return (school, agent or "agent-1") if school else None


@contextmanager
def serving_fast(
    settings: SpeedSettings | None = None, host: str = "127.0.0.1", key: Key | None = None
) -> Iterator[tuple[str, SpeedSessions]]:
    """URL and sessions of the fast server on a free port."""
    server, sessions, listener = fast(settings or SpeedSettings(), host, 0, key)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}", sessions
    finally:
        server.stop()
        thread.join(10)
        listener.close()
        assert not thread.is_alive()


@contextmanager
def serving(
    settings: SpeedSettings | None = None, host: str = "127.0.0.1", certificate: Certificate | None = None
) -> Iterator[tuple[str, SpeedSessions]]:
    """URL and sessions of a server on a free port."""
    app = application(settings or SpeedSettings())
    server = _server(app, host, 0, certificate)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    assert server.started_event.wait(10)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"{'https' if certificate else 'http'}://{'[' + host + ']' if ':' in host else host}:{port}", app.state.speed
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


def main() -> int:
    """Serve until terminated. ``HOST PORT [SETTINGS as JSON] [asgi]``; with the fast server unless told otherwise."""
    host, port, *more = sys.argv[1:]
    settings = msgspec.json.decode(more[0], type=SpeedSettings) if more else SpeedSettings()
    if "asgi" in more:
        server = _server(application(settings), host, int(port))

        def announce() -> None:
            server.started_event.wait()
            _say_ready()

        threading.Thread(target=announce, daemon=True).start()
        asyncio.run(server.serve())
        return 0
    quick, _, _ = fast(settings, host, int(port))
    _say_ready()
    quick.serve()
    return 0


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
