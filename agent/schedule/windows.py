"""
Windows Task Scheduler: a task as XML, namespace ``…/2004/02/mit/task`` (MS-TSCH §2.5), in UTF-16, read by schtasks.

The schema's own defaults end a laptop's run when its plug is pulled (``DisallowStartIfOnBatteries`` and
``StopIfGoingOnBatteries`` are true); they are set false on purpose.
"""

import datetime as dt
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from agent.schedule.plan import Machine, Plan, called

TASK = r"\CampusAudit\Agent"
NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
LOCAL_SERVICE = "S-1-5-19"
FIRST_DAY = dt.date(2024, 1, 1)
"""A daily trigger counts from a day in the past; a clock that is years behind then still finds it started."""


def task(plan: Plan, user: str) -> str:
    """The task's XML. The machine's task runs as LOCAL SERVICE, another one as ``user`` while logged in."""
    ET.register_namespace("", NAMESPACE)
    top = ET.Element(_tag("Task"), {"version": "1.2"})
    about = _add(top, "RegistrationInfo")
    _add(about, "Author", "campus-audit")
    _add(about, "Description", "Campus audit: one run of the agent (campus-agent schedule)")
    triggers = _add(top, "Triggers")
    for time in plan.times:
        trigger = _add(triggers, "CalendarTrigger")
        _add(trigger, "Enabled", "true")
        _add(trigger, "StartBoundary", f"{FIRST_DAY}T{time:%H:%M}:00")
        _add(_add(trigger, "ScheduleByDay"), "DaysInterval", "1")
    principal = _add(_add(top, "Principals"), "Principal")
    principal.set("id", "Agent")
    _add(principal, "UserId", LOCAL_SERVICE if plan.system else user)
    if not plan.system:
        _add(principal, "LogonType", "InteractiveToken")
    _add(principal, "RunLevel", "LeastPrivilege")
    settings = _add(top, "Settings")
    for name, value in _settings(plan).items():
        _add(settings, name, value)
    actions = _add(top, "Actions")
    actions.set("Context", "Agent")
    action = _add(actions, "Exec")
    program, arguments = _command(plan)
    _add(action, "Command", program)
    _add(action, "Arguments", arguments)
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(top, encoding="unicode") + "\n"


def install(machine: Machine, plan: Plan, user: str) -> list[str]:
    """Register the task, in place of an earlier one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.xml"
        path.write_text(task(plan, user), encoding="utf-16")
        called(machine, "schtasks", "/create", "/tn", TASK, "/xml", str(path), "/f")
    return [TASK]


def installed(machine: Machine) -> list[str]:
    """The task's name when it is registered."""
    return [TASK] if machine.call(("schtasks", "/query", "/tn", TASK), "").status == 0 else []


def remove(machine: Machine) -> list[str]:
    """Delete the task."""
    found = installed(machine)
    if found:
        called(machine, "schtasks", "/delete", "/tn", TASK, "/f")
    return found


def _settings(plan: Plan) -> dict[str, str]:
    return {
        "MultipleInstancesPolicy": "IgnoreNew",
        "DisallowStartIfOnBatteries": "false",
        "StopIfGoingOnBatteries": "false",
        "AllowHardTerminate": "true",
        "StartWhenAvailable": "true",
        "RunOnlyIfNetworkAvailable": "true",
        "IdleSettings": "",
        "AllowStartOnDemand": "true",
        "Enabled": "true",
        "Hidden": "false",
        "RunOnlyIfIdle": "false",
        "WakeToRun": "false",
        "ExecutionTimeLimit": f"PT{plan.longest_s // 60}M",
        "Priority": "7",
    }


def _command(plan: Plan) -> tuple[str, str]:
    """Program and arguments. A task has no environment of its own: variables are set by cmd, when there are any."""
    program, *arguments = plan.run
    if not plan.environment:
        return program, subprocess.list2cmdline(arguments)
    sets = [f'set "{name}={value}"' for name, value in sorted(plan.environment.items())]
    # /s: cmd takes off the outer quotes and leaves all others as they are
    return "cmd.exe", f'/d /s /c "{"&&".join([*sets, subprocess.list2cmdline(plan.run)])}"'


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, _tag(name))
    element.text = text or None
    return element


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
