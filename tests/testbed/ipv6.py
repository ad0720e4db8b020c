"""
Schools with one fault each in their IPv6, out of network namespaces.

    pc (eth0) ── (lan) gw (wan4, wan6) ══ two exact lines ══ (s4, s6) internet

The PC gets its IPv6 from router advertisements only (radvd), as in a school. Each family has a line of its own, so that one
can be slow. The internet (``ipv6_internet.py``) is built once and serves one school after the other.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.testbed import link
from tests.testbed.link import Line, lay
from tests.testbed.namespaces import Bed, Namespace, bed, run

HERE = Path(__file__).parent
NATIVE, INTERNAL = "2400:da00:1:1", "fd00:1234:5678:1"
GOOD = Line(100, 100, one_way_ms=5)
POOR = Line(10, 10, one_way_ms=50)
COLLECTOR = "http://collector.test.lan"
TARGETS = [
    {
        "name": f"target {last}",
        "address": f"2400:da00:2::{last}",
        "address4": f"203.0.113.{last}",
        "port": 80,
        "operator": "education" if last == 11 else "carrier",
    }
    for last in (11, 12, 13)
]
NAMED = ["ds.test.lan"]
_NETNS = Path("/etc/netns")
PATIENCE_S = 8.0


def missing() -> str | None:
    """Why these networks cannot be built here, or None when they can."""
    if reason := link.missing():
        return reason
    absent = [tool for tool in ("radvd", "nft") if not shutil.which(tool)]
    return f"not installed: {', '.join(absent)} (Debian: radvd, nftables)" if absent else None


def until(what: str, holds: Callable[[], object]) -> None:
    """Wait for a state of the bed that is about to come; raise when it does not."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            message = f"the bed never came to: {what}"
            raise RuntimeError(message)
        time.sleep(0.03)  # the bed's own bring-up, not a test's wait


@dataclass
class Internet:
    """Everything beyond the schools' lines."""

    bed: Bed
    host: Namespace
    folder: Path


@contextmanager
def internet(folder: Path) -> Iterator[Internet]:
    """Web servers and name servers, waiting for schools."""
    with bed() as made:
        host = made.host("internet")
        lasts = (10, 11, 12, 13, 53, 54, 55, 64)
        host.address("lo", *(f"203.0.113.{last}/32" for last in lasts), *(f"2400:da00:2::{last}/128" for last in lasts))
        ready = folder / "internet"
        with (folder / "internet.log").open("a"):
            host.start(sys.executable, str(HERE / "ipv6_internet.py"), str(ready), log=folder / "internet.log")
        until("servers", ready.exists)
        yield Internet(made, host, folder)


@dataclass
class School:
    """A school's PC and gateway."""

    bed: Bed
    pc: Namespace
    gw: Namespace
    folder: Path

    def nft(self, rules: str) -> None:
        """Load rules into the gateway."""
        path = self.folder / "rules.nft"
        path.write_text(rules.replace("} }", "}\n}\n"))  # nft wants a line's end behind a chain
        self.gw.run("nft", "-f", str(path))

    def forward(self, rule: str, *, policy: str = "accept") -> None:
        """One rule for IPv6 packets that cross the gateway."""
        self.nft(f"table ip6 f {{ chain c1 {{ type filter hook forward priority 0; policy {policy}; {rule} }} }}")

    def resolve_with(self, *servers: str) -> None:
        """Give the PC these name servers."""
        place = _NETNS / self.pc.name
        place.mkdir(parents=True, exist_ok=True)
        (place / "resolv.conf").write_text("".join(f"nameserver {server}\n" for server in servers))

    def addresses(self) -> str:
        """The PC's IPv6 addresses that are more than link-local, as ``ip`` shows them."""
        return self.pc.run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "global")

    def default_routes(self) -> str:
        """The PC's IPv6 default routes, as ``ip`` shows them."""
        return self.pc.run("ip", "-6", "route", "show", "default")

    def reaches(self, address: str, *, large: bool = False) -> bool:
        """Whether a web page at ``address`` loads within 1 s."""
        host = f"[{address}]" if ":" in address else address
        fill = "?" + "x" * 1600 if large else ""
        return self.pc.complete("curl", "-s", "-m", "1", "-o", "/dev/null", f"http://{host}/{fill}").returncode == 0


@contextmanager
def school(
    net: Internet,
    *,
    prefix: str | None = NATIVE,
    line4: Line = GOOD,
    line6: Line = GOOD,
    lifetime: int = 1800,
    autonomous: bool = True,
    ipv4: bool = True,
    resolvers: tuple[str, ...] = ("203.0.113.53", "2400:da00:2::53"),
) -> Iterator[School]:
    """A healthy dual-stack school by default. ``prefix`` None: the router gives no IPv6. Its own state is awaited here."""
    with bed() as made:
        pc, gw = made.host("pc"), made.host("gw")
        built = School(made, pc, gw, net.folder)
        made.cable(pc, "eth0", gw, "lan")
        run("ip", "-n", pc.name, "link", "set", "eth0", "address", "00:16:3e:00:00:02")
        pc.sysctl(net__ipv6__conf__eth0__accept_ra=2, net__ipv6__conf__eth0__router_solicitation_delay=0)
        gw.become_router()
        lay(gw, "wan4", net.host, "s4", line4)
        lay(gw, "wan6", net.host, "s6", line6)
        gw.address("lan", "192.168.77.1/24", *([f"{prefix}::1/64"] if prefix else []))
        gw.address("wan4", "10.99.0.1/30")
        gw.address("wan6", "2400:da00:9::1/64")
        net.host.address("s4", "10.99.0.2/30")
        net.host.address("s6", "2400:da00:9::2/64")
        gw.route("203.0.113.0/24", "10.99.0.2")
        gw.route("2400:da00:2::/64", "2400:da00:9::2")
        net.host.route("192.168.77.0/24", "10.99.0.1")
        if prefix:
            net.host.route(f"{prefix}::/64", "2400:da00:9::1")
        built.resolve_with(*resolvers)
        pc.address("eth0", *(["192.168.77.10/24"] if ipv4 else []))
        run("ip", "-n", pc.name, "link", "set", "eth0", "up")
        if prefix:  # with the PC's link up already: an answer to its solicitation may not follow the first one within 3 s
            _advertise(built, prefix, lifetime, autonomous=autonomous)
        if ipv4:
            pc.route("default", "192.168.77.1")
            until("IPv4", lambda: built.reaches("203.0.113.11"))
        if prefix and autonomous:
            until("an IPv6 address", lambda: prefix in built.addresses())
        if prefix and lifetime:
            until("an IPv6 default route", built.default_routes)
        try:
            yield built
        finally:
            with suppress(FileNotFoundError):
                shutil.rmtree(_NETNS / pc.name)


def _advertise(built: School, prefix: str, lifetime: int, *, autonomous: bool) -> None:
    flag, managed = ("on", "off") if autonomous else ("off", "on")
    config = built.folder / f"{built.gw.name}.radvd"
    config.write_text(
        f"interface lan {{ AdvSendAdvert on; AdvManagedFlag {managed}; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;"
        f" AdvDefaultLifetime {lifetime}; prefix {prefix}::/64 {{ AdvOnLink on; AdvAutonomous {flag}; }}; }};\n"
    )
    config.chmod(0o644)
    log = built.folder / "radvd.log"
    built.gw.start("radvd", "-n", "-u", "root", "-C", str(config), "-p", f"{config}.pid", "-m", "stderr", log=log)


def options(**changes: Any) -> dict[str, Any]:
    """What the agent's configuration says in these networks."""
    return {"targets": TARGETS, "names": NAMED, **changes}
