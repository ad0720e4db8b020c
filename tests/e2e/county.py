"""
A county out of network namespaces: a collector in the centre, and schools behind routers with lines of their own.

::

    centre ─── provider ─┬─ line A ─ gateway A ─ switch ─┬─ agent A
                         ├─ line B ─ gateway B …         └─ neighbours
                         └─ line C ─ gateway C …

Addresses are 203.0.113.10 (centre), 100.64.n.0/30 (line n), 192.168.n.0/28 (LAN n), and below 2400:da00:: for IPv6.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.testbed.namespaces import Bed, Namespace, run, shape

PORT = 8080
URL = f"http://203.0.113.10:{PORT}"
COMMANDS = Path(sys.executable).parent
TIMEOUT_S = 240
REACH = """
import socket, sys, time
deadline = time.monotonic() + 20
while True:
    try:
        socket.create_connection((sys.argv[1], 9), 1)
    except ConnectionRefusedError:
        break  # the machine answered
    except OSError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.1)
"""
"""Waits until a host answers a TCP connection, be it with a refusal."""


@dataclass
class School:
    """One school: its gateway, the machine with the agent, and the state that the agent keeps."""

    id: str
    gateway: Namespace
    machine: Namespace
    config: Path

    def agent(self, *arguments: str) -> tuple[int, str, str]:
        """Run ``campus-agent`` on the school's machine; exit code, standard output, standard error."""
        done = self.machine.complete(
            str(COMMANDS / "campus-agent"),
            *arguments,
            env={"CAMPUS_CONFIG": str(self.config), "LANG": "en_US.UTF-8"},
            timeout=TIMEOUT_S,
        )
        return done.returncode, done.stdout, done.stderr


class County:
    """The centre and the provider; schools are added to it."""

    def __init__(self, bed: Bed, folder: Path) -> None:
        self._bed = bed
        self._folder = folder
        self.centre = bed.host("centre")
        self.provider = bed.host("provider")
        bed.cable(self.centre, "eth0", self.provider, "centre")
        self.centre.address("eth0", "203.0.113.10/24", "2400:da00:ff::10/64")
        self.provider.address("centre", "203.0.113.1/24", "2400:da00:ff::1/64")
        self.provider.become_router()
        self.centre.route("default", "203.0.113.1")
        self.centre.route("default", "2400:da00:ff::1")
        self.config = folder / "collector.yaml"
        self.config.write_text(
            json.dumps(
                {
                    "collector": {
                        "host": "::",
                        "port": PORT,
                        "state_folder": str(folder / "collector"),
                        "speed": {"line_mbit_s": 10_000},
                    }
                }
            )
        )

    def collector(self, *arguments: str) -> str:
        """Run ``campus-collector`` in the centre; return what it printed."""
        return self.centre.run(str(COMMANDS / "campus-collector"), *arguments, env=self.environment, timeout=TIMEOUT_S)

    @property
    def environment(self) -> dict[str, str]:
        """What commands in the centre need to know."""
        return {"CAMPUS_CONFIG": str(self.config), "LANG": "en_US.UTF-8"}

    def serve(self) -> None:
        """Start the collector and wait until it says that it listens."""
        mark = self._folder / "listening"
        self.centre.start(
            str(COMMANDS / "campus-collector"),
            "serve",
            "--port-file",
            str(mark),
            env=self.environment,
            log=self._folder / "collector.log",
        )
        self.centre.run(
            "sh",
            "-c",
            f"for i in $(seq 300); do test -s {mark} && exit; sleep 0.1; done; cat {self._folder}/collector.log; exit 1",
        )

    def school(self, number: int, school_id: str, *, mbit_s: float, ipv6: bool, equipment: int, personal: int) -> School:
        """
        Add a school with a line of ``mbit_s`` in both directions, counted at the IP level as providers do.

        ``equipment`` neighbours have a MAC from a manufacturer's range, ``personal`` ones a locally administered one.
        """
        gateway = self._bed.host(f"gw{number}")
        line = f"line{number}"
        self._bed.cable(self.provider, line, gateway, "wan")
        both = (f"100.64.{number}.1/30", f"2400:da00:{number}::1/64"), (f"100.64.{number}.2/30", f"2400:da00:{number}::2/64")
        self.provider.address(line, *both[0][: 1 + ipv6])
        gateway.address("wan", *both[1][: 1 + ipv6])
        machine = self._host(gateway, number, 2, f"00:1b:21:{number:02x}:00:02", "agent", ipv6=ipv6)
        ports = ["port2"]
        for place in range(equipment + personal):
            last = 3 + place
            prefix = "00:0c:29" if place < equipment else "da:a1:19"
            self._host(gateway, number, last, f"{prefix}:{number:02x}:01:{last:02x}", "device", ipv6=False)
            ports.append(f"port{last}")
        self._bed.bridge(gateway, "lan", ports)
        run("ip", "-n", gateway.name, "link", "set", "lan", "address", f"00:1b:21:{number:02x}:00:01")
        gateway.address("lan", f"192.168.{number}.1/28", *([f"2400:da00:{number}:1::1/64"] if ipv6 else []))
        gateway.become_router()
        gateway.route("default", f"100.64.{number}.1")
        self.provider.route(f"192.168.{number}.0/28", f"100.64.{number}.2")
        machine.route("default", f"192.168.{number}.1")
        if ipv6:
            gateway.route("default", f"2400:da00:{number}::1")
            self.provider.route(f"2400:da00:{number}:1::/64", f"2400:da00:{number}::2")
            machine.route("default", f"2400:da00:{number}:1::1")
        else:
            machine.sysctl(net__ipv6__conf__all__disable_ipv6=1)
        shape(self.provider, line, mbit_s, overhead=-14)
        shape(gateway, "wan", mbit_s, overhead=-14)
        return School(school_id, gateway, machine, self._agent_config(number))

    def _host(self, gateway: Namespace, number: int, last: int, mac: str, label: str, *, ipv6: bool) -> Namespace:
        host = self._bed.host(f"{label}{number}.{last}")
        self._bed.cable(gateway, f"port{last}", host, "eth0")
        run("ip", "-n", host.name, "link", "set", "eth0", "address", mac)
        host.address("eth0", f"192.168.{number}.{last}/28", *([f"2400:da00:{number}:1::{last}/64"] if ipv6 else []))
        return host

    def _agent_config(self, number: int) -> Path:
        path = self._folder / f"agent{number}.yaml"
        targets = [{"name": "centre", "address": "2400:da00:ff::10", "port": PORT, "operator": "county"}]
        path.write_text(
            json.dumps(
                {
                    "agent": {
                        "state_folder": str(self._folder / f"agent{number}"),
                        "checks": {
                            "wired": {"options": {"declared": {"eth0": "ethernet"}}},
                            "ipv6": {"options": {"targets": targets}},
                            "inventory": {"options": {"pace": "fast"}},
                        },
                    }
                }
            )
        )
        return path

    def cut(self, number: int) -> None:
        """Cut the line of a school."""
        run("ip", "-n", self.provider.name, "link", "set", f"line{number}", "down")

    def mend(self, number: int) -> None:
        """Mend the line; the kernel forgot the routes over it. Return when packets go through."""
        run("ip", "-n", self.provider.name, "link", "set", f"line{number}", "up")
        run("ip", "-n", self.provider.name, "route", "replace", f"192.168.{number}.0/28", "via", f"100.64.{number}.2")
        self.centre.run(interpreter(), "-c", REACH, f"192.168.{number}.2")


def interpreter() -> str:
    """The Python that runs the tests, for probes inside a namespace."""
    return os.fspath(Path(sys.executable))
