"""A collector of a few lines on loopback that answers as it is told, and reports to send it."""

import contextlib
import datetime as dt
import gzip
import json
import random
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.config import SpoolSettings
from agent.spool import Spool
from contract.ids import uuid7
from contract.outcome import CheckStatus
from contract.report import CheckRun, Measurement, Platform, Report
from contract.units import Unit

NOW = dt.datetime(2026, 3, 2, 22, 10, tzinfo=dt.UTC)
TOKEN = "ca_agent_school-1_secret"


@dataclass
class Answer:
    """What the collector says next. ``body`` None is a receipt for whatever was posted."""

    status: int = 201
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Collector:
    """Answers in the order of ``script``, then 201 for ever; ``accepted`` are the ids it gave a receipt for."""

    url: str = ""
    script: list[Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    school: bytes | None = None

    def will(self, status: int, *, code: str = "problem.test", **headers: str) -> None:
        """Refuse the next post with a problem document."""
        problem = {"type": f"urn:campus-audit:{code}", "title": "Refused in a test", "status": status, "code": code}
        self.script.append(
            Answer(status, json.dumps(problem).encode(), {k.replace("_", "-"): v for k, v in headers.items()})
        )

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if request.path == "/healthz":
            return Answer(200, b'{"status":"ok"}')
        if request.path == "/v1/agent/score":
            return Answer(200, self.school) if self.school else Answer(404, b"{}")
        if self.script:
            told = self.script.pop(0)
            if told.body is not None:
                return told
        if request.path == "/v1/enrol":
            return Answer(201, json.dumps(ENROLLED).encode())
        report = json.loads(gzip.decompress(request.body))
        self.accepted.append(report["report_id"])
        receipt = {"report_id": report["report_id"], "received_at": "2026-03-02T22:10:00Z"}
        return Answer(201, json.dumps(receipt).encode())


ENROLLED = {
    "agent_id": "agent-1",
    "school_id": "school-1",
    "token": TOKEN,
    "collector_time": "2026-03-02T22:10:00Z",
}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running() as made:
        yield made


@contextlib.contextmanager
def running(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Collector]:
    """Such a collector at an address of this machine, behind TLS when told."""
    made = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = made.answer(Request(self.command, self.path, dict(self.headers), body))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body or b"")))
            self.end_headers()
            self.wfile.write(told.body or b"")

        do_GET = do_POST  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: Any) -> None:
            """Nothing on the test's output."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that does not trust us goes away in the middle of the handshake."""

    with Server((host, 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        shown = f"[{host}]" if ":" in host else host
        made.url = f"http{'' if tls is None else 's'}://{shown}:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        server.shutdown()


def make_report(sequence: int, *, evidence_bytes: int = 0, day: int = 0, seed: int = 0) -> Report:
    """A report of one check with a value; evidence that does not compress, when asked for."""
    rng = random.Random(sequence * 1000 + seed)
    evidence: dict[str, Any] = {"noise": rng.randbytes(evidence_bytes).hex()} if evidence_bytes else {}
    return Report(
        schema=1,
        report_id=uuid7(1_700_000_000_000 + sequence, rng.randbytes),
        school_id="school-1",
        agent_id="agent-1",
        agent_version="0.1",
        sequence=sequence,
        started_at=NOW + dt.timedelta(days=day),
        duration_s=1.0,
        platform=Platform(system="Linux"),
        runs=[
            CheckRun(
                check="ipv6",
                version=1,
                status=CheckStatus.OK,
                measurements=[Measurement(name="ipv6.level", value=3, unit=Unit.LEVEL)],
                evidence=evidence,
            )
        ],
    )


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / "spool", SpoolSettings())
    made.open()
    return made
