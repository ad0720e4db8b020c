"""
The simulated networks x (our check, ``ping -6``, ``curl -6``, the method of test-ipv6.com): verdicts and seconds.

``python -m benchmarks.ipv6 [--runs 20] [--only 01,08] [--user] [--no-others]``. Needs root, radvd, nftables, iputils-ping
and curl. ``--user`` runs our check without any capability, as an ordinary user has none. The column of test-ipv6.com is its
set of requests (less the name delegated over IPv6 only) and its table of scores, rebuilt with curl and its limit of 15 s: an
imitation, not the site.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any, Literal

from contract.outcome import Bound
from contract.report import CheckRun
from contract.wire import decode
from locales.table import table
from tests.testbed.ipv6 import COLLECTOR, School, internet, missing, options
from tests.testbed.ipv6_networks import NETWORKS, TARGET, Expected, network

ROOT = Path(__file__).parents[1]
POWERLESS = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")
"""All capabilities dropped: what an ordinary user may do on the network, with the files of this machine still readable."""
PROGRAM = """
import json, resource, sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from checks.registry import all_checks
from contract.outcome import CheckStatus
from contract.report import CheckRun
from contract.wire import encode
from tests.checks.machine import context
item = all_checks()["ipv6"]
made = context(item, Path("/"), url={url!r}, **json.loads({options!r}))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.monotonic()
found = item.run(made)
spent = time.monotonic() - begun
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run = CheckRun(check="ipv6", version=2, status=CheckStatus.OK, duration_s=spent, measurements=found.measurements,
               evidence={{**found.evidence, "added_kib": after - before}})
sys.stdout.buffer.write(encode(run))
"""


def ours(made: School, *, user: bool) -> CheckRun:
    """One run of our check as its own process; ``duration_s`` is the check alone."""
    program = PROGRAM.format(root=str(ROOT), url=COLLECTOR, options=json.dumps(options()))
    return decode(made.pc.run(*(POWERLESS if user else ()), sys.executable, "-c", program).encode(), CheckRun)


def right(run: CheckRun, expected: Expected, *, user: bool) -> bool:
    """Level, bound, reason and flags are what they have to be; a user is not told about echo."""
    level = next(item for item in run.measurements if item.name == "ipv6.level")
    flags = {str(item.subject) for item in run.measurements if item.name == "ipv6.flag" and item.value}
    wanted = set(expected.flags) - ({"gw_no_echo"} if user else set())
    reason = level.because.code if level.because else None
    return (level.value, level.bound is Bound.EXACT, reason, flags) == (
        *(expected.level, expected.exact, expected.reason),
        wanted,
    )


def timed(made: School, *command: str) -> tuple[int, str, float]:
    """Exit code, output and seconds."""
    begun = time.monotonic()
    done = made.pc.complete(*command)
    return done.returncode, done.stdout, time.monotonic() - begun


def ping(made: School) -> str:
    """``ping -6`` to a target."""
    code, _, spent = timed(made, "ping", "-6", "-n", "-c1", "-W2", TARGET)
    return f"{'ok' if code == 0 else 'fails'} {spent:.1f}"


def curl(made: School) -> str:
    """``curl -6`` to a name."""
    code, _, spent = timed(made, "curl", "-6", "-s", "-m", "10", "-o", "/dev/null", "http://ds.test.lan/")
    return f"{'ok' if code == 0 else f'exit {code}'} {spent:.1f}"


def test_ipv6_com(made: School) -> str:
    """The five requests of test-ipv6.com side by side, and its score."""
    fill = "/ip?" + "x" * 1600
    asked = {
        "a": ("four", "/ip"),
        "aaaa": ("six", "/ip"),
        "ds": ("ds", "/ip"),
        "dsmtu": ("ds", fill),
        "v6mtu": ("six", fill),
    }

    def get(item: tuple[str, str]) -> tuple[str, str]:
        code, out, spent = timed(made, "curl", "-s", "-m", "15", f"http://{item[0]}.test.lan{item[1]}")
        good = code == 0 and '"ip"' in out
        return ("o" if spent < 5 else "s") if good else ("b" if spent < 5 else "t"), out

    begun = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        found = dict(zip(asked, pool.map(get, asked.values()), strict=True))
    spent = time.monotonic() - begun
    state = {name: how for name, (how, _) in found.items()}
    if state["a"] == "o" and state["aaaa"] in "bt" and state["ds"] == "o":
        verdict = "IPv4 only 0/10"
    elif state["aaaa"] == "o" and state["v6mtu"] in "bt":
        verdict = "IPv6 MTU 1/10"
    elif state["aaaa"] == "o" and any(mark in found["aaaa"][1] for mark in ("2002:", "2001:0:")):
        verdict = "tunnel 7/10"
    elif state["aaaa"] == "o" and state["ds"] == "o":
        verdict = f"dual, v{6 if found['ds'][1].count(':') > 1 else 4} 10/10"
    else:
        verdict = "broken 0/10"
    return f"{verdict} {spent:.1f}"


def row(made: School, name: str, runs: int, *, user: bool, others: bool) -> tuple[list[str], dict[str, Any]]:
    """A line of the table, and the figures for the bars."""
    expected = NETWORKS[name].expected
    found = [ours(made, user=user) for _ in range(runs)]
    good = sum(right(run, expected, user=user) for run in found)
    spent = sorted(run.duration_s for run in found)
    added = max(int(run.evidence["added_kib"]) for run in found)
    verdict = f"{expected.level} {expected.reason.value if expected.reason else 'ready'}"
    cells = [name, verdict, f"{good}/{runs}", f"{median(spent):.2f}", f"{spent[-1]:.2f}"]
    cells += [ping(made), curl(made), test_ipv6_com(made)] if others else []
    return cells, {"good": good, "worst_s": spent[-1], "added_kib": added, "name": name}


def main() -> int:
    """Print the table and what the bars come to; 1 when a verdict was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--only", default="")
    parser.add_argument("--user", action="store_true")
    parser.add_argument("--no-others", action="store_true")
    given = parser.parse_args()
    if reason := missing():
        print(reason)
        return 69
    chosen = [name for name in NETWORKS if not given.only or name.split()[0] in given.only.split(",")]
    header = ["network", "verdict", "right", "median s", "worst s"]
    header += [] if given.no_others else ["ping -6", "curl -6", "test-ipv6 method"]
    rows, figures = [], []
    with tempfile.TemporaryDirectory() as folder, internet(Path(folder)) as net:
        for name in chosen:
            with network(net, name) as made:
                cells, figure = row(made, name, given.runs, user=given.user, others=not given.no_others)
            rows.append(cells)
            figures.append(figure)
            print(".", end="", file=sys.stderr, flush=True)
    sides: list[Literal["<", ">"]] = ["<", "<", ">", ">", ">", "<", "<", "<"]
    print(table(header, rows, align=sides[: len(header)]))
    good, total = sum(item["good"] for item in figures), given.runs * len(figures)
    print(f"right: {good} of {total}; worst: {max(item['worst_s'] for item in figures):.2f} s")
    print(f"memory added by the check: {max(item['added_kib'] for item in figures) / 1024:.1f} MiB", end="")
    print(f"; of this bench: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
    return 0 if good == total else 1


if __name__ == "__main__":
    sys.exit(main())
