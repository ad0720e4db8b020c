"""
The inventory beside arp-scan, nmap, scapy and fping, on simulated LANs in namespaces: ``--runs N`` (5), ``--only PART``.

All tools meet the same hosts with 2 % loss each way (3.96 % of round trips). Walls include the start of the process, CPU and
peak memory are those of the process. Needs root, gcc, and the Debian packages arp-scan, nmap and fping for their rows.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from contract.report import CheckRun
from contract.wire import decode
from tests.testbed.crowd import Crowd, Habit, crowd
from tests.testbed.responder import Counters, Responder, crowded_lan, missing

ROOT = Path(__file__).resolve().parent.parent
LOSS = 2.0
Rows: TypeAlias = "dict[str, tuple[list[str], Callable[[str], set[str]]]]"
SWEEP = {"names": False, "ipv6": False, "second_look": False}
SCAPY = (
    "from scapy.all import ARP, Ether, srp\n"
    "a, _ = srp(Ether(dst='ff:ff:ff:ff:ff:ff') / ARP(pdst={net!r}), timeout=2, iface='eth0', verbose=0)\n"
    "print(*(r.psrc for _, r in a), sep='\\n')\n"
)


@dataclass
class Run:
    """One run of one tool: addresses reported, what the switch saw, seconds, CPU seconds, MB, and what was printed."""

    found: set[str]
    counters: Counters
    wall: float
    cpu: float
    rss: float
    out: str


def execute(lan: Responder, command: Sequence[str], read: Callable[[str], set[str]], prefix: Sequence[str] = ()) -> Run:
    """Run a command on the machine under audit, with an empty neighbour table."""
    lan.forget()
    lan.counters()
    begun = time.perf_counter()
    process = subprocess.Popen(
        lan.pc.command(*prefix, *command),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout
    out = process.stdout.read()
    process.stdout.close()
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    wall = time.perf_counter() - begun
    return Run(read(out), lan.counters(), wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out)


def ours(**options: Any) -> list[str]:
    """The check itself, as a process."""
    return [sys.executable, "-m", "benchmarks.inventory_probe", json.dumps(options)]


def our_addresses(out: str) -> set[str]:
    """Own addresses of equipment, and a stand-in for each personal device: those leave without an address."""
    run = decode(out.encode(), CheckRun)
    return {one for device in run.devices for one in (device.ipv4 or ([device.key] if device.personal else []))}


def first_words(out: str) -> set[str]:
    """Addresses that stand first on a line."""
    return {line.split()[0] for line in out.splitlines() if line[:1].isdigit()}


def nmap_addresses(out: str) -> set[str]:
    """Addresses of nmap's report, without this machine."""
    return {line.split()[-1].strip("()") for line in out.splitlines() if line.startswith("Nmap scan report")} - {"10.20.0.2"}


def tools(network: str) -> Rows:
    """Every tool that is installed."""
    found: Rows = {
        "campus lab": (ours(pace="lab", **SWEEP), our_addresses),
        "arp-scan": (["arp-scan", "-I", "eth0", "-q", "-x", network], first_words),
        "nmap -sn": (["nmap", "-sn", "-n", network], nmap_addresses),
        "scapy srp": ([sys.executable, "-c", SCAPY.format(net=network)], first_words),
        "fping": (["fping", "-a", "-q", "-r", "1", "-i", "1", "-g", network], first_words),
    }
    return {name: item for name, item in found.items() if shutil.which(item[0][0])}


def recall(people: Crowd, found: set[str]) -> tuple[int, int]:
    """Hosts found and hosts invented. A personal device of ours counts as one host, up to the number of phones."""
    phones = {one.ipv4 for one in people.of(Habit.PHONE)}
    plain = {one for one in found if "." in one}
    hashed = min(len(found - plain), len(phones))
    right = len(plain & people.ipv4()) + (hashed if not plain & phones else 0)
    return right, len(plain - people.ipv4())


def middle(runs: Sequence[Run], value: Callable[[Run], float]) -> float:
    """Median."""
    return statistics.median(value(run) for run in runs)


def anchors(count: int, network: str, runs: int) -> None:
    """Everybody side by side, as ratios to arp-scan."""
    people = crowd(count, network)
    hosts = len(people.ipv4())
    print(f"\n### {network}, {hosts} hosts, {LOSS:g} % loss each way, median of {runs}\n")
    print("| tool | all found | fewest | false | wall s | × arp-scan | frames | × arp-scan | peak/s | CPU s | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    with crowded_lan(people) as lan:
        lan.set(loss_percent=LOSS)
        results = {
            name: [execute(lan, command, read) for _ in range(runs)] for name, (command, read) in tools(network).items()
        }
    yard = results.get("arp-scan")
    for name, done in results.items():
        counts = [recall(people, run.found) for run in done]
        wall, frames = middle(done, lambda run: run.wall), middle(done, lambda run: run.counters.frames)
        ratio = [
            f"{value / middle(yard, key):.2f}" if yard else "-"
            for value, key in ((wall, lambda run: run.wall), (frames, lambda run: run.counters.frames))
        ]
        print(
            f"| {name} | {sum(right == hosts for right, _ in counts)}/{runs} | {min(right for right, _ in counts)} "
            f"| {max(wrong for _, wrong in counts)} | {wall:.2f} | {ratio[0]} | {frames:.0f} | {ratio[1]} "
            f"| {max(run.counters.peak for run in done)} | {middle(done, lambda run: run.cpu):.2f} "
            f"| {middle(done, lambda run: run.rss):.0f} |",
            flush=True,
        )


def certain(count: int, network: str, runs: int) -> None:
    """Bar 1: recall, false hosts and the doubled address, with the second look."""
    people = crowd(count, network)
    hosts = len(people.ipv4())
    with crowded_lan(people) as lan:
        lan.set(loss_percent=LOSS)
        done = [execute(lan, ours(pace="lab", **{**SWEEP, "second_look": True}), our_addresses) for _ in range(runs)]
    counts = [recall(people, run.found) for run in done]
    twice = sum(decode(run.out.encode(), CheckRun).evidence["conflicts"] == 1 for run in done)
    print(
        f"\n{network}, {hosts} hosts, {runs} runs with second look: all found {sum(a == hosts for a, _ in counts)}/{runs} "
        f"(fewest {min(a for a, _ in counts)}), false hosts {max(b for _, b in counts)}, doubled address {twice}/{runs}",
        flush=True,
    )


def limiters(runs: int) -> None:
    """Bars 3 and 4: behind a switch that drops broadcasts."""
    people = crowd(245, "10.20.0.0/24")
    hosts = len(people.ipv4())
    print("\n### Behind a limiter of broadcasts, /24\n")
    print("| limiter | tool | all found | fewest | seconds | most dropped | peak/s |\n|---|---|---|---|---|---|---|")
    with crowded_lan(people) as lan:
        for pps, names in ((15, ["default"]), (100, ["lab", "fast"])):
            lan.set(loss_percent=LOSS, policer_pps=pps)
            rows: Rows = {f"campus {name}": (ours(pace=name, max_seconds=300, **SWEEP), our_addresses) for name in names}
            rows |= {name: item for name, item in tools("10.20.0.0/24").items() if name not in ("campus lab", "fping")}
            for name, (command, read) in rows.items():
                done = []
                for _ in range(runs):
                    lan.set(loss_percent=LOSS, policer_pps=pps)  # also fills the bucket again
                    done.append(execute(lan, command, read))
                counts = [recall(people, run.found)[0] for run in done]
                print(
                    f"| {pps} pps | {name} | {sum(one == hosts for one in counts)}/{runs} | {min(counts)} "
                    f"| {middle(done, lambda run: run.wall):.1f} | {max(run.counters.dropped for run in done)} "
                    f"| {max(run.counters.peak for run in done)} |",
                    flush=True,
                )


def ipv6_only(runs: int) -> None:
    """Bar 5: hosts without IPv4."""
    for count, network in ((245, "10.20.0.0/24"), (1000, "10.20.0.0/22")):
        people = crowd(count, network)
        macs = {one.mac for one in people.of(Habit.IPV6_ONLY)}
        with crowded_lan(people) as lan:
            lan.set(loss_percent=LOSS)
            done = [execute(lan, ours(pace="lab", **{**SWEEP, "ipv6": True}), our_addresses) for _ in range(runs)]
        seen = [len(macs & {one.mac for one in decode(run.out.encode(), CheckRun).devices}) for run in done]
        print(
            f"\nIPv6-only hosts, {network}: {sum(one == len(macs) for one in seen)}/{runs} runs found all {len(macs)}, "
            f"at most {max(run.counters.probes6 for run in done)} frames, whole search "
            f"{middle(done, lambda run: run.wall):.2f} s",
            flush=True,
        )


def unprivileged(runs: int) -> None:
    """Bar 6: as an ordinary user."""
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs")
    for count, network, often in ((245, "10.20.0.0/24", runs), (1000, "10.20.0.0/22", runs), (1000, "10.20.0.0/20", 1)):
        people = crowd(count, network)
        hosts = len(people.ipv4())
        command = ours(pace="lab", mode="touch", max_addresses=8192, max_seconds=300, **SWEEP)
        with crowded_lan(people) as lan:
            lan.set(loss_percent=LOSS)
            done = [execute(lan, command, our_addresses, nobody) for _ in range(often)]
        shares = [recall(people, run.found)[0] / hosts for run in done]
        print(
            f"\nWithout privileges, {network}: {min(shares):.2%} to {max(shares):.2%} of {hosts} in "
            f"{middle(done, lambda run: run.wall):.1f} s, {often} runs",
            flush=True,
        )


def each(part: Callable[[int, str, int], None], cases: Sequence[tuple[int, str]], runs: int) -> None:
    """One part on several LANs."""
    for count, network in cases:
        part(count, network, runs)


def main() -> int:
    """Print every part, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["anchors", "certain", "limiters", "ipv6", "unprivileged"])
    given = parser.parse_args()
    if reason := missing():
        print(reason)
        return 0
    cases = ((245, "10.20.0.0/24"), (50, "10.20.0.0/24"), (1000, "10.20.0.0/22"))
    parts: dict[str, Callable[[], None]] = {
        "anchors": lambda: each(anchors, cases, given.runs),
        "certain": lambda: each(certain, (cases[0], cases[2]), given.runs),
        "limiters": lambda: limiters(min(given.runs, 3)),
        "ipv6": lambda: ipv6_only(given.runs),
        "unprivileged": lambda: unprivileged(min(given.runs, 3)),
    }
    for name, part in parts.items():
        if given.only in (None, name):
            part()
    return 0


if __name__ == "__main__":
    sys.exit(main())
