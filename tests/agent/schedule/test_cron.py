"""The crontab: only our part of it changes, and a real cron runs the line."""

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.schedule import cron
from agent.schedule.plan import Called
from tests.agent.schedule.conftest import System, make_plan

LINE = "10 * * * * /bin/true run --background --splay 45m --if-due 06:10,12:10,18:10,22:10 >/dev/null"


def test_the_line_looks_each_hour_and_lets_the_agent_decide() -> None:
    assert cron.entry(make_plan()) == LINE


def test_percent_signs_and_blanks_survive_the_crontab() -> None:
    line = cron.entry(make_plan(command=("/opt/my agent",), environment={"CAMPUS_STATE": "/srv/100%"}))
    assert line.startswith("10 * * * * CAMPUS_STATE=/srv/100\\% '/opt/my agent' run ")


@given(st.lists(st.text(st.characters(codec="ascii", exclude_characters="\r\n\x0b\x0c\x1c\x1d\x1e"), max_size=30)))
def test_other_peoples_lines_stay_as_they_are(rows: list[str]) -> None:
    before = "".join(f"{row}\n" for row in rows)
    after = cron.table_with(cron.table_with(before, LINE), None)
    assert after == before


def test_installing_twice_leaves_one_entry() -> None:
    once = cron.table_with("# mine\n", LINE)
    assert cron.table_with(once, LINE) == once == f"# mine\n{cron.BEGIN}\n{LINE}\n{cron.END}\n"


def test_an_empty_crontab_is_removed(system: System) -> None:
    system.says["crontab", "-l"] = Called(0, f"{cron.BEGIN}\n{LINE}\n{cron.END}\n", "")
    assert cron.remove(system.machine) == [LINE]
    assert system.calls[-1] == ("crontab", "-r")


def test_without_a_crontab_there_is_nothing_of_ours(system: System) -> None:
    system.says["crontab", "-l"] = Called(1, "", "no crontab for root\n")
    assert cron.installed(system.machine) == []
    assert cron.remove(system.machine) == []
    cron.install(system.machine, make_plan())
    assert system.given[-1] == f"{cron.BEGIN}\n{LINE}\n{cron.END}\n"


AGENT = """#!/bin/sh
echo "$* in $CAMPUS_STATE, nice $(nice)" > {fifo}
exec {python} -c 'import sys; sys.path.insert(0, "{root}"); from agent.cli import main; sys.exit(main())' "$@" \\
    --splay 0 --no-deliver --only host
"""
STARTED_S = 30
CRONTAB = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or not shutil.which("crontab") or not shutil.which("unshare"),
    reason="needs root, crontab (Debian: cron) and unshare (util-linux)",
)


@CRONTAB
def test_the_real_crontab_takes_the_line_and_gives_it_back(tmp_path: Path) -> None:
    spool = tmp_path / "crontabs"
    spool.mkdir()
    (tmp_path / "table").write_text(cron.table_with("", LINE))
    script = f"mount --bind {spool} /var/spool/cron/crontabs && crontab {tmp_path / 'table'} && crontab -l"
    done = subprocess.run(["unshare", "--mount", "sh", "-ec", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{cron.BEGIN}\n{LINE}\n{cron.END}\n"), done.stderr


@CRONTAB
@pytest.mark.skipif(not shutil.which("cron"), reason="needs cron (Debian: cron)")
def test_a_real_cron_runs_the_real_agent_by_our_line(tmp_path: Path) -> None:
    """``@reboot`` stands in for the hour: cron runs such a line as soon as it starts, and nothing else differs."""
    fifo, state, spool = tmp_path / "started", tmp_path / "100% state", tmp_path / "crontabs"
    os.mkfifo(fifo)
    spool.mkdir()
    program = tmp_path / "campus-agent"
    program.write_text(AGENT.format(fifo=fifo, python=sys.executable, root=Path(__file__).parents[3]))
    program.chmod(0o755)
    plan = make_plan(command=(str(program),), environment={"CAMPUS_STATE": str(state)})
    line = cron.entry(plan).replace("10 * * * *", "@reboot", 1).replace(">/dev/null", f">{fifo} 2>&1")
    (tmp_path / "table").write_text(cron.table_with("", line))
    script = (
        f"mount --bind {spool} /var/spool/cron/crontabs && mount -t tmpfs none /run && "
        f"crontab {tmp_path / 'table'} && exec cron -f -L 0"
    )
    reader = os.open(fifo, os.O_RDWR)
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        told = b""
        while b"campus-agent preview" not in told and select.select([reader], [], [], STARTED_S)[0]:
            told += os.read(reader, 65_536)
        process.kill()
    os.close(reader)
    started, _, printed = told.decode().partition("\n")
    assert started.startswith("run --background --splay 45m --if-due 06:10,12:10,18:10,22:10 in ")
    assert started.endswith(f" in {state}, nice 0")
    assert "本机尚未登记" in printed
    assert len(list((state / "history").iterdir())) == 1
