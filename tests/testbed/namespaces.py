"""Hosts out of network namespaces, joined by virtual cables."""

import contextlib
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

_serial = itertools.count(1)


def missing() -> str | None:
    """Why namespaces cannot be built here, or None when they can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "network namespaces need root"
    absent = [tool for tool in ("ip", "tc", "ethtool", "sysctl") if not shutil.which(tool)]
    if absent:
        return f"not installed: {', '.join(absent)} (Debian: iproute2, ethtool, procps)"
    return None


def run(*command: str) -> str:
    """Run a command of the host system; return what it printed."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@dataclass
class Namespace:
    """A host of the simulated network. ``name`` is unique on the machine."""

    name: str
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, *command: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> str:
        """Run a command here and return what it printed; raise with its standard error when it fails."""
        done = self.complete(*command, env=env, timeout=timeout)
        if done.returncode:
            message = f"{self.name}: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
            raise RuntimeError(message)
        return done.stdout

    def complete(
        self, *command: str, env: Mapping[str, str] | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a command here and return how it ended, whatever that is."""
        return subprocess.run(
            self.command(*command),
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, **(env or {})},
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    def start(self, *command: str, env: Mapping[str, str] | None = None, log: Path | None = None) -> subprocess.Popen[str]:
        """Start a command here that goes on in the background until the bed is taken down."""
        with log.open("a") if log else contextlib.nullcontext(subprocess.DEVNULL) as out:
            process = subprocess.Popen(
                self.command(*command),
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.processes.append(process)
        return process

    def command(self, *command: str) -> Sequence[str]:
        """The command line that runs ``command`` inside."""
        return ("ip", "netns", "exec", self.name, *command)

    def sysctl(self, **values: str | int) -> None:
        """Set kernel parameters of this host; dots of their names are written ``__``."""
        for name, value in values.items():
            self.run("sysctl", "-qw", f"{name.replace('__', '.')}={value}")

    def address(self, device: str, *addresses: str) -> None:
        """Give addresses with prefix length to a device and bring it up."""
        for address in addresses:
            extra = ["nodad"] if ":" in address else []
            run("ip", "-n", self.name, "addr", "add", address, "dev", device, *extra)
        run("ip", "-n", self.name, "link", "set", device, "up")

    def route(self, destination: str, via: str) -> None:
        """Add a route; the family follows from ``via``."""
        family = "-6" if ":" in via else "-4"
        run("ip", "-n", self.name, family, "route", "add", destination, "via", via)

    def become_router(self) -> None:
        """Forward packets of both families."""
        self.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)


class Bed:
    """A set of namespaces that are taken down together. Use as a context manager."""

    def __init__(self) -> None:
        self._namespaces: list[Namespace] = []
        self._prefix = f"ca{os.getpid():x}"

    def __enter__(self) -> Self:
        """Nothing is built before the first host."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop every process and delete every namespace."""
        for namespace in self._namespaces:
            for process in namespace.processes:
                process.terminate()
        for namespace in self._namespaces:
            for process in namespace.processes:
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            run("ip", "netns", "del", namespace.name)

    def host(self, label: str) -> Namespace:
        """A new host with its loopback up. ``label`` is for people who look at ``ip netns``."""
        namespace = Namespace(f"{self._prefix}-{next(_serial)}-{label}")
        run("ip", "netns", "add", namespace.name)
        self._namespaces.append(namespace)
        run("ip", "-n", namespace.name, "link", "set", "lo", "up")
        return namespace

    def cable(self, left: Namespace, left_device: str, right: Namespace, right_device: str) -> None:
        """
        Join two hosts with a virtual cable, not yet up.

        Offloads are off at both ends, so that packets have the size they would have on a wire: shapers and PMTU faults
        would otherwise see super-packets of 64 KiB.
        """
        near, far = f"v{next(_serial)}n{os.getpid() % 10000}", f"v{next(_serial)}f{os.getpid() % 10000}"
        run("ip", "link", "add", near, "type", "veth", "peer", "name", far)
        for temporary, namespace, device in ((near, left, left_device), (far, right, right_device)):
            run("ip", "link", "set", temporary, "netns", namespace.name, "name", device)
            namespace.sysctl(**{f"net__ipv6__conf__{device}__accept_dad": 0})
            subprocess.run(
                namespace.command(
                    "ethtool", "-K", device, "tso", "off", "gso", "off", "gro", "off", "tx", "off", "rx", "off"
                ),
                check=False,
                capture_output=True,
            )

    def bridge(self, namespace: Namespace, device: str, ports: Sequence[str]) -> None:
        """A switch inside ``namespace`` out of the devices ``ports``; it is up afterwards, and so are they."""
        run("ip", "-n", namespace.name, "link", "add", device, "type", "bridge", "stp_state", "0", "mcast_snooping", "0")
        for port in ports:
            run("ip", "-n", namespace.name, "link", "set", port, "master", device, "up")
        run("ip", "-n", namespace.name, "link", "set", device, "up")


@contextmanager
def bed() -> Iterator[Bed]:
    """A bed that is gone at the end, whatever happened."""
    with Bed() as made:
        yield made


def shape(namespace: Namespace, device: str, mbit_s: float, *, queue_ms: int = 50, overhead: int = 0) -> None:
    """
    Limit what leaves ``device``, as a provider's shaper does.

    ``overhead`` is added to each frame's length before it is counted: tbf counts the 14-byte Ethernet header, so -14 gives
    an IP-level rate and 24 layer 1 (4 FCS, 8 preamble, 12 gap).
    """
    namespace.run(
        *("tc", "qdisc", "replace", "dev", device, "root"),
        *(["stab", "overhead", str(overhead), "linklayer", "ethernet"] if overhead else []),
        *(
            "tbf",
            "rate",
            f"{round(mbit_s * 1000)}kbit",
            "burst",
            str(max(3200, int(mbit_s * 125))),
            "latency",
            f"{queue_ms}ms",
        ),
    )
