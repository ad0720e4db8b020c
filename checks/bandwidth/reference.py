"""
Other tools' results beside ours, for people who know them. They never decide.

speedtest-cli (Apache-2.0) opens a connection per chunk, two at a time, and stops after 157 MB: its upload reads 20 % low at
100 Mbit/s and 63 % low at 500, its download is right up to about 110 (measured). iperf3 (BSD) needs a server of its own.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checks.bandwidth.flow import Direction
from contract.reason import Reason, ReasonCode, because

TIMEOUT_S = 60.0
_BIT_PER_MBIT = 1e6
Run = Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Rate:
    """One direction by another tool; ``mbit_s`` None with the reason when it gave nothing."""

    direction: Direction
    mbit_s: float | None
    because: Reason | None = None


def measure(name: str, iperf3_server: str | None, run: Run | None = None) -> list[Rate]:
    """Both directions by the tool ``name``."""
    execute = run or _execute
    try:
        return speedtest(execute) if name == "speedtest-cli" else iperf3(execute, iperf3_server)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        reason = because(ReasonCode.READING_FAILED, problem=f"{name}: {error}"[:200])
        return [Rate(way, None, reason) for way in Direction]


def speedtest(run: Run, extra: Sequence[str] = ()) -> list[Rate]:
    """speedtest.net, or the server given with ``--mini URL`` in ``extra``."""
    said = json.loads(run([sys.executable, "-m", "speedtest", "--secure", "--json", *extra]))
    return [Rate(way, round(said[way.value] / _BIT_PER_MBIT, 2)) for way in Direction]


def iperf3(run: Run, server: str | None) -> list[Rate]:
    """Four streams for 10 s each way, as the receiver counts."""
    program = shutil.which("iperf3")
    if program is None or server is None:
        raise FileNotFoundError("iperf3" if program is None else "iperf3_server")
    host, _, port = server.partition(":")
    rates = []
    for way in Direction:
        back = ["-R"] if way is Direction.DOWNLOAD else []
        said = json.loads(run([program, "-c", host, "-p", port or "5201", "-P", "4", "-t", "10", "-J", *back]))
        rates.append(Rate(way, round(said["end"]["sum_received"]["bits_per_second"] / _BIT_PER_MBIT, 2)))
    return rates


def _execute(command: Sequence[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ValueError(said[-1] if said else f"ended with {done.returncode}")
    return done.stdout
