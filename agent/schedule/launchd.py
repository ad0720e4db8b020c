"""launchd on macOS: a property list per account or for the machine. Runs missed in sleep are made up for once by launchd."""

import plistlib
from pathlib import Path

from agent import durable
from agent.schedule.plan import Machine, Plan, called

LABEL = "cn.campus-audit.agent"


def job(plan: Plan) -> bytes:
    """The property list (launchd.plist(5))."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(plan.run),
            "EnvironmentVariables": dict(plan.environment),
            "StartCalendarInterval": [{"Hour": time.hour, "Minute": time.minute} for time in plan.times],
            "ProcessType": "Background",
            "LowPriorityIO": True,
            "Nice": 15,
            "RunAtLoad": False,
        }
    )


def place(machine: Machine, *, system: bool) -> Path:
    """The file."""
    base = machine.root / "Library/LaunchDaemons" if system else machine.home / "Library/LaunchAgents"
    return base / f"{LABEL}.plist"


def install(machine: Machine, plan: Plan) -> list[Path]:
    """Write the list and load it."""
    path = place(machine, system=plan.system)
    durable.make_shared_folder(path.parent)
    durable.write(path, job(plan), mode=durable.SHARED_FILE)
    machine.call(("launchctl", "bootout", f"{_domain(machine, system=plan.system)}/{LABEL}"), "")  # an earlier one
    called(machine, "launchctl", "bootstrap", _domain(machine, system=plan.system), str(path))
    return [path]


def installed(machine: Machine, *, system: bool) -> list[Path]:
    """The file, when it is there."""
    path = place(machine, system=system)
    return [path] if path.exists() else []


def remove(machine: Machine, *, system: bool) -> list[Path]:
    """Unload and delete."""
    found = installed(machine, system=system)
    if found:
        machine.call(("launchctl", "bootout", f"{_domain(machine, system=system)}/{LABEL}"), "")
        durable.remove(found[0])
    return found


def _domain(machine: Machine, *, system: bool) -> str:
    return "system" if system else f"gui/{machine.user_id}"
