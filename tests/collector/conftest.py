"""A real collector on loopback: uvicorn in a thread, SQLite in a temporary folder, a clock that tests set."""

import contextlib
import gzip
import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
import uvicorn
from starlette.applications import Starlette

from collector.app import create_app
from collector.clock import Clock
from collector.config import CollectorConfig
from collector.identity.token import make, token_digest
from collector.store import schools, tokens
from collector.store.engine import database_url
from collector.store.store import Store
from collector.store.tokens import TokenRow
from contract.school import School, SchoolKind

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
REGISTER = [
    School(id="S1", name="示例一小", county="示例县", kind=SchoolKind.PRIMARY, students=400),
    School(id="S2", name="示例二中", county="示例县", kind=SchoolKind.JUNIOR),
    School(id="S3", name="示例职校", county="示例区", kind=SchoolKind.VOCATIONAL),
]


@dataclass
class SetClock:
    """A calendar that stands still until a test moves it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **spans: float) -> None:
        self.at += timedelta(**spans)

    @property
    def clock(self) -> Clock:
        return Clock(now=self)


@pytest.fixture
def now() -> SetClock:
    return SetClock()


@pytest.fixture
def store(tmp_path: Path, now: SetClock) -> Iterator[Store]:
    """An empty store with three schools."""
    with Store(database_url("collector.db", tmp_path), now) as opened:
        opened.write(schools.put, [(school, now()) for school in REGISTER])
        yield opened


def report_id(number: int) -> str:
    return str(UUID(int=0x0192F0C4_0000_7000_8000_000000000000 + number))


def measurement(name: str, value: Any, unit: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, **more}


def a_report(number: int = 1, school: str = "S1", agent: str = "a1", download: float | None = 120.0) -> dict[str, Any]:
    """A report as plain JSON data: wired, and a bandwidth that satisfies the shipped pack unless told otherwise."""
    bandwidth: dict[str, Any] = {"check": "bandwidth", "version": 1, "status": "skipped", "reason": {"code": "no_collector"}}
    if download is not None:
        names = ("bandwidth.download_mbit_s", "bandwidth.download_line_mbit_s", "bandwidth.upload_mbit_s")
        found = [measurement(name, download, "Mbit/s", path="wan") for name in names]
        bandwidth = {"check": "bandwidth", "version": 1, "status": "ok", "measurements": found}
    wired = measurement("wired.egress_is_wired", True, "yes/no", path="wan")
    return {
        "schema": 1,
        "report_id": report_id(number),
        "school_id": school,
        "agent_id": agent,
        "agent_version": "0.1.0",
        "sequence": number,
        "started_at": "2026-03-02T08:59:30+08:00",
        "duration_s": 20.0,
        "platform": {"system": "Linux"},
        "runs": [{"check": "wired", "version": 1, "status": "ok", "measurements": [wired]}, bandwidth],
    }


@dataclass
class Server:
    """A collector that answers. ``codes`` keep what was handed out."""

    url: str
    port: int
    app: Starlette
    store: Store
    now: SetClock
    session: requests.Session = field(default_factory=requests.Session)

    def token(self, role: str, school: str | None = None, agent: str | None = None, **more: Any) -> str:
        """A token of any kind, put straight into the store."""
        fresh = make(role, school or "", lambda count: bytes(next(_numbers) % 256 for _ in range(count)))
        row: dict[str, Any] = {"counties": None, "note": "", "expires_at": None, "revoked_at": None, **more}
        self.store.write(
            tokens.add,
            [
                TokenRow(
                    role=role, digest=token_digest(fresh), school_id=school, agent_id=agent, created_at=self.now(), **row
                )
            ],
        )
        return fresh

    def get(self, path: str, token: str | None = None) -> requests.Response:
        return self.session.get(self.url + path, headers=bearer(token), timeout=10)

    def post(self, report: Any, token: str | None, **headers: str) -> requests.Response:
        """Post a report as an agent does: JSON in gzip."""
        return self.post_raw(gzip.compress(json.dumps(report).encode()), token, **headers)

    def post_raw(self, body: bytes, token: str | None, path: str = "/v1/reports", **headers: str) -> requests.Response:
        sent = {"Content-Type": "application/json", "Content-Encoding": "gzip"} | bearer(token)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in sent.items() if value}
        return self.session.post(self.url + path, data=body, headers=kept, timeout=30)


def _counting() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number * 2654435761 >> 7  # tokens differ, and are the same in each run


_numbers = _counting()


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


@pytest.fixture
def config() -> CollectorConfig:
    return CollectorConfig()


@contextlib.contextmanager
def running(store: Store, now: SetClock, config: CollectorConfig) -> Iterator[Server]:
    """The real application under uvicorn, ended gracefully."""
    app = create_app(config, store, now.clock)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=5)
    process = uvicorn.Server(settings)
    thread = threading.Thread(target=process.run, args=([listener],))
    thread.start()
    made = Server(f"http://127.0.0.1:{port}", port, app, store, now)
    try:
        assert made.get("/healthz").json() == {"status": "ok"}
        yield made
    finally:
        made.session.close()
        process.should_exit = True
        thread.join(15)
        listener.close()
    assert not thread.is_alive()


@pytest.fixture
def server(store: Store, now: SetClock, config: CollectorConfig, caplog: pytest.LogCaptureFixture) -> Iterator[Server]:
    """A collector of the test's own; a warning of uvicorn or a defect in the log fails the test."""
    with running(store, now, config) as made:
        yield made
    faults = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert faults == []


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One collector for all tests of a file that leave nothing behind in it."""
    now = SetClock()
    with Store(database_url("collector.db", tmp_path_factory.mktemp("shared")), now) as store:
        store.write(schools.put, [(school, now()) for school in REGISTER])
        with running(store, now, CollectorConfig()) as made:
            yield made
