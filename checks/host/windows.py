"""
Model, firewall and virus protection of Windows, from the registry.

Written after the documented keys and tested with recorded values; it has not run on a real Windows yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checks.host.hardware import Form, Hardware, form_of, model_of

Registry = Callable[[str, str], "str | int | None"]
"""Value of a name below HKEY_LOCAL_MACHINE, None when there is none."""
_BIOS = r"HARDWARE\DESCRIPTION\System\BIOS"
_FIREWALL = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
_PROFILES = ("StandardProfile", "PublicProfile", "DomainProfile")
_DEFENDER = r"SOFTWARE\Microsoft\Windows Defender"
_CURRENT = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"


@dataclass(frozen=True, slots=True)
class Protection:
    """True, False, or None for "the registry does not say", as with another maker's virus protection."""

    firewall: bool | None
    antivirus: bool | None


def read_windows(registry: Registry) -> tuple[Hardware, Protection, int | None]:
    """Hardware, protection and the build number."""
    model = model_of(str(registry(_BIOS, "SystemManufacturer") or ""), str(registry(_BIOS, "SystemProductName") or ""))
    form: Form | None = form_of(None, model)
    states = [registry(rf"{_FIREWALL}\{profile}", "EnableFirewall") for profile in _PROFILES]
    known = [bool(state) for state in states if state is not None]
    build = registry(_CURRENT, "CurrentBuildNumber")
    return (
        Hardware(model=model, form=form),
        Protection(firewall=all(known) if known else None, antivirus=_antivirus(registry)),
        int(build) if build is not None and str(build).isdigit() else None,
    )


def _antivirus(registry: Registry) -> bool | None:
    if registry(_DEFENDER, "ProductStatus") is None:
        return None
    real_time = rf"{_DEFENDER}\Real-Time Protection"
    return not (registry(_DEFENDER, "DisableAntiSpyware") or registry(real_time, "DisableRealtimeMonitoring"))


def local_machine(path: str, name: str) -> str | int | None:
    """The running system's registry."""
    import winreg  # noqa: PLC0415 - exists on Windows only

    api: Any = winreg
    try:
        with api.OpenKey(api.HKEY_LOCAL_MACHINE, path) as key:
            value = api.QueryValueEx(key, name)[0]
    except OSError:  # no such key or name
        return None
    return value if isinstance(value, str | int) else None
