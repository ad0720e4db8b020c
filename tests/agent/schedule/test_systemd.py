"""The units, judged by systemd itself."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agent.errors import ScheduleError
from agent.schedule import systemd
from agent.schedule.plan import Called
from tests.agent.schedule.conftest import System, make_plan

ANALYZE = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze (Debian: systemd)")


def verify(runtime: Path, *arguments: str) -> None:
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(runtime)}
    command = ["systemd-analyze", "verify", "--man=no", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert (done.returncode, done.stderr) == (0, "")


@ANALYZE
@pytest.mark.parametrize("scope", ["--user", "--system"])
@pytest.mark.parametrize("dynamic", [True, False], ids=["dynamic", "plain"])
def test_systemd_finds_nothing_wrong_with_the_units(scope: str, dynamic: bool, tmp_path: Path) -> None:
    plan = make_plan(system=scope == "--system", environment={"CAMPUS_STATE": "/srv/my state/100%"})
    (tmp_path / systemd.SERVICE).write_text(systemd.service(plan, dynamic=dynamic))
    (tmp_path / systemd.TIMER).write_text(systemd.timer(plan))
    verify(tmp_path, scope, str(tmp_path / systemd.SERVICE), str(tmp_path / systemd.TIMER))


@ANALYZE
def test_systemd_reads_the_times_as_they_were_meant() -> None:
    lines = [line.partition("=")[2] for line in systemd.timer(make_plan()).splitlines() if line.startswith("OnCalendar=")]
    done = subprocess.run(["systemd-analyze", "calendar", *lines], capture_output=True, text=True, check=True)
    normal = [line.split(": ")[1] for line in done.stdout.splitlines() if "Normalized form" in line]
    assert normal == ["*-*-* 06:10:00", "*-*-* 12:10:00", "*-*-* 18:10:00", "*-*-* 22:10:00"]


def test_a_missed_run_is_made_up_for_and_a_hanging_one_is_ended() -> None:
    plan = make_plan()
    assert "Persistent=true" in systemd.timer(plan).splitlines()
    assert "TimeoutStartSec=3600" in systemd.service(plan, dynamic=True).splitlines()


def test_the_machines_service_has_an_account_of_its_own_and_one_capability() -> None:
    lines = systemd.service(make_plan(), dynamic=True).splitlines()
    assert {"DynamicUser=yes", "AmbientCapabilities=CAP_NET_RAW", "CapabilityBoundingSet=CAP_NET_RAW"} <= set(lines)
    assert {"StateDirectory=campus-audit", "Nice=15", "IOSchedulingClass=idle"} <= set(lines)


def test_a_users_service_asks_for_no_privilege() -> None:
    text = systemd.service(make_plan(system=False), dynamic=False)
    assert not any(word in text for word in ("DynamicUser", "Capabilit", "StateDirectory"))


def test_odd_paths_are_quoted() -> None:
    text = systemd.service(make_plan(command=("/opt/校园 audit/agent", "100%")), dynamic=False)
    assert 'ExecStart="/opt/校园 audit/agent" 100%% run --background --splay 45m\n' in text


def test_installing_writes_both_units_and_starts_the_timer(system: System) -> None:
    paths = systemd.install(system.machine, make_plan())
    assert [path.name for path in paths] == ["campus-agent.service", "campus-agent.timer"]
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in paths)
    assert system.calls == [("systemctl", "daemon-reload"), ("systemctl", "enable", "--now", "campus-agent.timer")]
    assert systemd.installed(system.machine, system=True) == paths
    assert systemd.remove(system.machine, system=True) == paths
    assert systemd.installed(system.machine, system=True) == []


def test_a_users_timer_is_the_users_own(system: System) -> None:
    paths = systemd.install(system.machine, make_plan(system=False))
    assert all(path.is_relative_to(system.machine.home / ".config/systemd/user") for path in paths)
    assert all(call[:2] == ("systemctl", "--user") for call in system.calls)


def test_a_refusal_of_systemd_is_told_in_its_own_words(system: System) -> None:
    system.says["systemctl", "enable"] = Called(1, "", "Failed to connect to bus:\nNo medium found\n")
    with pytest.raises(ScheduleError) as caught:
        systemd.install(system.machine, make_plan())
    assert caught.value.message.params["problem"] == "Failed to connect to bus: No medium found"


def test_a_program_in_somebodys_home_is_not_given_to_an_account_that_cannot_reach_it() -> None:
    assert systemd.all_may_start(Path("/bin/true"))
    assert not systemd.all_may_start(Path("/root"))


def test_a_packages_units_are_shown_and_left_to_the_package(system: System) -> None:
    shipped = system.machine.root / "lib/systemd/system"
    shipped.mkdir(parents=True)
    (shipped / systemd.TIMER).touch()
    assert systemd.installed(system.machine, system=True) == [shipped / systemd.TIMER]
    assert systemd.installed(system.machine, system=False) == []
    assert systemd.remove(system.machine, system=True) == []
    assert (shipped / systemd.TIMER).exists()
