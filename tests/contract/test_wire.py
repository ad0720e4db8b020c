"""Reports as bytes: canonical, bounded, and the same for ever."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from contract.outcome import Bound, CheckStatus, Provenance
from contract.outcome import Path as NetworkPath
from contract.reason import ReasonCode, because
from contract.report import CheckRun, Device, Measurement, Platform, Report, SpoolState
from contract.units import Unit
from contract.wire import WireError, decode, digest, encode, to_plain

GOLDEN = Path(__file__).parent / "golden" / "report-v1.json"

FULL = Report(
    schema=1,
    report_id=UUID("0193b5a0-5a00-7000-8000-00000000002a"),
    school_id="410811-007",
    agent_id="a1",
    agent_version="0.1.0",
    sequence=7,
    started_at=datetime(2026, 11, 23, 2, 15, tzinfo=UTC),
    duration_s=21.5,
    platform=Platform(system="Linux", release="6.1", machine="x86_64", python="3.11.7"),
    privileged=True,
    spool=SpoolState(waiting=1, parked=0, dropped=2),
    runs=[
        CheckRun(
            check="bandwidth",
            version=1,
            status=CheckStatus.OK,
            offset_s=1.5,
            duration_s=8.25,
            measurements=[
                Measurement(
                    name="bandwidth.download_mbit_s",
                    value=94.5,
                    unit=Unit.MBIT_S,
                    subject="ipv4",
                    bound=Bound.AT_LEAST,
                    because=because(ReasonCode.NIC_IS_THE_LIMIT, speed_mbit_s=100, value=94.5),
                    path=NetworkPath.WAN,
                    offset_s=2.5,
                ),
                Measurement(name="bandwidth.upload_mbit_s", value=None, unit=Unit.MBIT_S),
            ],
            evidence={"slices": [[0.05, 61234], [0.1, 122468]]},
        ),
        CheckRun(
            check="inventory",
            version=1,
            status=CheckStatus.OK,
            measurements=[Measurement(name="inventory.devices", value=2, unit=Unit.COUNT)],
            devices=[
                Device(key="00:11:22:33:44:55", mac="00:11:22:33:44:55", ipv4=["10.0.0.2"], gateway=True),
                Device(key="0123456789abcdef", personal=True),
            ],
        ),
        CheckRun(
            check="ipv6", version=1, status=CheckStatus.TIMEOUT, reason=because(ReasonCode.CHECK_TIMED_OUT, limit_s=30)
        ),
        CheckRun(
            check="wired",
            version=1,
            status=CheckStatus.OK,
            measurements=[
                Measurement(
                    name="wired.egress_is_wired",
                    value=True,
                    unit=Unit.YES_NO,
                    provenance=Provenance.ATTESTED,
                    path=NetworkPath.WAN,
                )
            ],
        ),
    ],
)


def test_the_wire_format_of_a_report_never_changes() -> None:
    assert encode(FULL) == GOLDEN.read_bytes().strip()


def test_the_golden_report_reads_back_as_it_was() -> None:
    assert decode(GOLDEN.read_bytes(), Report) == FULL


def test_unknown_fields_of_a_newer_agent_are_accepted() -> None:
    plain = to_plain(FULL) | {"novelty": {"a": 1}}
    assert decode(msgspec.json.encode(plain), Report) == FULL


def test_equal_values_have_equal_digests_whatever_the_order_of_keys() -> None:
    assert digest({"b": 1, "a": [2]}) == digest({"a": [2], "b": 1})
    assert digest({"a": 1}) != digest({"a": 2})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": 2}, "$.schema"),
        ({"report_id": "not-a-uuid"}, "$.report_id"),
        ({"school_id": "../etc"}, "$.school_id"),
        ({"school_id": "ok\n"}, "$.school_id"),
        ({"sequence": -1}, "$.sequence"),
        ({"sequence": 1e300}, "$.sequence"),
        ({"started_at": "2026-11-23T02:15:00"}, "$.started_at"),
        ({"duration_s": -0.5}, "$.duration_s"),
        ({"platform": []}, "$.platform"),
        ({"runs": [{"check": "Bandwidth", "version": 1, "status": "ok"}]}, "$.runs[0].check"),
        ({"runs": [{"check": "bandwidth", "version": 1, "status": "fine"}]}, "$.runs[0].status"),
        (
            {
                "runs": [
                    {
                        "check": "b",
                        "version": 1,
                        "status": "ok",
                        "measurements": [{"name": "b.x", "value": 10**17, "unit": "ms"}],
                    }
                ]
            },
            "$.runs[0].measurements[0].value",
        ),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(WireError) as caught:
        decode(msgspec.json.encode(to_plain(FULL) | change), Report)
    assert caught.value.message.params["field"] == field


@pytest.mark.parametrize("raw", [b"", b"{", b"NaN", b'{"a": NaN}', b"\xff", b"[" * 100_000, b"{} {}"])
def test_what_is_not_json_is_said_to_be_no_json(raw: bytes) -> None:
    with pytest.raises(WireError) as caught:
        decode(raw, Report)
    assert caught.value.message.code in {"wire.not_json", "wire.invalid_field"}


def test_times_keep_their_instant_over_the_wire() -> None:
    east = datetime.fromisoformat("2026-11-23T10:15:00+08:00")
    moved = decode(encode(msgspec.structs.replace(FULL, started_at=east)), Report)
    assert moved.started_at - FULL.started_at == timedelta(0)
