"""The check against the real speed routes on loopback, and against collectors that refuse, vanish or talk nonsense."""

import json
import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as PathOnDisk

import pytest

from checks.bandwidth.check import run
from checks.bandwidth.connection import locate
from checks.bandwidth.engine import measure
from checks.bandwidth.flow import Direction, Ended, Limits, World
from checks.bandwidth.options import BandwidthOptions
from checks.bandwidth.target import of_session
from checks.registry import Access, CheckError, Context, Measured, Skipped, all_checks
from collector.speed.settings import SpeedSettings
from contract.message import Message
from contract.outcome import Bound, Path
from contract.reason import ReasonCode
from contract.report import Measurement
from contract.wire import encode
from tests.checks.bandwidth.server import TOKEN, Certificate, serving

SMALL = BandwidthOptions(max_megabytes=20, max_seconds=5)
EVIDENCE_LIMIT = 48 * 1024


def context(
    url: str | None, options: BandwidthOptions = SMALL, *, ca_file: str | None = None, deadline_s: float = 60
) -> Context[BandwidthOptions]:
    access = Access(url, TOKEN, ca_file) if url else None
    return Context(
        options=options,
        platform="linux",
        clock=time.monotonic,
        rng=random.Random(1),
        privacy_key=b"",
        deadline_s=deadline_s,
        access=access,
    )


def named(found: Measured, name: str, subject: str | None = None) -> Measurement:
    return next(item for item in found.measurements if item.name == f"bandwidth.{name}" and item.subject == subject)


@pytest.fixture(scope="module")
def found() -> Iterator[Measured]:
    with serving() as (url, _):
        yield run(context(url))


@pytest.mark.parametrize("name", ["download_mbit_s", "upload_mbit_s", "download_line_mbit_s", "upload_line_mbit_s"])
def test_loopback_is_a_lower_bound_on_a_local_path(found: Measured, name: str) -> None:
    measured = named(found, name)
    assert measured.path is Path.LOCAL
    assert measured.bound is Bound.AT_LEAST
    assert measured.because is not None
    assert measured.because.code is ReasonCode.BYTE_LIMIT_REACHED
    assert isinstance(measured.value, float)
    assert measured.value > 50


def test_the_byte_limit_is_kept_to_the_byte(found: Measured) -> None:
    assert found.evidence["download"]["moved_bytes"] == 20_000_000
    assert found.evidence["upload"]["moved_bytes"] <= 20_000_000
    assert named(found, "megabytes_used").value == pytest.approx(40.0, abs=0.1)


def test_only_declared_measures_are_reported(found: Measured) -> None:
    assert {item.name for item in found.measurements} <= set(all_checks()["bandwidth"].measures)


def test_the_evidence_is_small_enough_to_send(found: Measured) -> None:
    assert len(encode(found.evidence)) < EVIDENCE_LIMIT


def test_the_rate_can_be_computed_again_from_the_evidence(found: Measured) -> None:
    part = found.evidence["download"]
    inside = dict(part["curve"])
    (since_s, first), (until_s, last) = min(inside.items()), max(inside.items())
    assert (last - first) * 8e-6 / (until_s - since_s) > 0
    assert last == part["moved_bytes"]


def test_the_place_is_given_back() -> None:
    with serving() as (url, sessions):
        run(context(url))
        assert len(sessions) == 0


def test_upload_is_what_the_collector_counted() -> None:
    with serving() as (url, sessions):
        session = sessions.open("school-1", "agent-1")
        found = measure(
            Direction.UPLOAD,
            locate(url, TOKEN, None),
            of_session(session.name),
            Limits(seconds=5, bytes=8_000_000, connections=4, most=4),
            World(time.monotonic, time.sleep, lambda: None, lambda: (0.0, 0.0, 0.0)),
            idle_ms=None,
            live=lambda _rate, _share: None,
        )
        assert found.ended is Ended.BYTES
        assert session.received.bytes == 8_000_000
        assert found.trace.curve.totals[-1] == 8_000_000


def test_the_collectors_own_limit_ends_the_test_with_a_lower_bound() -> None:
    with serving(SpeedSettings(max_megabytes=5)) as (url, _):
        found = run(context(url))
    assert found.evidence["download"]["moved_bytes"] <= 5_000_000
    assert named(found, "download_mbit_s").bound is Bound.AT_LEAST


def test_both_families_work() -> None:
    with serving(host="::1") as (url, _):
        found = run(context(url))
    assert found.evidence["family"] == "ipv6"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1 that signs itself, as a county's private CA would."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
            *("-subj", "/CN=collector.test", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", made.file, "-keyout", made.key_file),
        ],
        check=True,
        capture_output=True,
    )
    return made


def test_tls_with_a_private_ca_works_in_both_directions(certificate: Certificate) -> None:
    with serving(certificate=certificate) as (url, _):
        found = run(context(url, ca_file=str(certificate.file)))
    assert found.evidence["tls"] is True
    for name in ("download_mbit_s", "upload_mbit_s"):
        assert named(found, name).value
    assert found.evidence["download"]["moved_bytes"] == 20_000_000


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(certificate: Certificate) -> None:
    with serving(certificate=certificate) as (url, _), pytest.raises(CheckError) as refused:
        run(context(url))
    assert refused.value.reason.code is ReasonCode.COLLECTOR_UNREACHABLE
    assert "CERTIFICATE_VERIFY_FAILED" in str(refused.value.reason.params["problem"])


def test_a_missing_ca_file_is_said(tmp_path: PathOnDisk) -> None:
    with pytest.raises(CheckError) as refused:
        run(context("https://127.0.0.1:1", ca_file=str(tmp_path / "none.pem")))
    assert refused.value.reason.code is ReasonCode.READING_FAILED


def test_without_a_collector_it_is_skipped() -> None:
    with pytest.raises(Skipped) as refused:
        run(context(None))
    assert refused.value.reason.code is ReasonCode.NO_COLLECTOR


def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(CheckError) as refused:
            run(context(f"http://127.0.0.1:{taken.getsockname()[1]}"))
    assert refused.value.reason.code is ReasonCode.COLLECTOR_UNREACHABLE


def test_a_busy_school_is_skipped_with_the_problems_code_when_waiting_would_not_fit() -> None:
    with serving() as (url, sessions):
        sessions.open("school-1", "another-machine")
        with pytest.raises(Skipped) as refused:
            run(context(url, deadline_s=10))
    assert refused.value.reason.code is ReasonCode.COLLECTOR_REFUSED
    assert refused.value.reason.params == {"problem": "problem.speed_school_busy"}


def test_a_busy_collector_is_asked_again_until_there_is_room() -> None:
    told: list[str] = []
    with serving(SpeedSettings(max_seconds=1)) as (url, sessions):
        blocking = sessions.open("school-1", "another-machine")

        def progress(message: Message, _share: float | None) -> None:
            told.append(message.code)
            if message.code == "bandwidth.progress.wait":
                sessions.close(blocking.name, "school-1")

        patient = context(url)
        found = run(Context(**{name: getattr(patient, name) for name in patient.__slots__} | {"progress": progress}))
    assert "bandwidth.progress.wait" in told
    assert named(found, "download_mbit_s").value


@contextmanager
def talking(answer: bytes) -> Iterator[str]:
    """A server that says the same to everyone."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:  # closed by the test
                    return
                with connection:
                    connection.settimeout(5)
                    if connection.recv(4096):
                        connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_refused_token_is_said_with_its_problem() -> None:
    body = json.dumps({"type": "t", "title": "t", "status": 401, "code": "problem.token_unknown"}).encode()
    answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with talking(answer) as url, pytest.raises(Skipped) as refused:
        run(context(url))
    assert refused.value.reason.params == {"problem": "problem.token_unknown"}


def test_a_proxys_html_is_a_refusal_with_its_status() -> None:
    with talking(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>") as url, pytest.raises(Skipped) as refused:
        run(context(url))
    assert refused.value.reason.params == {"problem": "HTTP 502"}


def test_what_is_not_http_is_unreachable() -> None:
    with talking(b"SSH-2.0-OpenSSH_9.2\r\n\r\n") as url, pytest.raises(CheckError) as refused:
        run(context(url))
    assert refused.value.reason.code is ReasonCode.COLLECTOR_UNREACHABLE
