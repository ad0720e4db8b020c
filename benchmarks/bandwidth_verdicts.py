"""
Verdicts on exact simulated lines: the whole check, judged by the pack's own criterion, in both directions.

``python -m benchmarks.bandwidth_verdicts [--only PART;PART] [--repeat N]``. Needs root and a C compiler. Each run stands
for three runs, as many as the criterion wants before a miss counts; so a single wrong run shows. "wrong" is an outcome that
the line's row forbids.
"""

import argparse
import datetime as dt
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from contract.outcome import Outcome
from contract.report import Measurement
from contract.school import School as SchoolFacts
from contract.school import SchoolKind
from contract.score import CriterionResult
from criteria.facts import Facts, Sample
from criteria.judge import judge
from criteria.pack import Criterion, find
from locales.table import table
from tests.testbed.link import Line, School, missing, school

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
CRITERION = "JZ-7.1.02"
DECLARED = {"line_mbit_s": 10_000}
MET, UNMET, UNKNOWN = Outcome.MET, Outcome.UNMET, Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Case:
    """A line, how it is measured, and the outcomes that would be right."""

    name: str
    line: Line
    right: tuple[Outcome, ...]
    ipv6: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    server: dict[str, Any] = field(default_factory=lambda: dict(DECLARED))
    load_mbit_s: int = 0
    reason: str | None = None


def _l1(rate: float, **more: Any) -> Line:
    return Line(rate, rate, overhead=38, **more)


CASES = [
    Case("95 IP", Line(95, 95), (UNMET,)),
    Case("97 IP", Line(97, 97), (MET,)),
    Case("100 layer 1", _l1(100), (MET,)),
    Case("100 IP", Line(100, 100), (MET,)),
    Case("100 PPPoE layer 1", Line(100, 100, overhead=46, mtu=1492), (MET,)),
    Case("100 IPv6 layer 1", _l1(100), (MET,), ipv6=True),
    Case("110 IP", Line(110, 110), (MET,)),
    Case("100 IP, 100 ms", Line(100, 100, one_way_ms=50), (MET,)),
    Case("95 IP, 100 ms", Line(95, 95, one_way_ms=50), (UNMET, UNKNOWN)),
    Case("100 IP, 1 % loss", Line(100, 100, loss_percent=1), (MET, UNKNOWN)),
    Case("30-Mbit/s server", Line(30, 30), (UNKNOWN,), server={}, reason="server_may_be_the_limit"),
    Case("30-Mbit/s server, declared", Line(30, 30), (UNKNOWN,), server={"line_mbit_s": 30}, reason="server_is_the_limit"),
    Case("60, bucket 12 MB at 300", Line(60, 60, bucket_bytes=12_000_000, peak_mbit_s=300), (UNMET, UNKNOWN)),
    Case("60, bucket 75 MB at 300", Line(60, 60, bucket_bytes=75_000_000, peak_mbit_s=300), (UNMET, UNKNOWN)),
    Case(
        "quick, bucket 75 MB at 300",
        Line(60, 60, bucket_bytes=75_000_000, peak_mbit_s=300),
        (UNMET, UNKNOWN),
        options={"mode": "quick"},
    ),
    Case("100 IP, half other traffic", Line(100, 100), (MET, UNKNOWN), load_mbit_s=50, reason="cross_traffic"),
]


def measured(built: School, case: Case, port: int) -> tuple[dict[str, Measurement], dict[str, Any]]:
    """Run the check once; its measurements by name, and its evidence."""
    address = built.server_address6 if case.ipv6 else built.server_address
    options = {"family": "ipv6" if case.ipv6 else "ipv4", **case.options}
    url = f"http://{'[' + address + ']' if case.ipv6 else address}:{port}"
    command = (sys.executable, "-m", "tests.checks.bandwidth.client", url, json.dumps(options), "evidence")
    said = built.client.run(*command, timeout=240)
    rows, evidence = msgspec.json.decode(said, type=tuple[list[Measurement], dict[str, Any]])
    return {row.name: row for row in rows if row.subject is None}, evidence


def verdict(criterion: Criterion, found: Measurement) -> CriterionResult:
    """What the criterion makes of three such runs."""
    samples = [
        Sample(
            name=found.name,
            value=found.value,
            unit=found.unit,
            at=NOW - dt.timedelta(days=day),
            report_id=f"r{day}",
            agent_id="a",
            check="bandwidth",
            check_version=2,
            bound=found.bound,
            because=found.because,
            path=found.path,
        )
        for day in range(3)
    ]
    facts = SchoolFacts(id="s", name="s", county="c", kind=SchoolKind.PRIMARY)
    assert criterion.measure is not None
    asked = replace(criterion, measure=replace(criterion.measure, name=found.name))
    return judge(asked, Facts(school=facts, samples={found.name: samples}), NOW)


def load(built: School, mbit_s: int) -> None:
    """Other traffic of the client, both ways, by iperf3."""
    for port, back in ((5301, []), (5302, ["-R"])):
        built.server.start("iperf3", "-s", "-p", str(port))
        time.sleep(0.5)
        built.client.start(
            *("iperf3", "-u", "-c", built.server_address, "-p", str(port), "-b", f"{mbit_s}M", "-l", "1400", "-t", "600"),
            *back,
        )


def rows_of(case: Case, criterion: Criterion, repeat: int) -> list[list[str]]:
    """A row for each run and direction."""
    rows = []
    for number in range(repeat):
        # A line of its own for each run: its allowance for bursts is whole again.
        with school(case.line) as built:
            address = built.server_address6 if case.ipv6 else built.server_address
            built.server.start(
                sys.executable, "-m", "tests.checks.bandwidth.server", address, "8000", json.dumps(case.server)
            )
            if case.load_mbit_s:
                load(built, case.load_mbit_s)
            found, evidence = measured(built, case, 8000)
        for way in ("download", "upload"):
            item = found[f"bandwidth.{way}_line_mbit_s"]
            result = verdict(criterion, item)
            told = item.because.code.value if item.because else ""
            wrong = result.outcome not in case.right
            misnamed = case.reason is not None and result.outcome is UNKNOWN and told != case.reason
            part = evidence[way]
            rows.append(
                [
                    case.name,
                    str(number + 1),
                    way,
                    "-" if item.value is None else f"{item.value:.2f}",
                    item.bound.value,
                    result.outcome.value,
                    "WRONG" if wrong else "MISNAMED" if misnamed else "",
                    told,
                    f"{part['seconds']:.1f}",
                    f"{part['moved_bytes'] / 1e6:.0f}",
                    str(part["connections"][-1][1]),
                    "" if part["burst_mbit_s"] is None else f"{part['burst_mbit_s']:.0f}",
                ]
            )
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    return rows


def main() -> int:
    """Print the table; 1 when a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="names of cases, or parts of them, separated by semicolons")
    parser.add_argument("--repeat", type=int, default=1)
    chosen = parser.parse_args()
    if reason := missing():
        print(f"skipped: {reason}")
        return 0
    criterion = next(item for item in find("cn-henan-jiaozuo-2019").criteria if item.id == CRITERION)
    rows = []
    for case in CASES:
        if not chosen.only or any(part in case.name for part in chosen.only.split(";")):
            rows += rows_of(case, criterion, chosen.repeat)
    header = ["line", "run", "direction", "Mbit/s", "bound", "outcome", "", "reason", "s", "MB", "connections", "burst"]
    print(table(header, rows))
    wrong = sum(row[6] == "WRONG" for row in rows)
    print(
        f"{len(rows)} verdicts, {wrong} wrong, {sum(row[6] == 'MISNAMED' for row in rows)} with another reason than expected"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
