"""``campus-agent inventory``: the devices of the last run as they were sent, and what is kept back and why."""

import argparse
from pathlib import Path

from agent import history
from agent.desk import Host
from contract.exit_code import ExitCode
from contract.report import CheckRun, Device
from contract.wire import encode
from locales.table import plain, table
from locales.texts import Texts

_COLUMNS = ("kind", "address", "vendor", "name", "evidence")


def inventory(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """Print the devices of the newest report that has some, word for word what left this machine."""
    found = newest(host.configuration(args).state)
    if args.json:
        print(encode(found.devices if found else []).decode(), file=host.out)
        return ExitCode.DONE
    if args.explain_privacy:
        print(texts("inventory.privacy.rules"), file=host.out)
        print(file=host.out)
    if found is None:
        print(texts("inventory.none"), file=host.out)
        return ExitCode.DONE
    personal = [device for device in found.devices if device.personal]
    if args.explain_privacy:
        for device in (*personal[:1], *[one for one in found.devices if not one.personal][:1]):
            code = "inventory.privacy.personal" if device.personal else "inventory.privacy.equipment"
            print(texts(code), file=host.out)
            print(f"  {encode(device).decode()}\n", file=host.out)
    else:
        rows = [_row(device, texts) for device in found.devices if not device.personal]
        print(table([texts(f"inventory.column.{name}") for name in _COLUMNS], rows, total=host.width), file=host.out)
    print(texts("inventory.sum", devices=len(found.devices), personal=len(personal)), file=host.out)
    return ExitCode.DONE


def newest(state: Path) -> CheckRun | None:
    """The newest kept run of the inventory, None without one."""
    runs = [run for report in history.reports(state) for run in report.runs if run.check == "inventory"]
    return runs[-1] if runs else None


def _row(device: Device, texts: Texts) -> list[str]:
    sure = "" if device.confidence is None else f" {device.confidence:.0%}"
    address = (device.ipv4 or device.ipv6 or [""])[0]
    return [
        f"{texts(f'inventory.kind.{device.kind.value}')}{sure}",
        address,
        plain(device.vendor or ""),
        plain(device.name or ""),
        plain(", ".join(device.evidence)),
    ]
