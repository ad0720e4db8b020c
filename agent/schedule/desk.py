"""``campus-agent schedule``: chooses the machine's scheduler, and does the same three things with each."""

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.errors import ScheduleError
from agent.schedule import cron, launchd, systemd, windows
from agent.schedule.plan import Called, Kind, Machine, Plan

CALL_S = 60
KEPT = ("CAMPUS_CONFIG", "CAMPUS_STATE", "CAMPUS_LANG")


def this_machine(platform: str, home: Path) -> Machine:
    """The one we run on."""
    user_id = os.getuid() if hasattr(os, "getuid") else 0
    return Machine(Path("/"), home, user_id, _call, shutil.which, platform)


def usual(machine: Machine) -> Kind:
    """The scheduler that a machine of this kind has: a timer where systemd is what booted it, else cron."""
    if machine.platform == "win32":
        return Kind.WINDOWS
    if machine.platform == "darwin":
        return Kind.LAUNCHD
    if (machine.root / "run/systemd/system").is_dir() and machine.which("systemctl"):
        return Kind.SYSTEMD
    if machine.which("crontab"):
        return Kind.CRON
    raise ScheduleError("agent.schedule.none_here")


def install(kind: Kind, machine: Machine, plan: Plan) -> list[str]:
    """Put the plan in place of whatever was there; return what was written, for people."""
    if kind is Kind.CRON:
        return cron.install(machine, plan)
    if kind is Kind.WINDOWS:
        return windows.install(machine, plan, getpass.getuser())
    unit = systemd if kind is Kind.SYSTEMD else launchd
    return [str(path) for path in unit.install(machine, plan)]


def installed(machine: Machine, *, system: bool) -> dict[Kind, list[str]]:
    """What there is of ours, by scheduler."""
    found = {
        Kind.SYSTEMD: [str(path) for path in systemd.installed(machine, system=system)],
        Kind.LAUNCHD: [str(path) for path in launchd.installed(machine, system=system)],
        Kind.CRON: cron.installed(machine) if machine.which("crontab") else [],
        Kind.WINDOWS: windows.installed(machine) if machine.platform == "win32" else [],
    }
    return {kind: lines for kind, lines in found.items() if lines}


def installed_kinds(platform: str, home: Path, *, system: bool) -> list[str]:
    """Names of the schedulers that hold an entry of ours."""
    return [kind.value for kind in installed(this_machine(platform, home), system=system)]


def remove(machine: Machine, *, system: bool) -> list[str]:
    """Take everything of ours out of every scheduler; return what it was."""
    gone: list[str] = []
    for kind in installed(machine, system=system):
        if kind is Kind.SYSTEMD:
            gone += map(str, systemd.remove(machine, system=system))
        elif kind is Kind.LAUNCHD:
            gone += map(str, launchd.remove(machine, system=system))
        else:
            gone += (cron if kind is Kind.CRON else windows).remove(machine)
    return gone


def own_command(argv0: str, executable: str = sys.executable, *, frozen: bool | None = None) -> tuple[str, ...]:
    """
    The command line that starts this very program again, in absolute paths: a scheduler has no PATH worth the name.

    A bundle is its own executable; an installed script stands beside its interpreter; else ``python -m agent``.
    """
    if getattr(sys, "frozen", False) if frozen is None else frozen:
        return (executable,)
    script = Path(argv0)
    if script.stem == "campus-agent" and (found := shutil.which(str(script))):
        return (str(Path(found).absolute()),)
    beside = Path(executable).with_name("campus-agent.exe" if sys.platform == "win32" else "campus-agent")
    return (str(beside),) if beside.is_file() else (executable, "-m", "agent")


def kept_environment(environ: Mapping[str, str], config: str | None) -> dict[str, str]:
    """Variables that the scheduled runs must have as this one has them."""
    kept = {name: environ[name] for name in KEPT if environ.get(name)}
    if config:
        kept["CAMPUS_CONFIG"] = config
    return {name: value if name == "CAMPUS_LANG" else str(Path(value).absolute()) for name, value in kept.items()}


def _call(command: Sequence[str], given: str) -> Called:
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=CALL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Called(127, "", str(getattr(error, "strerror", None) or error))
    return Called(done.returncode, done.stdout, done.stderr)
