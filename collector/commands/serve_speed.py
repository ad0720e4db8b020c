"""``campus-collector serve-speed``."""

import argparse
import logging
import signal
import socket
import ssl
import threading
from typing import Any

from collector.commands.desk import Desk, subcommand
from collector.errors import SettingsError
from collector.identity.principal import Role
from collector.identity.token import scope_of, token_digest
from collector.slots.gate import gate_of
from collector.speed.fast import FastServer
from collector.speed.receipts import KEY_FILE, Key
from collector.speed.routes import Routes
from collector.speed.sessions import SpeedSessions
from collector.store.store import Store
from contract.exit_code import ExitCode
from locales.texts import Texts


def add(group: Any, texts: Texts) -> None:
    """Declare the command."""
    parser = subcommand(group, texts, "serve-speed", "serve_speed", serve_speed)
    parser.add_argument("--host", default="::", help=texts("collector.serve_speed.host"))
    parser.add_argument("--port", type=int, default=8081, help=texts("collector.serve_speed.port"))
    parser.add_argument("--certificate", metavar="FILE", help=texts("collector.serve_speed.certificate"))
    parser.add_argument("--certificate-key", metavar="FILE", help=texts("collector.serve_speed.certificate_key"))


def serve_speed(desk: Desk, arguments: argparse.Namespace) -> int:
    """Serve speed tests until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    tls = _tls(arguments.certificate, arguments.certificate_key)
    with desk.store() as store, _listen(arguments.host, arguments.port) as listener:
        sessions = SpeedSessions(desk.config.speed, desk.clock.monotonic)
        key = Key.of_file(desk.folder / KEY_FILE)
        routes = Routes(
            sessions,
            lambda token: _owner(store, desk, token),
            desk.clock.now,
            key,
            gate_of(desk.config, store, desk.clock.now),
        )
        server = FastServer(listener, routes, desk.clock.monotonic, tls)
        for number in (signal.SIGTERM, signal.SIGINT):
            # From a thread of its own: the handler runs in the middle of accept().
            signal.signal(number, lambda *_: threading.Thread(target=server.stop).start())
        scheme = "https" if tls else "http"
        print(f"listening {scheme}://{arguments.host}:{listener.getsockname()[1]}", file=desk.out, flush=True)
        server.serve()
    return int(ExitCode.DONE)


def _owner(store: Store, desk: Desk, token: str) -> tuple[str, str] | None:
    """School and agent of a valid agent's token."""
    found = store.token(scope_of(token), token_digest(token)) if token else None
    if found is None or found.revoked_at is not None or found.role != Role.AGENT:
        return None
    if found.expires_at is not None and found.expires_at <= desk.clock.now():
        return None
    return (found.school_id, found.agent_id) if found.school_id and found.agent_id else None


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=host == "::")
    except (OSError, OverflowError) as error:
        raise SettingsError("collector.serve.cannot_listen", host=host, port=port, problem=str(error)) from error


def _tls(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise SettingsError("collector.serve_speed.no_certificate", path=certificate, problem=str(error)) from error
    return context
