"""Probes against real servers on loopback, and the outer deadline."""

import asyncio
import random
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from checks.ipv6.evidence import Evidence, Eyeballs, Name, Probe, SeenName, SeenTarget
from checks.ipv6.http import Web
from checks.ipv6.names import probe_name
from checks.ipv6.probes import probe_eyeballs, probe_gateway
from checks.ipv6.probing import Portal, Probing, priced
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


def probing(port: int, web: Web | None, *, limit_s: float = 5.0, portals: tuple[Portal, ...] = ()) -> Evidence:
    """What one target on ::1 shows; nothing is listened for."""
    opened = Probe.OPEN if web else None
    target = SeenTarget(name="t", address="::1", port=port, operator="a", http=opened, large=opened, clamped=opened)
    made = Probing(
        seen=Evidence(enabled=True, links_up=1, targets=[target]),
        webs=[web],
        interfaces=[],
        route_interface=None,
        neighbours=list,
        clock=time.monotonic,
        rng=random.Random(1),
        portals=list(portals),
    )
    return made.run(limit_s)


@needs_ipv6
def test_tcp_and_http_pass_whatever_the_page_says(server: Server) -> None:
    found = probing(server.server_address[1], Web("::1", "/", None)).targets[0]
    assert (found.tcp, found.http, found.large, found.clamped, found.problem) == (*(Probe.PASSED,) * 4, None)
    assert found.connect_ms is not None
    assert found.source == "::1"


@needs_ipv6
def test_without_http_only_tcp_is_tried(server: Server) -> None:
    found = probing(server.server_address[1], None).targets[0]
    assert (found.tcp, found.http, found.large) == (Probe.PASSED, None, None)


@needs_ipv6
@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n", b"", b"x" * 100_000])
def test_what_is_no_http_is_rejected(server: Server, answer: bytes) -> None:
    server.answer = answer
    found = probing(server.server_address[1], Web("::1", "/", None)).targets[0]
    assert (found.tcp, found.http) == (Probe.PASSED, Probe.REJECTED)


@needs_ipv6
def test_the_collector_is_believed_about_the_address_it_saw(server: Server) -> None:
    body = b'{"address":"2400:da00:9::1"}'
    server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    found = probing(server.server_address[1], Web("::1", "/v1/witness", None, token="t")).targets[0]
    assert (found.witnessed, found.portal) == ("2400:da00:9::1", False)


PAGES = {
    b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n": True,
    b"HTTP/1.1 511 Network Authentication Required\r\nContent-Length: 0\r\n\r\n": True,
    b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>": True,
    b"HTTP/1.1 301 Moved\r\nLocation: https://collector.example/healthz\r\nContent-Length: 0\r\n\r\n": False,
    b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}': False,
    b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n": False,
}


@needs_ipv6
@pytest.mark.parametrize("page", PAGES)
def test_only_a_strangers_answer_is_a_login_page(server: Server, page: bytes) -> None:
    server.answer = page
    port = server.server_address[1]
    assert probing(port, None, portals=(Portal("::1", port, "collector.example"),)).portal is PAGES[page]


@needs_ipv6
def test_a_closed_port_is_a_rejection() -> None:
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        found = probing(taken.getsockname()[1], None).targets[0]
    assert found.tcp is Probe.REJECTED
    assert found.problem


@needs_ipv6
def test_the_outer_deadline_cuts_and_keeps_what_was_found() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as mute:  # takes connections, never answers
        found = probing(mute.getsockname()[1], Web("::1", "/", None), limit_s=0.3).targets[0]
    assert (found.tcp, found.http, found.large) == (Probe.PASSED, Probe.OPEN, Probe.OPEN)


@needs_ipv6
@pytest.mark.parametrize(("v6_first", "family"), [(True, 6), (False, 4)])
def test_the_family_that_goes_first_wins_where_both_work(v6_first: bool, family: int) -> None:
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
        socket.create_server(("127.0.0.1", six.getsockname()[1])),
    ):
        target = SeenTarget(name="t", address="::1", address4="127.0.0.1", port=six.getsockname()[1], operator="a")
        found = asyncio.run(probe_eyeballs(target, time.monotonic, v6_first=v6_first))
    assert found is not None
    assert found.family == family


def test_a_family_that_fails_at_once_costs_no_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as four:
        target = SeenTarget(name="t", address="2001:db8::1", address4="127.0.0.1", port=four.getsockname()[1], operator="a")
        found = asyncio.run(probe_eyeballs(target, time.monotonic, v6_first=True))
    assert found is not None
    assert found.family == 4


def test_the_price_is_what_comes_on_top_of_ipv4() -> None:
    target = SeenTarget(name="t", address="::1", port=80, operator="a", connect4_ms=11.0)
    assert priced(Eyeballs(family=4, ms=262.0), target).penalty_ms == 251.0
    assert priced(Eyeballs(family=6, ms=10.0), target).penalty_ms == 0.0


def gateway(*tables: list[Neighbour], asked: bool) -> Probe:
    """The probe with a table that changes at each look; the last one stays."""
    looks = iter(tables)
    current: list[Neighbour] = []

    def read() -> list[Neighbour]:
        nonlocal current
        current = next(looks, current)
        return current

    return asyncio.run(probe_gateway("fe80::1", "eth0", read, asked=asked))


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
    found = asyncio.run(probe_name(SeenName(name="www.example"), [], random.Random(1)))
    assert found.result is Name.SILENT
