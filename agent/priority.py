"""Steps back behind everybody else on the machine: lowest share of processor and disk, for us and our children."""

import contextlib
import os
import sys
from types import ModuleType

NICE = 15


def lower(platform: str = sys.platform) -> bool:
    """Lower this process's priority; False when the system does not let us, which changes no result."""
    if platform != "win32":
        os.nice(max(0, NICE - os.nice(0)))
    try:
        import psutil  # noqa: PLC0415 - 14 MiB, for unattended runs only
    except ImportError:  # loongarch64: the processor's share is lowered, the disk's is not
        return platform != "win32"
    process = psutil.Process()
    with contextlib.suppress(psutil.Error, OSError):
        if platform == "win32":
            process.nice(_constant(psutil, "BELOW_NORMAL_PRIORITY_CLASS"))
            process.ionice(_constant(psutil, "IOPRIO_LOW"))
        elif platform == "linux":
            process.ionice(psutil.IOPRIO_CLASS_IDLE)
        return True
    return False


def _constant(psutil: ModuleType, name: str) -> int:
    """Psutil has these names on Windows only."""
    found: int = getattr(psutil, name)
    return found
