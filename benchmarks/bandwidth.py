"""
Our engine (quick mode) beside other tools on the same exact simulated line, in turn, so that noise meets all of them.

``python -m benchmarks.bandwidth [--rates 20,100] [--pairs 3] [--one-way-ms 10] [--loss 0] [--congestion reno] [--all]``.
Needs root and a C compiler; without iperf3 only our own rows are printed, with the reason. The truth is rate x 1448 / 1500 x
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
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from locales.table import table
from tests.testbed.link import Line, School, missing, school

AVAILABLE = "/proc/sys/net/ipv4/tcp_available_congestion_control"
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
        *(["-C", "cubic"] if "cubic" in Path(AVAILABLE).read_text() else []),
        *(["-R"] if direction == "download" else []),
    ]
    said, wall_s, cpu_s = _timed(built, command)
    received = said["end"]["sum_received"]
    return Run(received["bits_per_second"] / 1e6, wall_s, received["bytes"] / 1e6, cpu_s, "10 s, 4")


def _timed(built: School, command: list[str], env: dict[str, str] | None = None) -> tuple[dict[str, Any], float, float]:
    """What a command said as JSON, its wall seconds and its CPU seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    said: dict[str, Any] = json.loads(built.client.run(*command, env=env))
    after, wall_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    return said, wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def speedtest_cli(built: School, direction: str) -> Run:
    """speedtest-cli from PyPI against a server that speaks its legacy protocol, which is its proxy as well."""
    url = f"http://{built.server_address}:8080"
    other = "--no-upload" if direction == "download" else "--no-download"
    command = [sys.executable, "-m", "speedtest", "--mini", f"{url}/mini.html", "--json", other]
    said, wall_s, cpu_s = _timed(built, command, {"http_proxy": url})
    moved = said["bytes_received" if direction == "download" else "bytes_sent"] / 1e6
    return Run(said[direction] / 1e6, wall_s, moved, cpu_s, "10 s, 4 / 2")


def librespeed_like(built: School, direction: str) -> Run:
    """A stand-in for LibreSpeed's client, with its defaults and its way of counting."""
    command = [sys.executable, "-m", "benchmarks.librespeed_client", f"http://{built.server_address}:8080", direction]
    said, wall_s, cpu_s = _timed(built, command)
    return Run(said["mbit_s"], wall_s, said["megabytes"], cpu_s, "10 s, 3")


def compare(
    line: Line, tools: dict[str, Callable[[School, str], Run]], pairs: int, congestion: str | None
) -> list[list[str]]:
    """A row per direction and tool, medians over the pairs; ratios are ours to the other."""
    truth = line.down_mbit_s * 1448 / 1500 * (1 - line.loss_percent / 100)
    rows = []
    with school(line, congestion=congestion) as built:
        built.server.start(sys.executable, "-m", "tests.checks.bandwidth.server", built.server_address, "8000")
        built.server.start(sys.executable, "-m", "tests.checks.bandwidth.legacy_server", built.server_address, "8080")
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
    parser.add_argument("--all", action="store_true", help="speedtest-cli and a LibreSpeed-like client as well")
    chosen = parser.parse_args()
    if reason := missing():
        print(f"skipped: {reason}")
        return 0
    tools: Tools = {"ours": ours}
    if shutil.which("iperf3"):
        tools["iperf3"] = iperf3
    else:
        print("iperf3 is not installed (Debian: iperf3), so there is nothing to compare with")
    if chosen.all:
        tools |= {"speedtest-cli": speedtest_cli, "LibreSpeed-like": librespeed_like}
    rows = []
    for rate in map(float, chosen.rates.split(",")):
        line = Line(rate, rate, one_way_ms=chosen.one_way_ms, loss_percent=chosen.loss)
        rows += compare(line, tools, chosen.pairs, chosen.congestion)
    header = ["Mbit/s", "dir", "tool", "median", "truth", "error %", "worst", "wall s", "MB", "CPU s/GB"]
    print(table([*header, "ours/other: wall, MB, CPU", "end, connections"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
