"""``campus-collector serve``."""

import argparse
import logging
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn

from checks.bandwidth import congestion
from collector.app import create_app
from collector.commands.desk import Desk, subcommand
from collector.errors import SettingsError
from collector.speed.receipts import KEY_FILE, Key
from contract.exit_code import ExitCode
from locales.texts import Texts

SWITCH_S = 0.0005
"""
How long the writer or a scoring may keep the interpreter while a request waits for it.

Python's 5 ms are paid at each system call of the event loop: with scoring under way it took in 124 reports a second.
"""
GRACE_S = 30
"""How long requests in progress may take after SIGTERM; a report takes milliseconds, a bandwidth test up to 20 s."""


def add(group: Any, texts: Texts) -> None:
    """Declare the command."""
    parser = subcommand(group, texts, "serve", "serve", serve)
    parser.add_argument("--host", help=texts("collector.serve.host"))
    parser.add_argument("--port", type=int, help=texts("collector.serve.port"))
    parser.add_argument("--port-file", type=Path, metavar="FILE", help=texts("collector.serve.port_file"))


def serve(desk: Desk, arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; what was accepted by then is written before the end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    host = arguments.host or desk.config.host
    port = desk.config.port if arguments.port is None else arguments.port
    with desk.store() as store, _listen(host, port) as listener:
        app = create_app(desk.config, store, desk.clock)
        app.state.receipt_key = Key.of_file(desk.folder / KEY_FILE)
        congestion.choose(listener, congestion.STEADY)  # what a socket accepts inherits it
        port = listener.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="on",
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        _end_on_signals(server)
        sys.setswitchinterval(SWITCH_S)
        # The socket listens already: who connects from here on is answered as soon as the application is up.
        print(f"listening http://{_shown(host)}:{port}", file=desk.out, flush=True)
        if arguments.port_file is not None:
            _put(arguments.port_file, port)
        server.run([listener])
    return int(ExitCode.DONE if server.started else ExitCode.CRASHED)


def _end_on_signals(server: uvicorn.Server) -> None:
    """
    SIGTERM and SIGINT end the server and nothing else.

    uvicorn answers them by itself while it runs, and raises them again at its end; the default action would then kill this
    process before the store has been closed.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048, dualstack_ipv6=host == "::")
    except (OSError, OverflowError) as error:
        raise SettingsError("collector.serve.cannot_listen", host=host, port=port, problem=str(error)) from error


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _put(path: Path, port: int) -> None:
    """Whole or not at all: whoever waits for the file reads a number."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(f"{port}\n")
    fresh.replace(path)
