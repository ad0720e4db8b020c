"""The command line: complete help in both languages, light, and its exit codes."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli import main

COMMANDS = ("enroll", "run", "preview", "deliver", "doctor", "schedule", "export-spool", "purge")
HEAVY = {"psutil", "requests", "scapy", "textual", "starlette", "sqlalchemy", "yaml", "speedtest", "agent.commands"}


def helped(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    with pytest.raises(SystemExit) as left:
        main([*argv, "--help"])
    assert left.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(("language", "word"), [("zh_CN", "示例："), ("en", "example:")])
@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_every_page_of_help_is_complete_in_both_languages(
    command: str | None, language: str, word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMPUS_LANG", language)
    page = helped(capsys, *([command] if command else []))
    assert word in page
    assert page.rstrip().splitlines()[-1].strip().startswith("campus-agent")
    assert "agent." not in page.replace("agent.pack", "")
    assert "cli." not in page
    chinese = any("\u4e00" <= character <= "\u9fff" for character in page)
    assert chinese == (language == "zh_CN")


def test_the_process_of_a_check_stands_in_no_help(capsys: pytest.CaptureFixture[str]) -> None:
    page = helped(capsys)
    assert "check-process" not in page
    assert all(command in page for command in COMMANDS)


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["enroll", "https://c.example"], ["run", "--fail-under", "high"]])
def test_a_wrong_command_line_ends_with_64(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(argv)
    assert left.value.code == 64
    assert "campus-agent" in capsys.readouterr().err


MODULES = """
import contextlib, sys
from agent.cli import main
with contextlib.suppress(SystemExit):
    main([sys.argv[1]])
sys.stderr.write(" ".join(sys.modules))
"""


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_that_measures_or_sends(option: str) -> None:
    done = subprocess.run([sys.executable, "-c", MODULES, option], check=True, capture_output=True, text=True)
    assert HEAVY.isdisjoint(done.stderr.split())


@pytest.mark.skipif(sys.platform == "win32", reason="resource is POSIX")
def test_help_costs_less_than_0_3_seconds_of_processor() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "agent", "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3


def test_the_process_of_a_check_loads_no_http_client_before_the_check_does(tmp_path: Path) -> None:
    code = "import sys, agent.process; sys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert {"requests", "psutil", "agent.spool", "agent.commands"}.isdisjoint(done.stdout.split())


FAULTY = """\
agent:
  collector: {url: ftp://c.example, timeout_s: 0}
  spool: {max_files: many}
  school: {kind: 大学}
  cheks: {}
"""


@pytest.mark.parametrize("place", ["before", "after"])
def test_all_faults_of_a_configuration_come_at_once_and_end_with_78(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(FAULTY, encoding="utf-8")
    option = ["--config", str(path)]
    assert main([*option, "doctor"] if place == "before" else ["doctor", *option]) == 78
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1] for line in lines[:-1]] == ["2", "2", "3", "4", "5"]


def test_it_runs_in_any_folder(tmp_path: Path) -> None:
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / "__init__.py").write_text("raise SystemExit('the wrong agent')")
    environ = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "CAMPUS_STATE": str(tmp_path / "state"),
        "CAMPUS_LANG": "en",
    }
    argv = ["run", "--no-deliver", "--only", "host"]
    code = f"import sys; sys.path.remove(''); from agent.cli import main; sys.exit(main({argv}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "wrong agent" in done.stderr) == (0, False)
    assert "This machine" in done.stdout
    assert " ok " in done.stdout
