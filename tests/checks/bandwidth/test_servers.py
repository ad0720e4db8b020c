"""Servers other than the collector: LibreSpeed's backend, plain objects, a second opinion, other tools."""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence

import pytest

from checks.bandwidth import reference
from checks.bandwidth.check import run
from checks.bandwidth.flow import Direction
from checks.bandwidth.options import BandwidthOptions, Mode, Server
from checks.bandwidth.target import Kind
from checks.registry import Access, CheckError, Context, Measured
from collector.speed.settings import SpeedSettings
from contract.message import Message
from contract.reason import ReasonCode
from tests.checks.bandwidth import legacy_server
from tests.checks.bandwidth.server import TOKEN, serving_fast


@pytest.fixture(scope="module")
def legacy() -> Iterator[str]:
    with legacy_server.serving() as url:
        yield url


def measured(url: str | None, *servers: Server, **options: object) -> Measured:
    return run(
        Context(
            options=BandwidthOptions(max_megabytes=20, max_seconds=5, mode=Mode.QUICK, servers=list(servers), **options),  # type: ignore[arg-type]
            platform="linux",
            clock=time.monotonic,
            rng=random.Random(1),
            privacy_key=b"",
            deadline_s=120,
            access=Access(url, TOKEN) if url else None,
        )
    )


def named(found: Measured, name: str) -> list[object]:
    return [item.value for item in found.measurements if item.name == f"bandwidth.{name}"]


def test_a_librespeed_server_measures_both_directions(legacy: str) -> None:
    found = measured(None, Server(url=legacy, kind=Kind.LIBRESPEED))
    assert found.evidence["servers"][0]["kind"] == "librespeed"
    assert set(found.evidence["servers"][0]["goodput_mbit_s"]) == {"download", "upload"}
    assert found.evidence["upload"]["moved_bytes"] == 20_000_000
    assert "receipt" not in found.evidence


def test_an_upload_without_a_server_that_counts_is_what_was_acknowledged(legacy: str) -> None:
    found = measured(None, Server(url=legacy, kind=Kind.LIBRESPEED))
    assert found.evidence["upload"]["curve"][-1][1] <= 20_000_000 + 64 * 1024


def test_an_object_on_a_web_server_measures_the_download_and_is_begun_again(legacy: str) -> None:
    found = run(
        Context(
            options=BandwidthOptions(
                max_megabytes=100,
                max_seconds=5,
                mode=Mode.QUICK,
                connections=2,
                max_connections=2,
                servers=[Server(url=f"{legacy}/object.bin", kind=Kind.OBJECTS)],
            ),
            platform="linux",
            clock=time.monotonic,
            rng=random.Random(1),
            privacy_key=b"",
            deadline_s=120,
        )
    )
    assert named(found, "download_mbit_s")
    assert not named(found, "upload_mbit_s")
    assert found.evidence["download"]["moved_bytes"] > 65_000_000


def test_a_server_that_cannot_be_reached_gives_way_to_the_next(legacy: str) -> None:
    found = measured(None, Server(url="http://127.0.0.1:1", kind=Kind.LIBRESPEED), Server(url=legacy, kind=Kind.LIBRESPEED))
    assert found.evidence["servers"][0]["kind"] == "librespeed"


def test_when_none_can_be_reached_that_is_the_reason() -> None:
    with pytest.raises(CheckError) as refused:
        measured(None, Server(url="http://127.0.0.1:1", kind=Kind.LIBRESPEED))
    assert refused.value.reason.code is ReasonCode.COLLECTOR_UNREACHABLE


def test_a_second_server_is_asked_when_the_first_may_have_been_the_limit(legacy: str) -> None:
    """The collector has declared a line that it gave all of."""
    with serving_fast(SpeedSettings(line_mbit_s=1)) as (url, _):
        found = measured(url, Server(url=legacy, kind=Kind.LIBRESPEED))
    assert [server["kind"] for server in found.evidence["servers"]] == ["campus", "librespeed"]


def test_a_second_server_is_left_alone_when_the_first_was_fast_enough(legacy: str) -> None:
    with serving_fast(SpeedSettings(line_mbit_s=1_000_000)) as (url, _):
        found = measured(url, Server(url=legacy, kind=Kind.LIBRESPEED))
    assert [server["kind"] for server in found.evidence["servers"]] == ["campus"]


def test_speedtest_cli_measures_against_a_server_of_its_old_protocol(legacy: str) -> None:
    """Its upload and its download are for reference only; the configuration comes through the proxy, so nothing leaves."""

    def execute(command: Sequence[str]) -> str:
        plain = [word for word in command if word != "--secure"]
        environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run(
            [*plain, "--no-upload"],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
            env=environ | {"http_proxy": legacy},
        )
        return done.stdout

    rates = reference.speedtest(execute, ["--mini", f"{legacy}/mini.html"])
    assert [rate.direction for rate in rates] == [Direction.DOWNLOAD, Direction.UPLOAD]
    assert rates[0].mbit_s
    assert rates[0].mbit_s > 1


def test_another_tool_that_fails_says_why_and_decides_nothing() -> None:
    def broken(_command: Sequence[str]) -> str:
        raise ValueError("ERROR: Unable to connect to servers")

    rates = reference.measure("speedtest-cli", None, broken)
    assert [rate.mbit_s for rate in rates] == [None, None]
    assert rates[0].because is not None
    assert rates[0].because.code is ReasonCode.READING_FAILED
    assert "Unable to connect" in Message("x", rates[0].because.params).params["problem"]  # type: ignore[operator]


def test_iperf3_takes_what_the_receiver_counted() -> None:
    commands: list[Sequence[str]] = []

    def said(command: Sequence[str]) -> str:
        commands.append(command)
        return '{"end": {"sum_received": {"bits_per_second": 96530000.0}}}'

    if shutil.which("iperf3") is None:
        pytest.skip("iperf3 is not installed")
    rates = reference.measure("iperf3", "192.0.2.7:5999", said)
    assert [rate.mbit_s for rate in rates] == [96.53, 96.53]
    assert [("-R" in command, command[2:5]) for command in commands] == [
        (True, ["192.0.2.7", "-p", "5999"]),
        (False, ["192.0.2.7", "-p", "5999"]),
    ]
