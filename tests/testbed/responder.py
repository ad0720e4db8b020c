"""
A LAN of hundreds of hosts on one switch, simulated by ``responder.c`` behind a tap device.

Loss, delay and a broadcast policer live in the responder, since not every kernel has netem. ``pc`` with ``eth0`` is the
machine under audit.
"""

import atexit
import functools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.testbed.crowd import SCANNER, Crowd
from tests.testbed.link import missing
from tests.testbed.namespaces import Namespace, bed, run

__all__ = ["Counters", "Responder", "crowded_lan", "missing"]

_SOURCE = Path(__file__).with_name("responder.c")
_SCANNER_MAC = "00:16:3e:00:00:02"


class Counters(msgspec.Struct, frozen=True):
    """What reached the switch since the last look: ``peak`` is the largest number of ARP requests in any second."""

    frames: int
    arp: int
    peak: int
    dropped: int
    probes6: int


@dataclass
class Responder:
    """A LAN that runs."""

    crowd: Crowd
    pc: Namespace
    switch: Namespace
    process: "subprocess.Popen[str]"

    def set(self, *, loss_percent: float = 0.0, policer_pps: float = 0.0) -> None:
        """From now on: loss of each request and of each reply, broadcast and multicast frames a second that pass."""
        self._ask(f"set {loss_percent} {policer_pps}")

    def counters(self) -> Counters:
        """Read the counters and start them again."""
        return msgspec.json.decode(self._ask("stats"), type=Counters)

    def cable(self, *, plugged: bool) -> None:
        """Pull the cable of ``pc`` out of the switch, or plug it in."""
        run("ip", "-n", self.switch.name, "link", "set", "p0", "up" if plugged else "down")

    def forget(self) -> None:
        """Empty the neighbour table of ``pc``."""
        self.pc.run("ip", "neigh", "flush", "all")

    def _ask(self, line: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        json.loads(answer)
        return answer


@functools.cache
def _program() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="campus-responder-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    target = folder / "responder"
    compiler = shutil.which("gcc") or shutil.which("cc") or "cc"
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-o", target, _SOURCE], check=True)
    return target


@contextmanager
def crowded_lan(crowd: Crowd) -> Iterator[Responder]:
    """The LAN of ``crowd``, up and answering, without loss or policer until :meth:`Responder.set` says otherwise."""
    listing = _program().with_name(f"{id(crowd)}.hosts")
    listing.write_text("".join(f"{one.line()}\n" for one in crowd.residents))
    with bed() as made:
        switch, pc = made.host("switch"), made.host("pc")
        made.cable(pc, "eth0", switch, "p0")
        run("ip", "-n", pc.name, "link", "set", "eth0", "address", _SCANNER_MAC)
        switch.run("ip", "tuntap", "add", "tap0", "mode", "tap")
        for port in ("p0", "tap0"):
            switch.sysctl(**{f"net__ipv6__conf__{port}__disable_ipv6": 1})
        made.bridge(switch, "br0", ["p0", "tap0"])
        switch.sysctl(net__ipv6__conf__br0__disable_ipv6=1)
        pc.address("eth0", f"{SCANNER}/{crowd.network.prefixlen}")
        pc.route("default", "10.20.0.1")
        pc.sysctl(net__ipv4__ping_group_range="0 2147483647")
        process = subprocess.Popen(
            switch.command(str(_program()), "tap0", str(listing)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield Responder(crowd, pc, switch, process)
        finally:
            process.communicate(timeout=10)  # the end of its input ends it
            listing.unlink()
