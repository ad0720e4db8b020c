"""
A survey in the tables: measurements of the collector's own, so that criteria, history and explanations find them as usual.

No row of ``report`` is written: a school whose website answers has not reported by that.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, select

from collector.store.schema import check_latest, check_run, measurement, school_dirty
from collector.store.upsert import insert_or_update
from collector.website.survey import Item, Survey
from contract.outcome import Bound, CheckStatus, Path, Provenance
from contract.report import Value
from contract.units import Unit

CHECK, VERSION, AGENT = "website", 1, "collector"
SUBJECT_LENGTH = 256
_NUMBERS = {
    "dns_ms": Unit.MS,
    "tcp_ms": Unit.MS,
    "first_ms": Unit.MS,
    "page_ms": Unit.MS,
    "rate_mbit_s": Unit.MBIT_S,
    "success_percent": Unit.PERCENT,
    "second_percent": Unit.PERCENT,
    "third_percent": Unit.PERCENT,
}


class Surveyed(Struct, frozen=True):
    """A survey of a school's site, with the id and the time it is stored under."""

    school_id: str
    survey_id: str
    at: datetime
    survey: Survey


class SiteState(Struct, frozen=True, kw_only=True):
    """One survey as it was stored: values by item, True, False, or None for what could not be told."""

    url: str
    at: datetime
    values: dict[str, Value]
    details: dict[str, str] = {}


def put(connection: Connection, surveyed: Sequence[Surveyed]) -> list[None]:
    """Store surveys and mark their schools for scoring."""
    for item in surveyed:
        below = {"school_id": item.school_id, "report_id": item.survey_id, "received_at": item.at}
        rows = _rows(item, below)
        connection.execute(insert(measurement), rows)
        run = {**below, "check_id": CHECK, "status": CheckStatus.OK.value, "reason": None}
        counts = {"check_version": VERSION, "offset_s": 0.0, "duration_s": 0.0, "measurements": len(rows)}
        connection.execute(insert(check_run), [{**run, **counts, "devices": 0, "personal_devices": 0}])
        latest = {**run, "measured_at": item.at, "measured_report_id": item.survey_id}
        insert_or_update(connection, check_latest, [latest])
        insert_or_update(connection, school_dirty, [{"school_id": item.school_id, "received_at": item.at}])
    return [None] * len(surveyed)


def history(connection: Connection, school_id: str, limit: int = 30) -> list[SiteState]:
    """The newest surveys of a school's sites, newest first."""
    table = measurement.c
    wanted = select(table.received_at, table.report_id, table.subject, table.name, table.value, table.reason).where(
        table.school_id == school_id, table.check_id == CHECK
    )
    newest = wanted.order_by(table.received_at.desc(), table.report_id, table.place).limit(
        limit * (len(Item) + len(_NUMBERS) + 1)
    )
    found: dict[str, SiteState] = {}
    for row in connection.execute(newest):
        state = found.setdefault(row.report_id, SiteState(url=row.subject, at=row.received_at, values={}, details={}))
        name = row.name.partition(".")[2]
        state.values[name] = msgspec.json.decode(row.value)
        if row.reason is not None:
            state.details[name] = str(msgspec.json.decode(row.reason)["params"].get("problem", ""))
    return list(found.values())[:limit]


def _rows(item: Surveyed, below: dict[str, Any]) -> list[dict[str, Any]]:
    survey = item.survey
    values: list[tuple[str, Value, Unit, str]] = [("ready", survey.ready, Unit.YES_NO, "")]
    values += [(found.item.value, found.passed, Unit.YES_NO, found.detail) for found in survey.findings]
    values += [(name, getattr(survey, name), unit, "") for name, unit in _NUMBERS.items()]
    return [
        {
            **below,
            "place": place,
            "agent_id": AGENT,
            "check_id": CHECK,
            "check_version": VERSION,
            "name": f"website.{name}",
            "subject": survey.url[:SUBJECT_LENGTH],
            "value": msgspec.json.encode(value if not isinstance(value, float) else round(value, 2)).decode(),
            "unit": unit.value,
            "bound": Bound.EXACT.value,
            "reason": _because(detail) if value is not True and detail else None,
            "path": Path.WAN.value,
            "provenance": Provenance.SERVER_VERIFIED.value,
            "offset_s": 0.0,
        }
        for place, (name, value, unit, detail) in enumerate(values)
    ]


def _because(detail: str) -> str:
    return msgspec.json.encode({"code": "reading_failed", "params": {"problem": detail[:200]}}).decode()
