"""kill -9 in the middle of 500 reports: what was acknowledged is there, and everything is there once (issue 2, bar 3)."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from collector.clock import Clock
from collector.identity.token import make, token_digest
from collector.store import reports, schools, scores, tokens
from collector.store.arrivals import arrival
from collector.store.engine import database_url
from collector.store.reports import take_in
from collector.store.schema import check_run, measurement, report, school_day
from collector.store.store import Store
from collector.store.tokens import TokenRow
from contract.report import Report
from contract.wire import decode
from tests.collector.conftest import REGISTER, a_report, bearer

REPORTS = 500
SENDERS = 8


class Collector:
    """``campus-collector serve`` as a process of its own, always on the same port once it has one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = folder / "config.yaml"
        self._port_file = folder / "port"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        self._config.write_text(json.dumps({"collector": {"state_folder": str(self._folder)}}))
        self._port_file.unlink(missing_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "collector.cli", "serve", "--config", str(self._config)),
                    *("--port", str(self.port), "--port-file", str(self._port_file)),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert line.startswith("listening http://127.0.0.1:"), (self._folder / "log").read_text()
        self.port = int(line.rsplit(":", 1)[1])

    def end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        code = self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return code

    def kill_if_running(self) -> None:
        if self._process is not None:
            self.end(signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store(database_url("collector.db", tmp_path), Clock().now) as store:
        store.write(schools.put, [(school, Clock().now()) for school in REGISTER])
    return tmp_path


def token_in(folder: Path, role: str = "agent", school: str | None = "S1") -> str:
    fresh = make(role, school or "", os.urandom)
    row = TokenRow(
        role=role,
        digest=token_digest(fresh),
        school_id=school,
        agent_id="a1" if school else None,
        counties=None,
        note="",
        created_at=Clock().now(),
        expires_at=None,
        revoked_at=None,
    )
    with Store(database_url("collector.db", folder), Clock().now) as store:
        store.write(tokens.add, [row])
    return fresh


def test_every_report_is_there_exactly_once_after_a_kill_in_the_middle(folder: Path) -> None:
    collector, token = Collector(folder), token_in(folder)
    collector.start()
    url = f"http://127.0.0.1:{collector.port}/v1/reports"
    acknowledged: list[int] = []
    middle, restarted = threading.Event(), threading.Event()

    def send(number: int) -> int:
        """As an agent does: the same bytes again until somebody says 2xx."""
        body = gzip.compress(json.dumps(a_report(number)).encode())
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"} | bearer(token)
        while True:
            try:
                answer = requests.post(url, data=body, headers=headers, timeout=20)
            except requests.RequestException:
                assert restarted.wait(60)
                continue
            assert answer.status_code in (200, 201), answer.text
            acknowledged.append(number)
            if len(acknowledged) >= REPORTS // 2:
                middle.set()
            return answer.status_code

    try:
        with ThreadPoolExecutor(SENDERS) as pool:
            answers = [pool.submit(send, number) for number in range(REPORTS)]
            assert middle.wait(120)
            collector.end(signal.SIGKILL)
            before = list(acknowledged)
            with Store(database_url("collector.db", folder), Clock().now) as store, store.reading() as connection:
                survived = set(connection.scalars(select(report.c.sequence)))
            assert set(before) <= survived  # acknowledged and lost: none
            collector.start()
            restarted.set()
            statuses = [answer.result(120) for answer in answers]
        assert collector.end(signal.SIGTERM) == 0
    finally:
        restarted.set()
        collector.kill_if_running()
    assert len(before) < REPORTS  # the kill came in the middle
    assert statuses.count(201) + statuses.count(200) == REPORTS
    with Store(database_url("collector.db", folder), Clock().now) as store, store.reading() as connection:
        assert reports.count(connection) == REPORTS
        assert sorted(connection.scalars(select(report.c.sequence))) == list(range(REPORTS))
        assert connection.scalar(select(func.count()).select_from(measurement)) == 4 * REPORTS
        assert connection.scalar(select(func.count()).select_from(check_run)) == 2 * REPORTS
        assert connection.scalar(select(func.sum(school_day.c.reports))) == REPORTS  # nothing was counted twice
        assert all(reports.body(connection, "S1", row.report_id) for row in reports.newest(connection, "S1", 50))


def test_what_a_crash_left_unscored_is_scored_at_the_next_start(folder: Path) -> None:
    with Store(database_url("collector.db", folder), Clock().now) as store:
        wanted = decode(json.dumps(a_report(1)).encode(), Report)
        plain = json.dumps(a_report(1)).encode()
        store.write(take_in, [arrival(wanted, plain, plain, "identity", Clock().now(), 0.0, UTC)])
        with store.reading() as connection:  # stored and marked, and the process died before it was scored
            assert [school for school, _ in scores.waiting(connection)] == ["S1"]
            assert scores.cards_of(connection, "S1") == []
    collector, viewer = Collector(folder), token_in(folder, "viewer", None)
    collector.start()
    try:
        while not seen(collector.port, viewer):
            pass
        assert collector.end(signal.SIGTERM) == 0
    finally:
        collector.kill_if_running()
    with Store(database_url("collector.db", folder), Clock().now) as store, store.reading() as connection:
        assert scores.waiting(connection) == []
        assert [card.school_id for card in scores.cards_of(connection, "S1")] == ["S1"]


def seen(port: int, viewer: str) -> bool:
    """Whether the overview shows a coverage for S1; each question is a request, so asking again is the wait."""
    answer = requests.get(f"http://127.0.0.1:{port}/v1/schools?q=S1", headers=bearer(viewer), timeout=20)
    return bool(answer.json()["items"][0].get("coverage"))


def test_it_ends_in_order_when_told_to(folder: Path) -> None:
    collector = Collector(folder)
    collector.start()
    try:
        assert requests.get(f"http://127.0.0.1:{collector.port}/healthz", timeout=20).status_code == 200
        assert collector.end(signal.SIGINT) == 0
    finally:
        collector.kill_if_running()
    assert "Traceback" not in (folder / "log").read_text()
