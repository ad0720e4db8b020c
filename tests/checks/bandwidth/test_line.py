"""The check on exact simulated lines: a client behind a router, its line, and the real speed routes at the far end."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.testbed.link import Line, School, missing, school

pytestmark = [
    pytest.mark.namespaces,
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
]
SHARE = 1448 / 1500
"""Payload of what an IP-level shaper lets through, with IPv4 and timestamps."""


@contextmanager
def known_as(built: School, name: str) -> Iterator[None]:
    """Give the server a name with both addresses, for the client alone (ip-netns(8): /etc/netns)."""
    folder = Path("/etc/netns") / built.client.name
    folder.mkdir(parents=True)
    (folder / "hosts").write_text(f"{built.server_address} {name}\n{built.server_address6} {name}\n")
    try:
        yield
    finally:
        shutil.rmtree(folder)


def audit(built: School, *, ipv6: bool = False, host: str = "", **options: Any) -> dict[str, dict[str, Any]]:
    """Run the check as a process of the client, quickly unless told otherwise; its measurements by name."""
    address = host or (built.server_address6 if ipv6 else built.server_address)
    declared = json.dumps({"line_mbit_s": 10_000})
    built.server.start(sys.executable, "-m", "tests.checks.bandwidth.server", "::", "8000", declared)
    options = {"mode": "quick", "family": "any", **options}
    url = f"http://{'[' + address + ']' if ipv6 else address}:8000"
    said = built.client.run(sys.executable, "-m", "tests.checks.bandwidth.client", url, json.dumps(options))
    return {item["name"] + (":" + item["subject"] if "subject" in item else ""): item for item in json.loads(said)}


@pytest.fixture(scope="module")
def port_100() -> Iterator[dict[str, dict[str, Any]]]:
    """What a line of exactly 100 Mbit/s at layer 1 gives, as a 100BASE-TX port carries it."""
    with school(Line(100, 100, overhead=38), congestion="reno") as built:
        yield audit(built)


@pytest.mark.parametrize("direction", ["download", "upload"])
def test_a_port_of_100_mbit_reads_the_payload_that_fits_it(port_100: dict[str, dict[str, Any]], direction: str) -> None:
    assert port_100[f"bandwidth.{direction}_mbit_s"]["value"] == pytest.approx(94.148, rel=0.015)


@pytest.mark.parametrize("direction", ["download", "upload"])
def test_a_port_of_100_mbit_is_a_line_of_100_mbit(port_100: dict[str, dict[str, Any]], direction: str) -> None:
    assert port_100[f"bandwidth.{direction}_line_mbit_s"]["value"] >= 98.5


def test_the_way_through_the_router_is_a_wan_path(port_100: dict[str, dict[str, Any]]) -> None:
    assert port_100["bandwidth.download_mbit_s"]["path"] == "wan"


def test_latency_shows_the_delay_and_the_queue(port_100: dict[str, dict[str, Any]]) -> None:
    idle, loaded = port_100["bandwidth.idle_rtt_ms"]["value"], port_100["bandwidth.loaded_rtt_ms:download"]["value"]
    assert 20 <= idle < 40
    assert loaded > idle + 5


def test_a_line_of_40_mbit_reads_40_in_both_directions() -> None:
    with school(Line(40, 40), congestion="reno") as built:
        found = audit(built)
    for direction in ("download", "upload"):
        assert found[f"bandwidth.{direction}_mbit_s"]["value"] == pytest.approx(40 * SHARE, rel=0.015)


def test_each_direction_is_measured_by_itself() -> None:
    with school(Line(60, 15), congestion="reno") as built:
        found = audit(built)
    assert found["bandwidth.download_mbit_s"]["value"] == pytest.approx(60 * SHARE, rel=0.015)
    assert found["bandwidth.upload_mbit_s"]["value"] == pytest.approx(15 * SHARE, rel=0.015)


def test_ipv6_costs_its_longer_header_and_the_line_reads_the_same() -> None:
    with school(Line(50, 50, overhead=38), congestion="reno") as built:
        found = audit(built, ipv6=True)
    assert found["bandwidth.download_mbit_s"]["value"] == pytest.approx(50 * 1428 / 1538, rel=0.015)
    assert found["bandwidth.download_line_mbit_s"]["value"] == pytest.approx(50, rel=0.015)


def test_a_lossy_line_gets_more_connections_instead_of_a_wrong_rate() -> None:
    """Eight connections read half of this line, steadily."""
    with school(Line(60, 60, loss_percent=1.5), congestion="reno") as built:
        found = audit(built)
    rate, connections = found["bandwidth.download_mbit_s"], found["bandwidth.connections:download"]["value"]
    assert connections > 8
    assert rate["value"] is None or rate["value"] == pytest.approx(60 * SHARE * 0.985, rel=0.03)


def test_a_burst_never_buys_a_pass() -> None:
    """60 Mbit/s sold; 75 MB may pass at 300 first."""
    with school(Line(60, 60, bucket_bytes=75_000_000, peak_mbit_s=300), congestion="reno") as built:
        found = audit(built, mode="confirmed")
    for direction in ("download", "upload"):
        assert found[f"bandwidth.{direction}_line_mbit_s"]["value"] < 70


def test_an_unconfirmed_rate_is_only_the_most_that_can_be_true(port_100: dict[str, dict[str, Any]]) -> None:
    rate = port_100["bandwidth.download_line_mbit_s"]
    assert rate["bound"] == "at_most"
    assert rate["because"]["code"] == "not_confirmed"


def test_both_families_are_results_of_their_own() -> None:
    with school(Line(50, 50, overhead=38), congestion="reno") as built, known_as(built, "speed.test"):
        found = audit(built, host="speed.test", family="both")
    ipv4, ipv6 = found["bandwidth.ipv4_download_mbit_s"], found["bandwidth.ipv6_download_mbit_s"]
    assert ipv4["value"] == pytest.approx(50 * 1448 / 1538, rel=0.015)
    assert ipv6["value"] == pytest.approx(50 * 1428 / 1538, rel=0.015)
