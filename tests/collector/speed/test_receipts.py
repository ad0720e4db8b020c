"""What a lying agent tries: figures edited, a receipt used twice, another school's, an old one, its own signature."""

import datetime as dt
import uuid
from pathlib import Path as PathOnDisk
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from collector.speed.receipts import LATEST, VERSION, Key, receipt_of, verified
from collector.speed.session import Session
from contract.api import SpeedReceipt
from contract.outcome import Bound, CheckStatus, Path, Provenance
from contract.reason import ReasonCode
from contract.report import CheckRun, Measurement, Platform, Report
from contract.units import Unit
from contract.wire import to_plain

KEY = Key(b"k" * 32)
NOW = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
REPORT_ID = uuid.UUID("01890000-0000-7000-8000-000000000001")
RECEIPT = SpeedReceipt(
    version=VERSION,
    session="s",
    school_id="school-1",
    agent_id="agent-1",
    report_id=str(REPORT_ID),
    opened_at=NOW - dt.timedelta(seconds=60),
    closed_at=NOW - dt.timedelta(seconds=30),
    peer="192.0.2.1",
    download_bytes=120_000_000,
    upload_bytes=120_000_000,
    download_mbit_s=96.5,
    upload_mbit_s=48.2,
)


def signed(receipt: SpeedReceipt = RECEIPT, key: Key = KEY) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(key.sign(receipt))
    return plain


def report(receipt: Any, *, download: float = 96.53, bound: Bound = Bound.EXACT, **more: Any) -> Report:
    rates = {"bandwidth.download_mbit_s": download, "bandwidth.download_line_mbit_s": download * 1538 / 1448}
    run = CheckRun(
        check="bandwidth",
        version=2,
        status=CheckStatus.OK,
        measurements=[
            Measurement(
                name=name,
                value=round(value, 2),
                unit=Unit.MBIT_S,
                bound=bound,
                path=Path.WAN,
                provenance=Provenance.SERVER_VERIFIED,
            )
            for name, value in rates.items()
        ],
        evidence={"receipt": receipt} if receipt is not None else {},
    )
    fields: dict[str, Any] = {
        "schema": 1,
        "report_id": REPORT_ID,
        "school_id": "school-1",
        "agent_id": "agent-1",
        "agent_version": "1",
        "sequence": 1,
        "started_at": NOW,
        "duration_s": 60.0,
        "platform": Platform(system="Linux"),
        "runs": [run],
    }
    return Report(**(fields | more))


def words(found: Report) -> set[Provenance]:
    return {item.provenance for item in found.runs[0].measurements}


def test_a_figure_that_its_receipt_bears_out_is_server_verified() -> None:
    found = verified(report(signed()), KEY, NOW)
    assert words(found) == {Provenance.SERVER_VERIFIED}
    assert [item.value for item in found.runs[0].measurements] == [96.53, 102.53]


def test_a_lower_bound_below_its_receipt_is_borne_out() -> None:
    assert words(verified(report(signed(), download=40.0, bound=Bound.AT_LEAST), KEY, NOW)) == {Provenance.SERVER_VERIFIED}


OTHER = uuid.UUID("01890000-0000-7000-8000-000000000002")
LIES: dict[str, Report] = {
    "no receipt": report(None),
    "replayed in another report": report(signed(), report_id=OTHER),
    "of another school": report(signed(replace(RECEIPT, school_id="school-2"))),
    "of another machine": report(signed(replace(RECEIPT, agent_id="agent-2"))),
    "signed by the agent": report(signed(key=Key(b"x" * 32))),
    "body edited": report({**signed(), "body": signed()["body"].replace("96.5", "99.5")}),
    "signature cut": report({**signed(), "signature": signed()["signature"][:40]}),
    "not base64": report({**signed(), "signature": "§"}),
    "no object": report("receipt"),
    "of the year before": report(signed(replace(RECEIPT, closed_at=NOW - LATEST - dt.timedelta(hours=1)))),
    "of the future": report(signed(replace(RECEIPT, closed_at=NOW + dt.timedelta(hours=1)))),
    "closed before it was opened": report(signed(replace(RECEIPT, closed_at=NOW - dt.timedelta(hours=2)))),
    "of no report": report(signed(replace(RECEIPT, report_id=""))),
    "of another version": report(signed(replace(RECEIPT, version=99))),
    "of another direction only": report(signed(replace(RECEIPT, download_mbit_s=None))),
    "the agent's clock a year ahead": report(
        signed(replace(RECEIPT, closed_at=NOW - dt.timedelta(days=365))), started_at=NOW + dt.timedelta(days=365)
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_never_server_verified(lie: str) -> None:
    assert words(verified(LIES[lie], KEY, NOW)) == {Provenance.AGENT_MEASURED}


@pytest.mark.parametrize("download", [110.0, 101.0, 150.0])
def test_a_figure_above_its_receipt_does_not_count_and_says_why(download: float) -> None:
    found = verified(report(signed(), download=download), KEY, NOW).runs[0].measurements[0]
    assert found.value is None
    assert found.provenance is Provenance.AGENT_MEASURED
    assert found.because is not None
    assert found.because.code is ReasonCode.RECEIPT_DISAGREES


def test_an_exact_figure_far_below_its_receipt_does_not_count_either() -> None:
    assert verified(report(signed(), download=40.0), KEY, NOW).runs[0].measurements[0].value is None


@pytest.mark.parametrize("told", [{"server": 1}, {"server": "x"}])
def test_a_figure_of_another_server_is_neither_verified_nor_refused(told: dict[str, Any]) -> None:
    made = report(signed(), download=150.0)
    run = replace(made.runs[0], evidence={"receipt": signed(), "download": told})
    found = verified(replace(made, runs=[run]), KEY, NOW)
    assert words(found) == {Provenance.AGENT_MEASURED}
    assert found.runs[0].measurements[0].value == 150.0


def test_other_traffic_of_the_machine_is_vouched_for_by_nobody() -> None:
    made = report(signed())
    run = replace(made.runs[0], evidence={"receipt": signed(), "download": {"other_added": True}})
    goodput, line = verified(replace(made, runs=[run]), KEY, NOW).runs[0].measurements
    assert goodput.provenance is Provenance.SERVER_VERIFIED
    assert line.provenance is Provenance.AGENT_MEASURED


def test_without_a_key_nothing_is_verified() -> None:
    assert words(verified(report(signed()), None, NOW)) == {Provenance.AGENT_MEASURED}


def test_a_bandwidth_figure_hidden_in_another_check_is_not_believed() -> None:
    made = report(signed())
    moved = replace(made, runs=[replace(made.runs[0], check="host")])
    assert words(verified(moved, KEY, NOW)) == {Provenance.AGENT_MEASURED}


def test_what_others_vouch_for_is_left_as_it_is() -> None:
    made = report(None)
    item = Measurement(name="ipv6.level", value=7, unit=Unit.LEVEL, provenance=Provenance.SERVER_VERIFIED)
    ipv6 = replace(made, runs=[CheckRun(check="ipv6", version=1, status=CheckStatus.OK, measurements=[item])])
    assert words(verified(ipv6, KEY, NOW)) == {Provenance.SERVER_VERIFIED}


def test_the_servers_rate_is_that_of_the_later_half_so_a_burst_does_not_count() -> None:
    session = Session("s", "school-1", "agent-1", 10**9, 60, 1000, 0, opened_at=NOW)
    for step in range(1, 101):
        rate = 300 if step <= 40 else 100
        session.count_sent(rate * 12_500, 100 + step / 10)
    assert receipt_of(session, NOW, None).download_mbit_s == pytest.approx(100, rel=0.01)
    assert receipt_of(session, NOW, None).upload_mbit_s is None


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: PathOnDisk) -> None:
    path = tmp_path / "deep" / "speed.key"
    first = Key.of_file(path)
    assert path.stat().st_mode & 0o077 == 0
    assert Key.of_file(path).read(msgspec.to_builtins(first.sign(RECEIPT))) == RECEIPT
