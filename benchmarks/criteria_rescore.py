"""
How long a year of many schools takes under another version of a pack, and how much memory.

``python -m benchmarks.criteria_rescore [schools] [days]``: 2,000 schools x 365 days by default, a report each seventh day.
The second line is a run with nothing to change, the third scores a sample of days from scratch and compares.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from collector import packs
from collector.rescoring import rescore
from collector.store import history, samples, schools
from collector.store.engine import database_url
from collector.store.schema import measurement
from collector.store.store import Store
from contract.school import School, SchoolKind
from criteria.pack import find
from criteria.reading import CHINA
from criteria.score import score_school

UNTIL = date(2026, 6, 30)
PACK = find("cn-henan-jiaozuo-2019")


def main(many: int, days: int) -> None:
    """Fill, rescore twice, compare."""
    since = UNTIL - timedelta(days=days - 1)
    with tempfile.TemporaryDirectory() as folder, Store(database_url("c.db", Path(folder)), lambda: _at(UNTIL)) as store:
        for number in range(many):
            store.write(schools.put, [(School(id=f"S{number}", name="x", county="c", kind=SchoolKind.PRIMARY), _at(since))])
            store.write(_measured, [(f"S{number}", since, days, Random(number))])
        for run in ("first", "again"):
            start = time.monotonic()
            did = rescore(store, PACK, since, UNTIL, _progress)
            took = time.monotonic() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            rate = did.days / took
            told = f"{did.schools} schools, {did.days} days, {did.changed} changed"
            print(f"{run}: {told}, {took:.1f} s, {rate:.0f} days/s, {peak} MiB")
        print(f"from scratch: {_differences(store, many, since, days)} of 500 sampled days differ")


def _measured(connection: Connection, items: Sequence[tuple[str, date, int, Random]]) -> list[None]:
    for school, since, days, chance in items:
        rows = []
        for day in range(0, days, 7):
            for place, (name, value, unit) in enumerate(
                [
                    ("bandwidth.download_line_mbit_s", f"{chance.choice([40, 95, 120, 300])}", "Mbit/s"),
                    ("wired.egress_is_wired", "true", "yes/no"),
                ]
            ):
                rows.append(
                    {
                        "school_id": school, "received_at": _at(since) + timedelta(days=day, hours=1), "place": place,
                        "report_id": f"r{day}", "agent_id": "a", "check_id": name.partition(".")[0], "check_version": 1,
                        "name": name, "subject": None, "value": value, "unit": unit, "bound": "exact", "reason": None,
                        "path": "wan", "provenance": "agent_measured", "offset_s": 0.0,
                    }
                )  # fmt: skip
        connection.execute(insert(measurement), rows)
    return [None] * len(items)


def _differences(store: Store, many: int, since: date, days: int) -> int:
    chance, wrong = Random(1), 0
    for _ in range(500):
        id_, day = f"S{chance.randrange(many)}", since + timedelta(days=chance.randrange(days))
        now = _at(day) + timedelta(days=1) - timedelta(microseconds=1)
        with store.reading() as connection:
            school = schools.find(connection, id_)
            assert school is not None
            card = score_school(
                PACK, samples.facts_of(connection, school, packs.measures([PACK]), now - timedelta(days=400)), now
            )
            row = history.of_school(connection, id_, PACK.id)[day.isoformat()]
        wrong += (row.verdict, row.score, row.coverage) != (card.verdict.value, card.score, card.coverage)
    return wrong


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA).astimezone(UTC)


def _progress(done: int, total: int) -> None:
    if done % 50 == 0 or done == total:
        print(f"{done}/{total}", end="\r" if done < total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sizes = [int(text) for text in sys.argv[1:]]
    main(*(sizes or [2000, 365]))
