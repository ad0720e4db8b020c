"""Until when its maker mends a system: after that day a machine is a risk to the school's network."""

import datetime as dt
from collections.abc import Mapping

_DEBIAN = {"10": "2024-06-30", "11": "2026-08-31", "12": "2028-06-30", "13": "2030-06-30"}
"""Long-term support included (https://wiki.debian.org/LTS)."""
_UBUNTU = {"18.04": "2023-05-31", "20.04": "2025-05-31", "22.04": "2027-04-30", "24.04": "2029-04-30"}
"""Standard support (https://ubuntu.com/about/release-cycle)."""
_ENDS: Mapping[str, Mapping[str, str]] = {"debian": _DEBIAN, "ubuntu": _UBUNTU}
_WINDOWS = (
    (7601, "2020-01-14"),
    (9600, "2023-01-10"),
    (19045, "2025-10-14"),
    (22000, "2023-10-10"),
    (22621, "2024-10-08"),
    (22631, "2025-11-11"),
    (26100, "2026-10-13"),
)
"""Highest build of each release and the end of its Home and Pro editions (Microsoft Lifecycle): 7, 8.1, 10, 11 to 24H2."""


def linux_support(release: Mapping[str, str]) -> dt.date | None:
    """From the fields of os-release(5); None for systems that are not in the table (Kylin, UOS, deepin)."""
    ends = _ENDS.get(release.get("ID", ""), {}).get(release.get("VERSION_ID", ""))
    return dt.date.fromisoformat(ends) if ends else None


def windows_support(build: int) -> dt.date | None:
    """From the build number; None for one that is newer than the table."""
    return next((dt.date.fromisoformat(ends) for highest, ends in _WINDOWS if build <= highest), None)
