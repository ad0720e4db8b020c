"""
Our engine beside ``iperf3 -P 4`` on the same exact simulated line, in turn, so that noise of the machine meets both.

``python -m benchmarks.bandwidth [--rates 20,100] [--pairs 3] [--one-way-ms 10] [--loss 0] [--congestion reno]``. Needs
root and a C compiler; without iperf3 only our own rows are printed, with the reason. The truth is rate x 1448 / 1500 x
(1 - loss): IPv4 with timestamps through a shaper that counts IP packets.
"""

import argparse
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeAlias

from locales.table import table
from tests.testbed.link import Line, School, missing, school

DIRECTIONS = ("download", "upload")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one tool."""

    mbit_s: float
    wall_s: float
    megabytes: float
    cpu_s: float
    note: str = ""


Tools: TypeAlias = dict[str, Callable[[School, str], Run]]


def ours(built: School, direction: str) -> Run:
    """Our engine against the speed routes."""
    url = f"http://{built.server_address}:8000"
    said: dict[str, Any] = json.loads(built.client.run(sys.executable, "-m", "benchmarks.bandwidth_client", url, direction))
    note = f"{said['ended']}, {said['connections']}"
    return Run(said["mbit_s"], said["wall_s"], said["megabytes"], said["cpu_s"], note)


def iperf3(built: School, direction: str) -> Run:
    """The usual 10 s with four streams, as the receiver counts."""
    command = [
        "iperf3",
        "-c",
        built.server_address,
        "-t",
        "10",
        "-P",
        "4",
        "-J",
        *(["-R"] if direction == "download" else []),
    ]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    said: dict[str, Any] = json.loads(built.client.run(*command))
    after, wall_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    received = said["end"]["sum_received"]
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(received["bits_per_second"] / 1e6, wall_s, received["bytes"] / 1e6, cpu_s, "10 s, 4")


def compare(
    line: Line, tools: dict[str, Callable[[School, str], Run]], pairs: int, congestion: str | None
) -> list[list[str]]:
    """A row per direction and tool, medians over the pairs; ratios are ours to the other."""
    truth = line.down_mbit_s * 1448 / 1500 * (1 - line.loss_percent / 100)
    rows = []
    with school(line, congestion=congestion) as built:
        built.server.start(sys.executable, "-m", "tests.checks.bandwidth.server", built.server_address, "8000")
        if "iperf3" in tools:
            built.server.start("iperf3", "-s")
        time.sleep(2)
        for direction in DIRECTIONS:
            runs: dict[str, list[Run]] = {name: [] for name in tools}
            for _ in range(pairs):
                for name, tool in tools.items():
                    runs[name].append(tool(built, direction))
            rows += [row(line, direction, name, found, runs["ours"], truth) for name, found in runs.items()]
    return rows


def row(line: Line, direction: str, name: str, found: list[Run], ours_: list[Run], truth: float) -> list[str]:
    """One line of the table."""
    errors = [(run.mbit_s / truth - 1) * 100 for run in found]
    per_gb = median(run.cpu_s / run.megabytes * 1000 for run in found)
    own_per_gb = median(run.cpu_s / run.megabytes * 1000 for run in ours_)
    wall_s, megabytes = median(run.wall_s for run in found), median(run.megabytes for run in found)
    ratios = [
        median(run.wall_s for run in ours_) / wall_s,
        median(run.megabytes for run in ours_) / megabytes,
        own_per_gb / per_gb,
    ]
    return [
        f"{line.down_mbit_s:g}",
        direction,
        name,
        f"{median(run.mbit_s for run in found):.2f}",
        f"{truth:.2f}",
        " ".join(f"{error:+.2f}" for error in errors),
        f"{max(abs(error) for error in errors):.2f}",
        f"{wall_s:.1f}",
        f"{megabytes:.0f}",
        f"{per_gb:.1f}",
        "" if name == "ours" else " / ".join(f"{ratio:.2f}" for ratio in ratios),
        found[-1].note,
    ]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", default="20,100", help="Mbit/s at IP level, separated by commas")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--one-way-ms", type=float, default=10.0)
    parser.add_argument("--loss", type=float, default=0.0, help="percent")
    parser.add_argument("--congestion", default=None, help="reno, bbr, cubic: what both ends use; default: the system's")
    chosen = parser.parse_args()
    if reason := missing():
        print(f"skipped: {reason}")
        return 0
    tools: Tools = {"ours": ours}
    if shutil.which("iperf3"):
        tools["iperf3"] = iperf3
    else:
        print("iperf3 is not installed (Debian: iperf3), so there is nothing to compare with")
    rows = []
    for rate in map(float, chosen.rates.split(",")):
        line = Line(rate, rate, one_way_ms=chosen.one_way_ms, loss_percent=chosen.loss)
        rows += compare(line, tools, chosen.pairs, chosen.congestion)
    header = ["Mbit/s", "dir", "tool", "median", "truth", "error %", "worst", "wall s", "MB", "CPU s/GB"]
    print(table([*header, "ours/other: wall, MB, CPU", "end, connections"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
