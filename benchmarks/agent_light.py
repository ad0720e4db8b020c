"""
What the agent costs the machine it is a guest on: start, memory and processor time.

``python benchmarks/agent_light.py [--program dist/campus-agent/campus-agent]``. Processor time is user and system of the
process and all its children, the least of five; a bare interpreter is measured beside it. Runs happen in a namespace of
their own without a network (``unshare --net``), so that no packet leaves this machine.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from locales.table import table

ROOT = Path(__file__).parents[1]
TIMES = 5
START_MS = 60
RUN_MIB = 60
RUN_S = 5
QUIET = "host,wired,ipv6"
ALONE = ("unshare", "--net", "--map-root-user")
ALONE_PATH = shutil.which(ALONE[0]) or ALONE[0]


def cost(command: Sequence[str], times: int = TIMES) -> tuple[float, float]:
    """Milliseconds of processor time and MiB of the largest process, each the least of ``times``."""
    spent, largest = [], []
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "CAMPUS_STATE": f"{folder}/state", "CAMPUS_LANG": "en"}
        for _ in range(times):
            pid = os.posix_spawn(
                ALONE_PATH,
                [*ALONE, *command],
                environ,
                file_actions=[(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (0, 1, 2)],
            )
            _, _, used = os.wait4(pid, 0)
            spent.append(1000 * (used.ru_utime + used.ru_stime))
            largest.append(used.ru_maxrss / 1024)
    return min(spent), min(largest)


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--program", type=Path, help="a bundle to measure too")
    args = parser.parse_args()
    os.chdir(ROOT)
    agent = [sys.executable, "-m", "agent"]
    run = ["run", "--no-deliver", "--only"]
    rows = {"bare interpreter": cost([sys.executable, "-c", "pass"])}
    rows["--version"] = cost([*agent, "--version"])
    rows["--help"] = cost([*agent, "--help"])
    rows["doctor"] = cost([*agent, "doctor"])
    rows[f"run --only {QUIET}"] = cost([*agent, *run, QUIET], 2)
    rows[f"run --only {QUIET},inventory"] = cost([*agent, *run, f"{QUIET},inventory"], 1)
    if args.program:
        program = str(args.program.absolute())
        rows["bundle --version"] = cost([program, "--version"])
        rows[f"bundle run --only {QUIET}"] = cost([program, *run, QUIET], 2)
    print(table(["", "ms of processor", "MiB"], [[name, f"{ms:.0f}", f"{mib:.0f}"] for name, (ms, mib) in rows.items()]))
    beyond = rows["--version"][0] - rows["bare interpreter"][0]
    whole_ms, whole_mib = rows[f"run --only {QUIET},inventory"]
    own = subprocess.run([*agent, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"\n{own}: --version {beyond:.0f} ms beyond a bare interpreter (bar {START_MS})")
    print(f"a run without the bandwidth test: {whole_mib:.0f} MiB (bar {RUN_MIB}), {whole_ms / 1000:.1f} s (bar {RUN_S})")
    return 0 if beyond <= START_MS and whole_mib <= RUN_MIB and whole_ms <= RUN_S * 1000 else 1


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
