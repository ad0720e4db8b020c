"""A report on its way into the tables: every row it becomes, made before the transaction begins."""

import gzip
import hashlib
from datetime import datetime, tzinfo
from typing import Any

import msgspec
from msgspec import Struct

from contract.outcome import Path
from contract.report import Measurement, Report
from criteria.facts import left_out

Row = dict[str, Any]
_encode = msgspec.json.Encoder().encode
OVERVIEW = {
    "bandwidth.download_mbit_s": "download_mbit_s",
    "bandwidth.upload_mbit_s": "upload_mbit_s",
    "ipv6.level": "ipv6_level",
    "inventory.devices": "devices",
}
"""Measures that the overview shows, and their columns in ``school_latest``."""


class Arrival(Struct, frozen=True, kw_only=True):
    """One accepted report. The lists hold rows of the tables they are named after."""

    school_id: str
    report_id: str
    received_at: datetime
    report: Row
    report_body: Row
    measurement: list[Row]
    check_run: list[Row]
    agent: Row
    check_latest: list[Row]
    school_latest: Row
    school_day: Row
    chain_shown: str | None = None
    chain_next: str | None = None
    """None for reports that come without a receipt (read from a file)."""

    @property
    def key(self) -> tuple[str, str]:
        """What makes a report the same report."""
        return (self.school_id, self.report_id)

    @property
    def sender(self) -> tuple[str, str]:
        """School and agent."""
        return (self.school_id, self.agent["agent_id"])


def arrival(
    report: Report,
    body: bytes,
    plain: bytes,
    encoding: str,
    received_at: datetime,
    offset_s: float,
    zone: tzinfo,
    *,
    signed: bool = False,
    chain: tuple[str | None, str] | None = None,
) -> Arrival:
    """
    The rows of ``report``.

    ``body`` is what came over the network in ``encoding``, ``plain`` the JSON inside. ``offset_s`` is the agent's clock
    minus ours. ``zone`` cuts the days. ``chain`` is (what the report showed, what its receipt is to give).
    """
    school_id, report_id = report.school_id, str(report.report_id)
    below = {"school_id": school_id, "report_id": report_id, "received_at": received_at}
    found = _shown(report)
    asked = [run for run in report.runs if not left_out(run)]
    return Arrival(
        school_id=school_id,
        report_id=report_id,
        received_at=received_at,
        report={
            **below,
            "agent_id": report.agent_id,
            "agent_version": report.agent_version,
            "sequence": report.sequence,
            "started_at": report.started_at,
            "duration_s": report.duration_s,
            "clock_offset_s": offset_s,
            "schema_no": report.schema,
            "privileged": report.privileged,
            "spool_waiting": report.spool.waiting,
            "spool_parked": report.spool.parked,
            "spool_dropped": report.spool.dropped,
            "body_sha256": hashlib.sha256(plain).hexdigest(),
            "body_bytes": len(body),
            "signed": signed,
        },
        report_body={
            "school_id": school_id,
            "received_month": received_at.astimezone(zone).strftime("%Y-%m"),
            "report_id": report_id,
            "encoding": encoding,
            "body": body,
        },
        measurement=_measurements(report, below),
        check_run=[
            {
                **below,
                "check_id": run.check,
                "check_version": run.version,
                "status": run.status.value,
                "reason": _json(run.reason),
                "offset_s": run.offset_s,
                "duration_s": run.duration_s,
                "measurements": len(run.measurements),
                "devices": len(run.devices),
                "personal_devices": sum(device.personal for device in run.devices),
            }
            for run in asked
        ],
        check_latest=[
            {
                "school_id": school_id,
                "check_id": run.check,
                "received_at": received_at,
                "report_id": report_id,
                "status": run.status.value,
                "reason": _json(run.reason),
                "measured_at": received_at if run.measurements else None,
                "measured_report_id": report_id if run.measurements else None,
            }
            for run in asked
        ],
        agent={
            "last_seen_at": received_at,
            "version": report.agent_version,
            "clock_offset_s": offset_s,
            "sequence": report.sequence,
            "school_id": school_id,
            "agent_id": report.agent_id,
        },
        school_latest={"school_id": school_id, "received_at": received_at, "report_id": report_id, **found},
        school_day={"school_id": school_id, "day": received_at.astimezone(zone).date().isoformat(), **_sums(found)},
        chain_shown=None if chain is None else chain[0],
        chain_next=None if chain is None else chain[1],
    )


def unpacked(encoding: str, body: bytes) -> bytes:
    """The JSON of a stored body."""
    return gzip.decompress(body) if encoding == "gzip" else body


def _measurements(report: Report, below: Row) -> list[Row]:
    rows: list[Row] = []
    for run in report.runs:
        above = {**below, "agent_id": report.agent_id, "check_id": run.check, "check_version": run.version}
        for found in run.measurements:
            rows.append(
                {
                    **above,
                    "place": len(rows),
                    "name": found.name,
                    "subject": found.subject,
                    "value": _value(found.value),
                    "unit": found.unit.value,
                    "bound": found.bound.value,
                    "reason": _json(found.because),
                    "path": None if found.path is None else found.path.value,
                    "provenance": found.provenance.value,
                    "offset_s": found.offset_s,
                }
            )
    return rows


def _shown(report: Report) -> Row:
    """
    What the overview shows of a report: of several values (one for each address family) the best.

    A throughput that never crossed the gateway says nothing of the school's line.
    """
    shown: Row = dict.fromkeys(OVERVIEW.values())
    for run in report.runs:
        for found in run.measurements:
            column = OVERVIEW.get(found.name)
            number = _number(found)
            if column is not None and number is not None:
                shown[column] = number if shown[column] is None else max(shown[column], number)
    return shown


def _number(found: Measurement) -> float | None:
    if found.path in (Path.LOCAL, Path.LAN):
        return None
    return found.value if isinstance(found.value, int | float) and not isinstance(found.value, bool) else None


def _sums(shown: Row) -> Row:
    row: Row = {"reports": 1}
    for name in ("download", "upload"):
        value = shown[f"{name}_mbit_s"]
        row |= {f"{name}s": int(value is not None), f"{name}_sum": value or 0.0}
        row |= {f"{name}_min": value, f"{name}_max": value}
    return row


def _value(value: object) -> str:
    return _encode(value).decode()


def _json(value: object | None) -> str | None:
    return None if value is None else _encode(value).decode()
