"""What this machine is, as far as it tells. No host name, no user name; the serial number as a keyed hash only."""

import datetime as dt
import os
import platform as python_platform
import shutil
import time
from pathlib import Path
from typing import Any

from checks.host import windows
from checks.host.hardware import Hardware, read_hardware, serial_key
from checks.host.support import linux_support, windows_support
from checks.host.windows import Protection
from checks.network.links import Link, Medium, read_links
from checks.registry import Context, Cost, Measure, Measured, NoOptions, check
from contract.message import Bilingual
from contract.reason import ReasonCode, because
from contract.report import Measurement, Value
from contract.units import Unit

_MIB = 2**20
_NO_SPEED = because(ReasonCode.LINK_KIND_UNKNOWN)
_MAX_DISKS = 32
_MAX_NICS = 64
"""A container host has hundreds of virtual ones; a report holds 512 measurements."""


@check(
    id="host",
    version=2,
    title=Bilingual("本机配置", "This machine"),
    measures={
        "host.cpu_count": Measure(Unit.COUNT, Bilingual("逻辑处理器数", "Logical processors")),
        "host.memory_mib": Measure(Unit.MEBIBYTES, Bilingual("内存容量", "Memory")),
        "host.disk_total_mib": Measure(Unit.MEBIBYTES, Bilingual("系统盘容量", "Size of the system disk")),
        "host.disk_free_mib": Measure(Unit.MEBIBYTES, Bilingual("系统盘可用空间", "Free space on the system disk")),
        "host.uptime_s": Measure(Unit.SECONDS, Bilingual("开机时长", "Time since start")),
        "host.os": Measure(Unit.TEXT, Bilingual("操作系统", "Operating system")),
        "host.os_support_ends": Measure(Unit.TEXT, Bilingual("操作系统支持截止日期", "End of the system's support")),
        "host.os_supported": Measure(Unit.YES_NO, Bilingual("操作系统仍受支持", "System is still supported")),
        "host.model": Measure(Unit.TEXT, Bilingual("机型", "Model")),
        "host.form": Measure(Unit.TEXT, Bilingual("机器形态", "Kind of machine")),
        "host.serial_key": Measure(Unit.TEXT, Bilingual("序列号散列", "Hash of the serial number")),
        "host.disks": Measure(Unit.COUNT, Bilingual("固定磁盘数", "Fixed disks")),
        "host.displays": Measure(Unit.COUNT, Bilingual("已连接显示器数", "Displays connected")),
        "host.battery_percent": Measure(Unit.PERCENT, Bilingual("电池电量", "Battery charge")),
        "host.battery_health_percent": Measure(Unit.PERCENT, Bilingual("电池健康度", "Battery capacity left")),
        "host.firewall_on": Measure(Unit.YES_NO, Bilingual("系统防火墙已启用", "System firewall is on")),
        "host.antivirus_on": Measure(Unit.YES_NO, Bilingual("病毒防护已启用", "Virus protection is on")),
        "host.nics_up": Measure(Unit.COUNT, Bilingual("已启用网卡数", "Network cards in use")),
        "host.nic_medium": Measure(Unit.TEXT, Bilingual("网卡介质", "Medium of a network card")),
        "host.nic_speed_mbit_s": Measure(Unit.MBIT_S, Bilingual("网卡速率", "Speed of a network card")),
    },
    cost=Cost(seconds=5, megabytes=0),
    platforms=("linux", "win32"),
)
def run(context: Context[NoOptions]) -> Measured:
    """Read it all from the system; nothing is sent."""
    import psutil  # noqa: PLC0415 - 60 ms that listing the checks does not need

    disk = shutil.disk_usage(context.root)
    nics = [link for link in read_links(root=context.root, platform=context.platform) if link.medium is not Medium.LOOPBACK]
    used = [link for link in nics if link.up]
    machine, protection, ends = _machine(context)
    found = Measured(
        measurements=[
            _value("host.cpu_count", os.cpu_count(), Unit.COUNT),
            _value("host.memory_mib", psutil.virtual_memory().total // _MIB, Unit.MEBIBYTES),
            _value("host.disk_total_mib", disk.total // _MIB, Unit.MEBIBYTES),
            _value("host.disk_free_mib", disk.free // _MIB, Unit.MEBIBYTES),
            _value("host.uptime_s", max(0.0, round(time.time() - psutil.boot_time(), 1)), Unit.SECONDS),
            _value("host.os", system_name(context.root, context.platform), Unit.TEXT),
            _value("host.nics_up", len(used), Unit.COUNT),
            *_told(machine, protection, ends, context.privacy_key),
        ],
        evidence={
            "cpu_model": cpu_model(context.root, context.platform),
            "kernel": f"{python_platform.system()} {python_platform.release()}",
            "disks": [
                {"name": disk.name, "model": disk.model, "size_mib": disk.size_mib, "rotating": disk.rotating}
                for disk in machine.disks[:_MAX_DISKS]
            ],
            "nics": [_nic(link) for link in nics[:_MAX_NICS]],
        },
    )
    for link in used[:_MAX_NICS]:
        found.measurements.append(_value("host.nic_medium", str(link.medium), Unit.TEXT, subject=link.name))
        found.measurements.append(
            _value("host.nic_speed_mbit_s", link.speed_mbit_s, Unit.MBIT_S, subject=link.name, link=link)
        )
    return found


def _machine(context: Context[NoOptions]) -> tuple[Hardware, Protection, dt.date | None]:
    if context.platform == "win32":
        machine, protection, build = windows.read_windows(windows.local_machine)
        return machine, protection, windows_support(build) if build else None
    release = dict(_release(context.root))
    return read_hardware(context.root), Protection(None, None), linux_support(release)


def _told(machine: Hardware, protection: Protection, ends: dt.date | None, secret: bytes) -> list[Measurement]:
    """What the machine says of itself; of what it does not say there is no measurement."""
    battery = machine.battery
    values: list[tuple[str, Value, Unit]] = [
        ("host.model", machine.model, Unit.TEXT),
        ("host.form", machine.form and str(machine.form), Unit.TEXT),
        ("host.serial_key", machine.serial and serial_key(machine.serial, secret), Unit.TEXT),
        ("host.disks", len(machine.disks) or None, Unit.COUNT),
        ("host.displays", machine.displays, Unit.COUNT),
        ("host.battery_percent", battery.charge_percent if battery else None, Unit.PERCENT),
        ("host.battery_health_percent", battery.health_percent if battery else None, Unit.PERCENT),
        ("host.os_support_ends", ends.isoformat() if ends else None, Unit.TEXT),
        ("host.os_supported", dt.datetime.now().astimezone().date() <= ends if ends else None, Unit.YES_NO),
        ("host.firewall_on", protection.firewall, Unit.YES_NO),
        ("host.antivirus_on", protection.antivirus, Unit.YES_NO),
    ]
    return [_value(name, value, unit) for name, value, unit in values if value is not None]


def _release(root: Path) -> list[tuple[str, str]]:
    """Fields of os-release(5): /etc first, /usr/lib when the former is absent."""
    for place in ("etc/os-release", "usr/lib/os-release"):
        pairs = [line.partition("=") for line in _lines(root / place) if "=" in line]
        if pairs:
            return [(key, value.strip().strip("\"'")) for key, _, value in pairs]
    return []


def system_name(root: Path, platform: str) -> str:
    """Name and version of the system as its maker writes it, e.g. ``Kylin V10 SP1``; at most 256 characters."""
    if platform == "linux":
        name = dict(_release(root)).get("PRETTY_NAME")
        if name:
            return name[:256]
    return f"{python_platform.system()} {python_platform.release()} ({python_platform.version()})"[:256]


def cpu_model(root: Path, platform: str) -> str | None:
    """The processor as it names itself, None when it does not say."""
    if platform != "linux":
        return python_platform.processor() or None
    wanted = ("model name", "Model Name", "Hardware", "cpu model")  # x86 and arm64, loongarch64, older arm, mips
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in _lines(root / "proc/cpuinfo"))}
    return next((facts[key] for key in wanted if facts.get(key)), None)


def _nic(link: Link) -> dict[str, Any]:
    return {
        "name": link.name,
        "medium": str(link.medium),
        "driver": link.driver,
        "speed_mbit_s": link.speed_mbit_s,
        "duplex": link.duplex and str(link.duplex),
        "up": link.up,
        "carried_by": list(link.carried_by),
    }


def _value(name: str, value: Value, unit: Unit, *, subject: str | None = None, link: Link | None = None) -> Measurement:
    unseen = None
    if value is None:
        virtual = link is not None and link.medium is Medium.VIRTUAL
        unseen = because(ReasonCode.LINK_IS_VIRTUAL, driver=(link and link.driver) or "?") if virtual else _NO_SPEED
    return Measurement(name=name, value=value, unit=unit, subject=subject, because=unseen)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not every system has the file: the next source is asked
        return []
