"""The command as it is started: help, exit codes, and what it needs."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())"]


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "HOME": "/nonexistent", **environment},
    )


@pytest.mark.parametrize(("lang", "word", "example"), [("zh_CN", "用法：", "示例："), ("en", "usage:", "example:")])
def test_help_has_an_example_in_the_reader_s_language(lang: str, word: str, example: str) -> None:
    done = _run("--lang", lang, "--help")
    assert done.returncode == 0
    assert word in done.stdout
    assert example in done.stdout
    assert "campus-tui --url" in done.stdout


def test_a_wrong_option_ends_with_64() -> None:
    assert _run("--no-such").returncode == 64


def test_no_token_ends_with_77_and_says_where_to_put_it() -> None:
    done = _run()
    assert done.returncode == 77
    assert "--token-file" in done.stderr


def test_without_a_terminal_it_points_to_the_printed_scores() -> None:
    done = _run(CAMPUS_TUI_TOKEN="t")
    assert done.returncode == 64
    assert "campus-collector scores" in done.stderr


def test_a_dumb_terminal_is_refused() -> None:
    main, other = pty.openpty()
    done = subprocess.run(
        COMMAND,
        check=False,
        stdin=other,
        stdout=other,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TERM": "dumb", "CAMPUS_TUI_TOKEN": "t", "HOME": "/nonexistent"},
    )
    os.close(main)
    os.close(other)
    assert done.returncode == 64
    assert "campus-collector scores" in done.stderr


def test_a_wrong_configuration_ends_with_78_and_all_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("tui:\n  refresh_s: -1\n  theme: pink\n")
    done = _run("--config", str(file))
    assert done.returncode == 78
    assert f"{file}:2:" in done.stderr
    assert f"{file}:3:" in done.stderr


def test_without_the_extra_it_says_in_one_line_how_to_get_it() -> None:
    hide = "import sys\nsys.modules['textual'] = None\nfrom tui.cli import main\nsys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", hide],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "CAMPUS_TUI_TOKEN": "t", "HOME": "/nonexistent"},
    )
    assert done.returncode == 69
    assert "pip install 'campus-audit[tui]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_help_and_refusals_do_not_import_textual() -> None:
    look = "import sys\nfrom tui.cli import main\ncode = main([])\nsys.exit('textual' in sys.modules or code != 64)"
    done = subprocess.run(
        [sys.executable, "-c", look],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "CAMPUS_TUI_TOKEN": "t", "HOME": "/nonexistent"},
    )
    assert done.returncode == 0
