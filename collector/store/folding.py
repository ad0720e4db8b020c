"""
Many reports of one school in one transaction become one row of each roll-up.

PostgreSQL refuses to update a row twice in one statement (ON CONFLICT), and a row written once is cheaper everywhere. The
rules are those of the statements in :mod:`collector.store.reports`: folding and then storing gives what storing one by one
gives (``tests/collector/store/test_folding.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.store.arrivals import OVERVIEW, Arrival, Row

LATEST = (("report_id",), tuple(OVERVIEW.values()))
"""Of ``school_latest``: what a newer row replaces, and what it leaves in place where it has nothing."""
CHECKS = (("report_id", "status", "reason"), ("measured_at", "measured_report_id"))
"""The same of ``check_latest``: a check that could not measure leaves the place of its last measurement."""
ADDED = ("reports", "downloads", "download_sum", "uploads", "upload_sum")


@dataclass(frozen=True, slots=True)
class Folded:
    """Rows by table, each key once, in the order of the keys (two writers then never wait for each other in a ring)."""

    agents: list[Row]
    latest: list[Row]
    checks: list[Row]
    days: list[Row]
    marks: list[Row]


def fold(arrivals: Sequence[Arrival]) -> Folded:
    """``arrivals`` in any order; of the same receipt time the later in the list counts as newer."""
    ordered = sorted(arrivals, key=lambda item: item.received_at)
    agents: dict[tuple[str, str], Row] = {}
    latest: dict[str, Row] = {}
    checks: dict[tuple[str, str], Row] = {}
    days: dict[tuple[str, str], Row] = {}
    for item in ordered:
        school_id = item.school_id
        agents[school_id, item.agent["agent_id"]] = item.agent
        latest[school_id] = _held(latest.get(school_id), item.school_latest, LATEST)
        day = (school_id, item.school_day["day"])
        days[day] = _added(days.get(day), item.school_day)
        for row in item.check_latest:
            key = (school_id, row["check_id"])
            checks[key] = _held(checks.get(key), row, CHECKS)
    return Folded(
        agents=_in_order(agents),
        latest=_in_order(latest),
        checks=_in_order(checks),
        days=_in_order(days),
        marks=[{"school_id": key, "received_at": latest[key]["received_at"]} for key in sorted(latest)],
    )


def _in_order(rows: dict[str, Row] | dict[tuple[str, str], Row]) -> list[Row]:
    return [row for _, row in sorted(rows.items(), key=lambda pair: pair[0])]


def _held(old: Row | None, new: Row, columns: tuple[tuple[str, ...], tuple[str, ...]]) -> Row:
    if old is None:
        return new
    return new | {name: old[name] if new[name] is None else new[name] for name in columns[1]}


def _added(old: Row | None, new: Row) -> Row:
    if old is None:
        return new
    both = new | {name: old[name] + new[name] for name in ADDED}
    for kind in ("download", "upload"):
        for name, better in ((f"{kind}_min", min), (f"{kind}_max", max)):
            values = [row[name] for row in (old, new) if row[name] is not None]
            both[name] = better(values) if values else None
    return both
