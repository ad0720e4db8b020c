"""Each answer of the collector decides about one report, and a pause outlives the process."""

import datetime as dt
import gzip
import json
import random
import socket
from collections.abc import Iterator

import pytest

from agent import backoff
from agent.config import SpoolSettings
from agent.deliver import PARKED, Delivery, deliver
from agent.signing import Signer
from agent.spool import Spool
from agent.uplink import Uplink
from contract.exit_code import ExitCode
from tests.agent.conftest import NOW, TOKEN, Answer, Collector, make_report


class Clock:
    """A wall clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def uplink(collector: Collector) -> Iterator[Uplink]:
    with Uplink(collector.url, token=TOKEN, timeout_s=5) as made:
        yield made


def fill(spool: Spool, count: int = 3) -> list[str]:
    return [spool.add(make_report(sequence)).report_id for sequence in range(1, count + 1)]


def send(spool: Spool, uplink: Uplink, clock: Clock, *, ignore_pause: bool = False) -> Delivery:
    signer = Signer(spool.folder.parent, "agent-1", None)
    return deliver(spool, uplink, signer, wall=clock, rng=random.Random(1), ignore_pause=ignore_pause)


def test_reports_arrive_oldest_first_and_are_forgotten(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock
) -> None:
    ids = fill(spool)
    result = send(spool, uplink, clock)
    assert (result.delivered, result.waiting, result.exit_code) == (3, 0, ExitCode.DONE)
    assert collector.accepted == ids
    assert spool.waiting() == []


def test_a_report_is_posted_gzipped_with_its_token(
    spool: Spool,
    collector: Collector,
    uplink: Uplink,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    fill(spool, 1)
    send(spool, uplink, clock)
    posted = collector.requests[0]
    assert (posted.method, posted.path) == ("POST", "/v1/reports")
    assert posted.headers["Authorization"] == f"Bearer {TOKEN}"
    assert posted.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(posted.body))["sequence"] == 1


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_receipt_with_any_2xx_is_a_receipt(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock, status: int
) -> None:
    report_id = fill(spool, 1)[0]
    receipt = {"report_id": report_id, "received_at": "2026-03-02T22:10:00Z", "duplicate": True}
    collector.script.append(Answer(status, json.dumps(receipt).encode()))
    assert send(spool, uplink, clock).delivered == 1
    assert spool.waiting() == []


@pytest.mark.parametrize("status", sorted(PARKED - {401, 403}))
def test_a_report_refused_for_good_is_parked_and_the_next_one_goes(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock, status: int
) -> None:
    ids = fill(spool, 2)
    collector.will(status)
    result = send(spool, uplink, clock)
    assert collector.accepted == ids[1:]
    assert result.exit_code is ExitCode.TRY_AGAIN
    [(entry, reason)] = spool.parked()
    assert entry.report_id == ids[0]
    assert reason is not None
    assert (reason.status, reason.code, reason.title) == (status, "problem.test", "Refused in a test")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_parks_one_report_and_keeps_the_others(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock, status: int
) -> None:
    fill(spool, 3)
    collector.will(status)
    result = send(spool, uplink, clock)
    assert result.exit_code is ExitCode.NOT_PERMITTED
    assert len(collector.requests) == 1
    assert (len(spool.waiting()), len(spool.parked())) == (2, 1)


@pytest.mark.parametrize("status", [404, 408, 429, 502, 503, 504])
def test_other_refusals_keep_everything_and_pause(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock, status: int
) -> None:
    fill(spool, 3)
    collector.will(status)
    result = send(spool, uplink, clock)
    assert (result.delivered, result.waiting, result.exit_code) == (0, 3, ExitCode.TRY_AGAIN)
    assert len(collector.requests) == 1
    assert backoff.load(spool.folder) is not None


def test_one_report_that_the_collector_chokes_on_does_not_hold_up_the_others(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock
) -> None:
    ids = fill(spool, 3)
    collector.will(500)
    result = send(spool, uplink, clock)
    assert collector.accepted == ids[1:]
    assert [entry.report_id for entry in spool.waiting()] == ids[:1]
    assert result.exit_code is ExitCode.TRY_AGAIN


def test_a_collector_that_fails_twice_is_left_alone(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock
) -> None:
    fill(spool, 5)
    collector.will(500)
    collector.will(500)
    assert send(spool, uplink, clock).waiting == 5
    assert len(collector.requests) == 2


def test_retry_after_is_obeyed_and_kept_on_disk(spool: Spool, collector: Collector, uplink: Uplink, clock: Clock) -> None:
    fill(spool, 1)
    collector.will(503, Retry_After="900")
    assert send(spool, uplink, clock).wait_s == 900
    clock.forward(899)
    again = Spool(spool.folder, SpoolSettings())
    held = send(again, uplink, clock)
    assert (held.exit_code, held.waiting, round(held.wait_s)) == (ExitCode.TRY_AGAIN, 1, 1)
    assert len(collector.requests) == 1
    clock.forward(2)
    assert send(again, uplink, clock).delivered == 1
    assert backoff.load(spool.folder) is None


def test_somebody_at_a_terminal_need_not_wait(spool: Spool, collector: Collector, uplink: Uplink, clock: Clock) -> None:
    fill(spool, 1)
    collector.will(429, Retry_After="3600")
    send(spool, uplink, clock)
    assert send(spool, uplink, clock, ignore_pause=True).delivered == 1


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_without_a_collector_all_stays_and_the_exit_code_is_69_also_while_pausing(spool: Spool, clock: Clock) -> None:
    fill(spool, 2)
    with Uplink(f"http://127.0.0.1:{closed_port()}", token=TOKEN, timeout_s=5) as nowhere:
        first = send(spool, nowhere, clock, ignore_pause=True)
        second = send(spool, nowhere, clock)
    assert (first.exit_code, first.waiting) == (ExitCode.UNREACHABLE, 2)
    assert (second.exit_code, second.waiting) == (ExitCode.UNREACHABLE, 2)
    assert first.failure is not None
    assert first.failure.code == "agent.uplink.unreachable"


PORTAL = b"<html>please log in</html>"


@pytest.mark.parametrize(
    "told",
    [
        Answer(200, PORTAL, {"Content-Type": "text/html"}),
        Answer(302, b"", {"Location": "http://127.0.0.1:9/login"}),
        Answer(201, b'{"report_id":"01890000-0000-7000-8000-000000000000","received_at":"2026-03-02T22:10:00Z"}'),
    ],
    ids=["page", "redirect", "another report's receipt"],
)
def test_a_captive_portal_is_not_taken_for_the_collector(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock, told: Answer
) -> None:
    fill(spool, 1)
    collector.script.append(told)
    result = send(spool, uplink, clock)
    assert (result.exit_code, result.waiting) == (ExitCode.UNREACHABLE, 1)
    assert result.failure is not None
    assert result.failure.code == "agent.uplink.not_the_collector"


def test_an_answer_that_comes_after_an_accepted_report_makes_it_partial(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock
) -> None:
    ids = fill(spool, 2)
    receipt = json.dumps({"report_id": ids[0], "received_at": "2026-03-02T22:10:00Z"}).encode()
    collector.script.append(Answer(201, receipt))
    collector.script.append(Answer(200, PORTAL))
    result = send(spool, uplink, clock)
    assert (result.delivered, result.exit_code) == (1, ExitCode.TRY_AGAIN)


def test_a_retry_is_the_same_report_under_the_same_id(
    spool: Spool, collector: Collector, uplink: Uplink, clock: Clock
) -> None:
    fill(spool, 1)
    collector.will(503)
    send(spool, uplink, clock)
    send(spool, uplink, clock, ignore_pause=True)
    assert collector.requests[0].body == collector.requests[1].body


def test_a_trimmed_report_that_the_collector_has_in_full_counts_as_delivered(
    tmp_path_factory: pytest.TempPathFactory, collector: Collector, uplink: Uplink, clock: Clock
) -> None:
    small = Spool(tmp_path_factory.mktemp("small"), SpoolSettings(max_megabytes=0.05))
    small.open()
    small.add(make_report(1, evidence_bytes=40_000))
    small.add(make_report(2, evidence_bytes=40_000))
    assert [entry.trimmed for entry in small.waiting()] == [True, False]
    collector.will(409)
    result = send(small, uplink, clock)
    assert (result.delivered, result.waiting, result.parked) == (2, 0, [])


def test_nothing_to_send_asks_nobody(spool: Spool, collector: Collector, uplink: Uplink, clock: Clock) -> None:
    assert send(spool, uplink, clock).exit_code is ExitCode.DONE
    assert collector.requests == []
