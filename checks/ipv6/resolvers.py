"""The name servers that this system asks."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

_MAX_SERVERS = 3
"""MAXNS of resolv.h: the C library ignores the rest."""
_INTERFACES = (
    r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces",
    r"SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters\Interfaces",
)


def resolvers(root: Path, platform: str, *, registry: Callable[[], Any] | None = None) -> list[str]:
    """IP literals of the configured name servers, at most three. Empty when none is configured or they cannot be read."""
    found = _from_registry((registry or _winreg)()) if platform == "win32" else _from_file(root / "etc/resolv.conf")
    return list(dict.fromkeys(address for address in found if _is_literal(address)))[:_MAX_SERVERS]


def _from_file(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # no file, no configured server
        return []
    return [words[1] for words in map(str.split, lines) if len(words) > 1 and words[0] == "nameserver"]


def _from_registry(registry: Any) -> list[str]:
    """
    ``NameServer`` (set by hand) before ``DhcpNameServer``, of every interface.

    Windows keeps no other plain list; the registry says the same as ``ipconfig /all``. Not yet run on a real Windows.
    """
    found: list[str] = []
    for place in _INTERFACES:
        try:
            parent = registry.OpenKey(registry.HKEY_LOCAL_MACHINE, place)
        except OSError:
            continue
        for number in range(registry.QueryInfoKey(parent)[0]):
            key = registry.OpenKey(parent, registry.EnumKey(parent, number))
            for name in ("NameServer", "DhcpNameServer"):
                try:
                    listed = str(registry.QueryValueEx(key, name)[0])
                except OSError:  # not set on this interface
                    continue
                if words := [word for word in re.split(r"[\s,;]+", listed) if word]:
                    found.extend(words)
                    break
    return found


def _is_literal(address: str) -> bool:
    try:
        ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return True


def _winreg() -> Any:
    import importlib  # noqa: PLC0415 - winreg exists on Windows only

    return importlib.import_module("winreg")
