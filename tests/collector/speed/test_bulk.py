"""The bulk routes over real sockets: they end with their client, and keep their limits."""

import http.client
import socket
import struct
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from collector.speed.session import Session
from collector.speed.sessions import SpeedSessions
from collector.speed.settings import SpeedSettings
from contract.api import Problem, SpeedCount, SpeedSession
from contract.wire import decode
from tests.checks.bandwidth.server import TOKEN, serving

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
Served = tuple[str, SpeedSessions]


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(SpeedSettings(max_megabytes=50, max_seconds=5)) as made:
        yield made


def ask(url: str, method: str, path: str, body: bytes | None = None) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, path, body, HEADERS)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def opened(served: Served) -> Session:
    return served[1].open("school-1", "agent-1")


def dial(url: str, request: str) -> socket.socket:
    parts = urlsplit(url)
    made = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10)
    made.sendall(f"{request}\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
    return made


def test_a_session_tells_its_limits_and_the_callers_address(served: Served) -> None:
    answer, body = ask(served[0], "POST", "/v1/speed/sessions")
    granted = decode(body, SpeedSession)
    assert answer.status == 201
    assert (granted.max_bytes, granted.max_seconds, granted.peer_address) == (50_000_000, 5.0, "127.0.0.1")


def test_a_busy_school_is_told_when_to_come_back(served: Served) -> None:
    served[1].open("school-1", "another-machine")
    answer, body = ask(served[0], "POST", "/v1/speed/sessions")
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert decode(body, Problem).code == "problem.speed_school_busy"


def test_download_stops_at_the_limit(served: Served) -> None:
    session = opened(served)
    answer, body = ask(served[0], "GET", f"/v1/speed/down/{session.name}")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(body) == 50_000_000
    again, problem = ask(served[0], "GET", f"/v1/speed/down/{session.name}")
    assert again.status == 409
    assert decode(problem, Problem).code == "problem.speed_used_up"


def test_upload_is_counted_and_sampled(served: Served) -> None:
    session = opened(served)
    assert ask(served[0], "POST", f"/v1/speed/up/{session.name}", b"x" * 3_000_000)[0].status == 200
    count = decode(ask(served[0], "GET", f"/v1/speed/sessions/{session.name}")[1], SpeedCount)
    assert count.received_bytes == 3_000_000
    assert count.samples[-1][1] == 3_000_000


def test_a_given_back_session_is_gone(served: Served) -> None:
    session = opened(served)
    assert ask(served[0], "DELETE", f"/v1/speed/sessions/{session.name}")[0].status == 204
    for method, path in (("GET", "sessions"), ("GET", "down"), ("POST", "up"), ("DELETE", "sessions")):
        assert ask(served[0], method, f"/v1/speed/{path}/{session.name}")[0].status == 404


def test_another_schools_session_is_not_found(served: Served) -> None:
    session = served[1].open("school-2", "agent-9")
    assert ask(served[0], "GET", f"/v1/speed/down/{session.name}")[0].status == 404


def test_clients_that_leave_in_the_middle_of_a_download_leave_no_sender_behind(served: Served) -> None:
    session = opened(served)
    for _ in range(20):
        with dial(served[0], f"GET /v1/speed/down/{session.name} HTTP/1.1") as client:
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert ask(served[0], "GET", "/v1/speed/ping")[0].status == 204
    settled_at = still(served[0], session)
    before = time.process_time()
    assert ask(served[0], "GET", "/v1/speed/ping")[0].status == 204
    assert time.process_time() - before < 1
    assert session.sent.bytes == settled_at


def still(url: str, session: Session) -> int:
    """Bytes sent once two looks in a row, a request apart, agree."""
    limit = time.monotonic() + 10
    seen = -1
    while session.sent.bytes != seen:
        assert time.monotonic() < limit
        seen = session.sent.bytes
        assert ask(url, "GET", "/v1/speed/ping")[0].status == 204
    return seen


def test_a_client_that_leaves_in_the_middle_of_an_upload_costs_nothing(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    session = opened(served)
    with dial(served[0], f"POST /v1/speed/up/{session.name} HTTP/1.1\r\nContent-Length: 1000000000") as client:
        client.sendall(b"x" * 100_000)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert ask(served[0], "GET", "/v1/speed/ping")[0].status == 204
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_client_that_reads_nothing_is_dropped_at_the_time_limit() -> None:
    with serving(SpeedSettings(max_megabytes=500, max_seconds=1)) as (url, sessions):
        session = sessions.open("school-1", "agent-1")
        with dial(url, f"GET /v1/speed/down/{session.name} HTTP/1.1") as client:
            assert client.recv(100)
            while session.seconds_left(session.sent, time.monotonic()):
                assert ask(url, "GET", "/v1/speed/ping")[0].status == 204
            waiting = 0
            while data := client.recv(1 << 20):
                waiting += len(data)
            assert waiting < 500_000_000


def test_the_ping_answers_without_a_body_and_keeps_the_connection(served: Served) -> None:
    parts = urlsplit(served[0])
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    for _ in range(3):
        connection.request("GET", "/v1/speed/ping", headers=HEADERS)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
    connection.close()


def test_a_caller_without_a_token_is_turned_away(served: Served) -> None:
    parts = urlsplit(served[0])
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("POST", "/v1/speed/sessions")
    assert connection.getresponse().status == 401
    connection.close()
