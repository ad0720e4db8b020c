"""The task's XML against the rules of the documented schema (MS-TSCH §2.5): names, order, values."""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from agent.schedule import windows
from agent.schedule.plan import Called
from tests.agent.schedule.conftest import System, make_plan

NS = f"{{{windows.NAMESPACE}}}"
BOOLEAN = re.compile(r"^(true|false)$")
TEXT = re.compile(r"^[^\x00-\x1f]{1,260}$")
MINUTES = re.compile(r"^PT([1-9]\d*)M$")

SEQUENCES = {
    "Task": ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"],
    "CalendarTrigger": [
        "Enabled",
        "StartBoundary",
        "EndBoundary",
        "Repetition",
        "ExecutionTimeLimit",
        "RandomDelay",
        "ScheduleByDay",
    ],
    "ScheduleByDay": ["DaysInterval"],
    "Exec": ["Command", "Arguments", "WorkingDirectory"],
    "Principal": ["UserId", "LogonType", "GroupId", "DisplayName", "RunLevel"],
    "RegistrationInfo": ["URI", "Author", "Description"],
}
"""Children that an element may have. The triggers' and the action's are a sequence in the schema, the others a set."""
VALUES = {
    "MultipleInstancesPolicy": re.compile(r"^(Parallel|Queue|IgnoreNew|StopExisting)$"),
    "DisallowStartIfOnBatteries": BOOLEAN,
    "StopIfGoingOnBatteries": BOOLEAN,
    "AllowHardTerminate": BOOLEAN,
    "StartWhenAvailable": BOOLEAN,
    "RunOnlyIfNetworkAvailable": BOOLEAN,
    "AllowStartOnDemand": BOOLEAN,
    "Enabled": BOOLEAN,
    "Hidden": BOOLEAN,
    "RunOnlyIfIdle": BOOLEAN,
    "WakeToRun": BOOLEAN,
    "ExecutionTimeLimit": MINUTES,
    "Priority": re.compile(r"^([0-9]|10)$"),
    "StartBoundary": re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"),
    "DaysInterval": re.compile(r"^([1-9]|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-5])$"),
    "LogonType": re.compile(r"^(S4U|Password|InteractiveToken|InteractiveTokenOrPassword)$"),
    "RunLevel": re.compile(r"^(LeastPrivilege|HighestAvailable)$"),
    "UserId": TEXT,
    "Command": TEXT,
    "Arguments": TEXT,
    "Author": TEXT,
    "Description": TEXT,
}
SETTINGS = {name for name in VALUES if name not in {"StartBoundary", "DaysInterval", "LogonType", "RunLevel", "UserId"}}


def faults(element: ET.Element, path: str = "") -> list[str]:
    """What the schema would refuse."""
    name = element.tag.removeprefix(NS)
    here = f"{path}/{name}"
    children = [child.tag.removeprefix(NS) for child in element]
    found = [] if element.tag.startswith(NS) else [f"{here}: namespace"]
    if not children and name in VALUES and not VALUES[name].match(element.text or ""):
        found.append(f"{here}: {element.text!r}")
    if name in SEQUENCES:
        order = SEQUENCES[name]
        found += [f"{here}: unknown {child}" for child in children if child not in order]
        places = [order.index(child) for child in children if child in order]
        found += [] if places == sorted(set(places)) else [f"{here}: order {children}"]
    if name == "Settings":
        found += [f"{here}: unknown {child}" for child in children if child not in SETTINGS | {"IdleSettings"}]
    if name == "Triggers" and not 1 <= len(children) <= 48:
        found.append(f"{here}: {len(children)} triggers")
    for child in element:
        found += faults(child, here)
    return found


def parsed(*, system: bool, environment: Mapping[str, str] = {}) -> ET.Element:
    return ET.fromstring(windows.task(make_plan(system=system, environment=environment), "office").partition("\n")[2])


@pytest.mark.parametrize("system", [True, False])
def test_the_task_keeps_to_the_schema(system: bool) -> None:
    top = parsed(system=system, environment={"CAMPUS_STATE": r"C:\school & co"})
    assert top.get("version") in ("1.1", "1.2", "1.3", "1.4")
    assert faults(top) == []
    contexts = [action.get("Context") for action in top.iter(f"{NS}Actions")]
    assert contexts == [principal.get("id") for principal in top.iter(f"{NS}Principal")]


def test_the_rules_find_what_the_schema_would_refuse() -> None:
    bad = windows.task(make_plan(), "office").partition("\n")[2]
    swapped = bad.replace("<Priority>7<", "<Priority>11<").replace("<Enabled>true</Enabled>", "<Enabld>true</Enabld>", 1)
    assert len(faults(ET.fromstring(swapped))) == 2


def test_laptops_and_sleepers_are_audited_too() -> None:
    told = {child.tag.removeprefix(NS): child.text for child in parsed(system=True).iter() if child.text}
    assert told["DisallowStartIfOnBatteries"] == told["StopIfGoingOnBatteries"] == "false"
    assert told["StartWhenAvailable"] == "true"
    assert told["MultipleInstancesPolicy"] == "IgnoreNew"
    assert told["ExecutionTimeLimit"] == "PT60M"
    starts = [dt.datetime.fromisoformat(item.text or "") for item in parsed(system=True).iter(f"{NS}StartBoundary")]
    assert [start.strftime("%H:%M") for start in starts] == ["06:10", "12:10", "18:10", "22:10"]


def test_the_machines_task_runs_as_a_service_account_and_a_users_as_the_user() -> None:
    assert [item.text for item in parsed(system=True).iter(f"{NS}UserId")] == ["S-1-5-19"]
    assert [item.text for item in parsed(system=False).iter(f"{NS}UserId")] == ["office"]


def test_variables_are_set_in_front_of_the_program() -> None:
    action = next(parsed(system=True, environment={"CAMPUS_STATE": r"C:\my school"}).iter(f"{NS}Exec"))
    assert [child.text for child in action] == [
        "cmd.exe",
        r'/d /s /c "set "CAMPUS_STATE=C:\my school"&&/bin/true run --background --splay 45m"',
    ]


def test_the_file_is_utf_16_and_is_given_to_schtasks(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = system.machine.call

    def look(command: list[str], given: str) -> Called:
        seen.append(Path(command[5]).read_bytes().decode("utf-16"))
        return real(command, given)

    object.__setattr__(system.machine, "call", look)
    windows.install(system.machine, make_plan(), "office")
    assert seen[0].startswith('<?xml version="1.0" encoding="UTF-16"?>\n<Task xmlns="http://schemas.microsoft.com/')
    assert system.calls[0][:4] == ("schtasks", "/create", "/tn", r"\CampusAudit\Agent")
