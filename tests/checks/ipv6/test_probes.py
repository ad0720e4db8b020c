"""Probes against real servers on loopback, and the outer deadline."""

import asyncio
import random
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from checks.ipv6.ladder import Probe, SeenTarget
from checks.ipv6.probes import Web, probe_gateway, probe_name, probe_target, run_all
from checks.network.neighbours import Neighbour, Standing


def no_ipv6() -> str | None:
    """Why loopback IPv6 cannot be used here."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return None
    except OSError as error:
        return f"no IPv6 on loopback: {error}"


needs_ipv6 = pytest.mark.skipif(no_ipv6() is not None, reason=str(no_ipv6()))


class Server(ThreadingHTTPServer):
    """HTTP on ::1; ``answer`` is what it writes, None for the usual page."""

    address_family = socket.AF_INET6
    answer: bytes | None = None


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        if self.server.answer is not None:
            self.wfile.write(self.server.answer)
            return
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("::1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(port: int, web: Web | None) -> SeenTarget:
    target = SeenTarget(name="t", address="::1", port=port, operator="a", http=Probe.OPEN if web else None)
    found: SeenTarget = run_all({"t": probe_target(target, web, time.monotonic)}, 5)["t"]
    return found


@needs_ipv6
def test_tcp_and_http_pass_whatever_the_page_says(server: Server) -> None:
    found = ask(server.server_address[1], Web("::1", "/healthz", None))
    assert (found.tcp, found.http, found.problem) == (Probe.PASSED, Probe.PASSED, None)
    assert found.connect_ms is not None


@needs_ipv6
def test_without_http_only_tcp_is_tried(server: Server) -> None:
    found = ask(server.server_address[1], None)
    assert (found.tcp, found.http) == (Probe.PASSED, None)


@needs_ipv6
@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n", b"", b"x" * 100_000])
def test_what_is_no_http_is_rejected(server: Server, answer: bytes) -> None:
    server.answer = answer
    found = ask(server.server_address[1], Web("::1", "/", None))
    assert (found.tcp, found.http) == (Probe.PASSED, Probe.REJECTED)


@needs_ipv6
def test_a_closed_port_is_a_rejection() -> None:
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        found = ask(taken.getsockname()[1], None)
    assert found.tcp is Probe.REJECTED
    assert found.problem


def test_the_outer_deadline_holds_and_leaves_out_what_it_cut() -> None:
    stopped = threading.Event()

    async def hanging() -> str:
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.set()
        return "never"

    async def quick() -> str:
        return "done"

    assert run_all({"hanging": hanging(), "quick": quick()}, 0.05) == {"quick": "done"}
    assert stopped.is_set()


def test_nothing_to_ask_gives_nothing() -> None:
    assert run_all({}, 1) == {}


def gateway(*tables: list[Neighbour], asked: bool) -> Probe:
    """The probe with a table that changes at each look; the last one stays."""
    looks = iter(tables)
    current: list[Neighbour] = []

    def read() -> list[Neighbour]:
        nonlocal current
        current = next(looks, current)
        return current

    found: Probe = run_all({"g": probe_gateway("fe80::1", "eth0", read, asked=asked)}, 5)["g"]
    return found


KNOWN = Neighbour("fe80::1", "00:16:3e:00:00:01", "eth0", Standing.STALE)
ELSEWHERE = Neighbour("fe80::1", "00:16:3e:00:00:01", "eth1", Standing.CONFIRMED)
FAILED = Neighbour("fe80::1", None, "eth0", Standing.FAILED)


def test_a_gateway_in_the_table_is_alive() -> None:
    assert gateway([KNOWN], asked=False) is Probe.PASSED


def test_a_gateway_that_answers_later_is_alive() -> None:
    assert gateway([FAILED], [FAILED], [KNOWN], asked=True) is Probe.PASSED


@pytest.mark.parametrize("table", [[], [FAILED], [ELSEWHERE]])
def test_a_gateway_that_nobody_asked_is_not_silent_but_open(table: list[Neighbour]) -> None:
    assert gateway(table, asked=False) is Probe.OPEN


def test_names_without_a_server_are_silent() -> None:
    assert run_all({"n": probe_name("www.example", [], random.Random(1))}, 5)["n"].result.value == "silent"
