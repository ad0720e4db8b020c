"""
An exact simulated line between two hosts of the test bed: rate with a chosen overhead, delay, loss, queue, token bucket.

``namespaces.shape`` is the plain-kernel variant without delay and loss. This one is a user-space program (``link.c``),
compiled when it is first needed; each direction is exact to 0.1 % while the machine keeps up.
"""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.testbed import namespaces
from tests.testbed.namespaces import Bed, Namespace, bed

_SOURCE = Path(__file__).with_name("link.c")
_QUEUE_PACKETS = "20000"
"""The device's own queue must never be the one that drops: the line's is."""


@dataclass(frozen=True, slots=True)
class Line:
    """
    A line as a provider sells it.

    ``overhead`` bytes are added to each IP packet before the rate counts it: 0 is an IP-level shaper, 38 Ethernet's layer 1.
    ``bucket_bytes`` may pass at ``peak_mbit_s`` before the rate applies, in each direction.
    """

    down_mbit_s: float
    up_mbit_s: float
    one_way_ms: float = 10.0
    loss_percent: float = 0.0
    overhead: int = 0
    queue_ms: float = 50.0
    bucket_bytes: int = 0
    peak_mbit_s: float = 0.0
    mtu: int = 1500
    """1492 for PPPoE, whose frame is as long as any (``overhead`` 46 for its layer 1)."""

    def arguments(self) -> list[str]:
        """As ``link.c`` takes them."""
        return [
            str(value)
            for value in (
                self.down_mbit_s,
                self.up_mbit_s,
                self.one_way_ms,
                self.loss_percent,
                self.overhead,
                self.queue_ms,
                self.bucket_bytes,
                self.peak_mbit_s,
            )
        ]


@dataclass(frozen=True, slots=True)
class School:
    """A client behind its router, and a server at the far end of the line. The client's way to the server is a WAN path."""

    bed: Bed
    client: Namespace
    router: Namespace
    server: Namespace
    server_address: str
    server_address6: str


def missing() -> str | None:
    """Why no line can be laid here, or None when it can."""
    if reason := namespaces.missing():
        return reason
    if not Path("/dev/net/tun").exists():
        return "no /dev/net/tun"
    return None if shutil.which("gcc") or shutil.which("cc") else "no C compiler (Debian: gcc)"


@functools.cache
def _program() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="campus-link-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    target = folder / "link"
    compiler = shutil.which("gcc") or shutil.which("cc") or "cc"
    subprocess.run([compiler, "-O2", "-Wall", "-pthread", "-o", target, _SOURCE], check=True)
    return target


def lay(near: Namespace, near_device: str, far: Namespace, far_device: str, line: Line) -> None:
    """
    Join two hosts with a line, its devices not yet up; give them addresses with ``Namespace.address``.

    "Down" is from ``far`` to ``near``. The line ends with ``near``'s processes, when the bed is taken down.
    """
    process = subprocess.Popen(
        [_program(), near.name, near_device, far.name, far_device, *line.arguments()], stdout=subprocess.PIPE, text=True
    )
    near.processes.append(process)
    assert process.stdout is not None
    with os.fdopen(os.dup(process.stdout.fileno())) as said:
        if said.readline().strip() != "ready":
            raise RuntimeError(f"the line ended with {process.wait(5)}")
    process.stdout.close()
    for namespace, device in ((near, near_device), (far, far_device)):
        namespaces.run("ip", "-n", namespace.name, "link", "set", device, "txqueuelen", _QUEUE_PACKETS, "mtu", str(line.mtu))


@contextmanager
def school(line: Line, *, congestion: str | None = None) -> Iterator[School]:
    """
    A client, its router and a server, with ``line`` between router and server, both families routed.

    ``congestion`` is for both ends; only what ``net.ipv4.tcp_allowed_congestion_control`` lists can be had, ``reno`` always.
    """
    with bed() as made:
        client, router, server = made.host("client"), made.host("router"), made.host("server")
        for host in (client, server):
            # Loopback-size buffers would hide a slow start; these are what a PC and a small server have.
            host.sysctl(
                net__ipv4__tcp_no_metrics_save=1,
                net__ipv4__tcp_rmem="4096 131072 6291456",
                net__ipv4__tcp_wmem="4096 16384 4194304",
            )
            if congestion:
                host.sysctl(net__ipv4__tcp_congestion_control=congestion)
        made.cable(client, "eth0", router, "lan0")
        lay(router, "wan0", server, "wan0", line)
        client.address("eth0", "10.78.1.2/24", "fd78:1::2/64")
        router.address("lan0", "10.78.1.1/24", "fd78:1::1/64")
        router.address("wan0", "10.78.0.1/24", "fd78::1/64")
        server.address("wan0", "10.78.0.2/24", "fd78::2/64")
        router.become_router()
        for host, gateway, gateway6 in ((client, "10.78.1.1", "fd78:1::1"), (server, "10.78.0.1", "fd78::1")):
            host.route("default", gateway)
            host.route("default", gateway6)
        yield School(made, client, router, server, "10.78.0.2", "fd78::2")
