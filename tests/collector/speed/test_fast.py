"""The fast server over real sockets: our routes, LibreSpeed's, limits, and clients that leave."""

import contextlib
import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from collector.speed.receipts import Key
from collector.speed.sessions import SpeedSessions
from collector.speed.settings import SpeedSettings
from contract.api import Problem, SignedReceipt, SpeedCount, SpeedRequest, SpeedSession
from contract.wire import decode, encode
from tests.checks.bandwidth.server import TOKEN, serving_fast

KEY = Key(b"k" * 32)
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
Served = tuple[str, SpeedSessions]


@pytest.fixture
def served() -> Iterator[Served]:
    with serving_fast(SpeedSettings(max_megabytes=50, max_seconds=5, line_mbit_s=1000), key=KEY) as made:
        yield made


def ask(url: str, method: str, path: str, body: bytes | None = None, token: bool = True) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, path, body, HEADERS if token else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def opened(url: str, body: bytes = b"") -> SpeedSession:
    status, said = ask(url, "POST", "/v1/speed/sessions", body)
    assert status == 201
    return decode(said, SpeedSession)


def test_a_session_is_counted_both_ways_and_ends_with_a_receipt(served: Served) -> None:
    name = opened(served[0], encode(SpeedRequest(report_id="r-1"))).session
    assert len(ask(served[0], "GET", f"/v1/speed/down/{name}")[1]) == 50_000_000
    assert ask(served[0], "POST", f"/v1/speed/up/{name}", b"x" * 3_000_000)[0] == 200
    count = decode(ask(served[0], "GET", f"/v1/speed/sessions/{name}")[1], SpeedCount)
    assert (count.sent_bytes, count.received_bytes, count.server_mbit_s) == (50_000_000, 3_000_000, 1000.0)
    status, said = ask(served[0], "DELETE", f"/v1/speed/sessions/{name}")
    signed = decode(said, SignedReceipt)
    receipt = KEY.read({"body": signed.body, "signature": signed.signature})
    assert status == 200
    assert receipt is not None
    assert (receipt.school_id, receipt.report_id, receipt.peer) == ("school-1", "r-1", "127.0.0.1")
    assert (receipt.download_bytes, receipt.upload_bytes) == (50_000_000, 3_000_000)


def test_a_used_up_session_and_an_unknown_one_are_refused(served: Served) -> None:
    name = opened(served[0]).session
    ask(served[0], "GET", f"/v1/speed/down/{name}")
    assert ask(served[0], "GET", f"/v1/speed/down/{name}")[0] == 409
    assert ask(served[0], "GET", "/v1/speed/down/nobody")[0] == 404
    assert ask(served[0], "GET", "/v1/speed/sessions/nobody")[0] == 404


def test_a_caller_without_a_token_gets_no_session(served: Served) -> None:
    assert ask(served[0], "POST", "/v1/speed/sessions", token=False)[0] == 401


def test_a_busy_school_is_told_so(served: Served) -> None:
    served[1].open("school-1", "another-machine")
    status, said = ask(served[0], "POST", "/v1/speed/sessions")
    assert status == 429
    assert decode(said, Problem).code == "problem.speed_school_busy"


def test_a_librespeed_client_measures_below_the_sessions_name(served: Served) -> None:
    name = opened(served[0]).session
    place = f"/v1/speed/librespeed/{name}"
    assert ask(served[0], "GET", f"{place}/empty.php")[0] == 204
    assert ask(served[0], "POST", f"{place}/empty.php", b"x" * 1_000_000)[0] == 200
    assert len(ask(served[0], "GET", f"{place}/garbage.php?ckSize=100")[1]) == 50_000_000


def test_an_upload_beyond_the_limit_is_cut_off_at_the_byte(served: Served) -> None:
    name = opened(served[0]).session
    parts = urlsplit(served[0])
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as client:
        client.sendall(f"POST /v1/speed/up/{name} HTTP/1.1\r\nContent-Length: 60000000\r\n\r\n".encode())
        sender = threading.Thread(target=_send, args=(client, 60_000_000))
        sender.start()
        assert client.recv(1000).startswith(b"HTTP/1.1 413")
        sender.join(10)
    session = served[1].find(name)
    assert session is not None
    assert session.received.bytes >= 50_000_000


def _send(client: socket.socket, size: int) -> None:
    try:
        client.sendall(b"x" * size)
    except OSError:  # cut off, as it should be
        return


@pytest.mark.parametrize(
    "nonsense",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/speed/sessions HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
        b"x" * 20_000,
    ],
)
def test_nonsense_ends_its_connection_and_nothing_else(served: Served, nonsense: bytes) -> None:
    parts = urlsplit(served[0])
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as client:
        client.sendall(nonsense)
        with contextlib.suppress(ConnectionResetError):  # closed with bytes of ours unread
            assert client.recv(1000) == b""
    assert ask(served[0], "GET", "/v1/speed/ping")[0] == 204


def test_a_thousand_clients_that_leave_cost_nothing_afterwards() -> None:
    with serving_fast(SpeedSettings(max_megabytes=100_000, max_seconds=60)) as (url, sessions):
        session = sessions.open("school-1", "agent-1")
        parts = urlsplit(url)
        before = threading.active_count()
        for _ in range(1000):
            with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as client:
                client.sendall(f"GET /v1/speed/down/{session.name} HTTP/1.1\r\n\r\n".encode())
                assert client.recv(1000)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        limit = time.monotonic() + 10
        while threading.active_count() > before and time.monotonic() < limit:
            assert ask(url, "GET", "/v1/speed/ping")[0] == 204
        assert threading.active_count() <= before
        used, sent = time.process_time(), session.sent.bytes
        assert ask(url, "GET", "/v1/speed/ping")[0] == 204
        assert session.sent.bytes == sent
        assert time.process_time() - used < 1
