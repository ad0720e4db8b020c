"""
What the machine's own firmware and buses tell: model, form, displays, battery, disks.

Linux: SMBIOS under ``/sys/class/dmi/id``, the device tree on ARM, ``/sys/class/drm``, ``/sys/class/power_supply``,
``/sys/block``. Nothing here needs privileges but the serial number.
"""

import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_UNFILLED = re.compile(
    r"^(|none|n/?a|0+|unknown|default string|to be filled by o\.?e\.?m\.?|system serial number|not \w+|x+)\Z", re.IGNORECASE
)
_VIRTUAL = re.compile(r"kvm|qemu|vmware|virtualbox|virtual machine|bochs|xen|openstack|parallels|bhyve", re.IGNORECASE)
_KEY_BYTES = 8
_SECTOR_BYTES, _MIB = 512, 2**20


class Form(StrEnum):
    """What kind of machine it is."""

    DESKTOP = "desktop"
    ALL_IN_ONE = "all_in_one"
    LAPTOP = "laptop"
    TABLET = "tablet"
    SERVER = "server"
    VIRTUAL = "virtual"


_CHASSIS = {
    **dict.fromkeys((3, 4, 5, 6, 7, 15, 16, 24, 35, 36), Form.DESKTOP),
    13: Form.ALL_IN_ONE,
    **dict.fromkeys((8, 9, 10, 14, 31, 32), Form.LAPTOP),
    **dict.fromkeys((11, 30), Form.TABLET),
    **dict.fromkeys((17, 23, 25, 28, 29), Form.SERVER),
}
"""SMBIOS 3.6 §7.4.1, system enclosure types."""


@dataclass(frozen=True, slots=True)
class Battery:
    """Charge in percent, and what is left of the capacity that it had when new, None where the battery does not tell."""

    charge_percent: int
    health_percent: int | None


@dataclass(frozen=True, slots=True)
class Disk:
    """A fixed disk. ``rotating`` False is a solid-state disk."""

    name: str
    model: str | None
    size_mib: int
    rotating: bool


@dataclass(frozen=True, slots=True)
class Hardware:
    """As far as this machine tells; None and empty are "it does not say"."""

    model: str | None = None
    form: Form | None = None
    serial: str | None = None
    displays: int | None = None
    battery: Battery | None = None
    disks: tuple[Disk, ...] = ()


def read_hardware(root: Path) -> Hardware:
    """Everything of Linux, below ``root``."""
    dmi = root / "sys/class/dmi/id"
    model = model_of(_text(dmi / "sys_vendor"), _text(dmi / "product_name")) or filled(
        _text(root / "proc/device-tree/model")
    )
    return Hardware(
        model=model[:128] if model else None,
        form=form_of(_number(dmi / "chassis_type"), model),
        serial=filled(_text(dmi / "product_serial")),
        displays=_displays(root),
        battery=_battery(root),
        disks=_disks(root),
    )


def form_of(chassis: int | None, model: str | None) -> Form | None:
    """From the number of SMBIOS; a hypervisor's name in the model goes before it."""
    if model and _VIRTUAL.search(model):
        return Form.VIRTUAL
    return _CHASSIS.get(chassis & 0x7F) if chassis is not None else None  # bit 7 says that it has a lock


def model_of(maker: str, product: str) -> str | None:
    """Maker and product in one; many products repeat their maker's name."""
    first, second = filled(maker), filled(product)
    if first and second and second.lower().startswith(first.lower()):
        return second
    return " ".join(part for part in (first, second) if part) or None


def filled(text: str) -> str | None:
    """What the maker wrote, None for what makers leave there when they write nothing."""
    return None if _UNFILLED.match(text.strip()) else text.strip()


def serial_key(serial: str, secret: bytes) -> str:
    """16 hex digits that tell two machines apart without saying which they are; ``secret`` is the school's own key."""
    return hmac.digest(secret, f"serial {serial}".encode(), "sha256")[:_KEY_BYTES].hex()


def _displays(root: Path) -> int | None:
    states = [_text(path) for path in sorted((root / "sys/class/drm").glob("card*-*/status"))]
    return sum(state == "connected" for state in states) if states else None


def _battery(root: Path) -> Battery | None:
    for folder in sorted((root / "sys/class/power_supply").glob("*")):
        charge = _number(folder / "capacity")
        # a mouse has a battery too; its scope is "Device"
        if _text(folder / "type") != "Battery" or _text(folder / "scope") == "Device" or charge is None:
            continue
        for unit in ("energy", "charge"):
            full, new = _number(folder / f"{unit}_full"), _number(folder / f"{unit}_full_design")
            if full is not None and new:
                return Battery(charge, min(100, round(100 * full / new)))
        return Battery(charge, None)
    return None


def _disks(root: Path) -> tuple[Disk, ...]:
    found = []
    for folder in sorted((root / "sys/block").glob("*")):
        sectors = _number(folder / "size")
        if not sectors or not (folder / "device").exists() or _number(folder / "removable") == 1:
            continue  # loop devices, RAM disks, empty card readers, USB sticks
        found.append(
            Disk(
                folder.name,
                filled(_text(folder / "device/model")),
                sectors * _SECTOR_BYTES // _MIB,
                _number(folder / "queue/rotational") == 1,
            )
        )
    return tuple(found)


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isascii() and text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip(" \0\n")
    except OSError:  # not every machine has the file, and product_serial is root's
        return ""
