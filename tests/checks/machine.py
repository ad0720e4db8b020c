"""Recorded machines: the /proc and /sys files that checks read, written below a temporary root."""

import random
import time
from pathlib import Path
from typing import Any

import msgspec

from checks.registry import Access, Check, Context

IPV4_HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
SECRET = bytes(range(32))


class Machine:
    """A file-system root that is filled by what a test says of the machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("proc/net/route", IPV4_HEAD)

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        target = self.root / path
        self.write(path, (target.read_text(encoding="utf-8") if target.exists() else "") + text)

    def nic(
        self,
        name: str,
        *,
        driver: str | None = None,
        speed: str = "",
        duplex: str = "",
        state: str = "up",
        kind: int = 1,
        device_type: str = "",
        mac: str = "00:16:3e:00:00:02",
        folders: tuple[str, ...] = (),
        lower: tuple[str, ...] = (),
    ) -> None:
        """An entry of /sys/class/net. With ``driver`` it has a device behind it; ``lower`` become its ``lower_*`` links."""
        base = f"sys/class/net/{name}"
        files = {"type": kind, "operstate": state, "flags": "0x1003", "address": mac, "speed": speed, "duplex": duplex}
        for file, text in files.items():
            self.write(f"{base}/{file}", f"{text}\n")
        self.write(f"{base}/uevent", f"DEVTYPE={device_type}\n" if device_type else f"INTERFACE={name}\n")
        for folder in (*folders, *(f"lower_{port}" for port in lower)):
            (self.root / base / folder).mkdir(parents=True)
        if driver:
            (self.root / "sys/bus/drivers" / driver).mkdir(parents=True, exist_ok=True)
            (self.root / base / "device").mkdir()
            (self.root / base / "device/driver").symlink_to(self.root / "sys/bus/drivers" / driver)

    def ipv4_route(
        self, interface: str, destination: str, gateway: str, mask: str, *, metric: int = 0, flags: str = "0003"
    ) -> None:
        """A line of /proc/net/route: addresses as the kernel prints them on a little-endian machine."""
        self.append("proc/net/route", f"{interface}\t{destination}\t{gateway}\t{flags}\t0\t0\t{metric}\t{mask}\t0\t0\t0\n")

    def office(self, **nic: Any) -> None:
        """eth0 with 192.168.1.20/24 and a default route over 192.168.1.1."""
        self.nic("eth0", **{"driver": "r8169", "speed": "1000", "duplex": "full", **nic})
        self.ipv4_route("eth0", "00000000", "0101A8C0", "00000000", metric=100)
        self.ipv4_route("eth0", "0001A8C0", "00000000", "00FFFFFF", metric=100, flags="0001")
        self.write(
            "proc/net/fib_trie",
            "Local:\n  +-- 192.168.1.0/24 2 0 2\n     |-- 192.168.1.20\n        /32 host LOCAL\n"
            "     |-- 192.168.1.255\n        /32 link BROADCAST\n",
        )


def context(item: Check, root: Path = Path("/"), *, url: str | None = None, **options: Any) -> Context[Any]:
    """What the runner would give the check, with ``options`` as a configuration file would hold them."""
    return Context(
        options=msgspec.convert(options, item.options),
        platform="linux",
        clock=time.monotonic,
        rng=random.Random(7),
        privacy_key=SECRET,
        deadline_s=item.cost.seconds,
        root=root,
        access=Access(url, "ca_agent_x_secret") if url else None,
    )
