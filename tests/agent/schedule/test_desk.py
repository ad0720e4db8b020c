"""``campus-agent schedule`` as a whole."""

import plistlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import ScheduleError
from agent.schedule import desk, launchd, plan
from agent.schedule.plan import Called, Kind
from tests.agent.schedule.conftest import System, make_plan


def test_a_timer_where_systemd_runs_else_cron(system: System) -> None:
    tools = {"systemctl", "crontab"}
    machine = replace(system.machine, which=lambda name: name if name in tools else None)
    assert desk.usual(machine) is Kind.CRON
    (machine.root / "run/systemd/system").mkdir(parents=True)
    assert desk.usual(machine) is Kind.SYSTEMD
    assert desk.usual(replace(machine, platform="win32")) is Kind.WINDOWS
    assert desk.usual(replace(machine, platform="darwin")) is Kind.LAUNCHD
    with pytest.raises(ScheduleError, match="none_here"):
        desk.usual(replace(system.machine, root=Path("/nowhere"), which=lambda _: None))


@pytest.mark.parametrize("kind", [Kind.SYSTEMD, Kind.LAUNCHD])
@pytest.mark.parametrize("whole", [True, False])
def test_what_is_installed_is_shown_and_removed_without_a_trace(kind: Kind, whole: bool, system: System) -> None:
    machine = replace(system.machine, which=lambda name: None if name == "crontab" else name)
    lines = desk.install(kind, machine, make_plan(system=whole))
    assert desk.installed(machine, system=whole) == {kind: lines}
    assert desk.installed(machine, system=not whole) == {}
    assert desk.remove(machine, system=whole) == lines
    left = [path for folder in (machine.root, machine.home) if folder.exists() for path in folder.rglob("*")]
    assert [path for path in left if path.is_file()] == []


def test_the_property_list_is_one_and_says_when(system: System) -> None:
    told = plistlib.loads(launchd.job(make_plan(environment={"CAMPUS_LANG": "en"})))
    assert told["ProgramArguments"] == ["/bin/true", "run", "--background", "--splay", "45m"]
    assert told["StartCalendarInterval"][0] == {"Hour": 6, "Minute": 10}
    assert told["EnvironmentVariables"] == {"CAMPUS_LANG": "en"}


def test_the_program_is_named_in_full(tmp_path: Path) -> None:
    script = tmp_path / "campus-agent"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    assert desk.own_command(str(script)) == (str(script),)
    assert desk.own_command("-c", "/opt/campus-audit/campus-agent", frozen=True) == ("/opt/campus-audit/campus-agent",)
    lone = tmp_path / "python"
    lone.touch()
    assert desk.own_command("/x/agent/__main__.py", str(tmp_path / "bin" / "python")) == (
        str(tmp_path / "bin" / "python"),
        "-m",
        "agent",
    )


def test_scheduled_runs_find_the_same_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"CAMPUS_STATE": "state", "CAMPUS_LANG": "en", "PATH": "/bin"}
    assert desk.kept_environment(environ, "my.yaml") == {
        "CAMPUS_STATE": str(tmp_path / "state"),
        "CAMPUS_LANG": "en",
        "CAMPUS_CONFIG": str(tmp_path / "my.yaml"),
    }


def test_a_command_that_is_not_there_is_a_refusal_in_words() -> None:
    machine = desk.this_machine(sys.platform, Path("/nonexistent"))
    done = machine.call(("/nonexistent/tool",), "")
    assert done == Called(127, "", "No such file or directory")
    with pytest.raises(ScheduleError, match="No such file"):
        plan.called(machine, "/nonexistent/tool")


def test_this_machine_can_be_looked_at() -> None:
    found = desk.installed(desk.this_machine(sys.platform, Path("/nonexistent")), system=False)
    assert isinstance(found, dict)
    assert set(found) <= set(Kind)
    assert shutil.which("crontab") is None or Kind.WINDOWS not in found
