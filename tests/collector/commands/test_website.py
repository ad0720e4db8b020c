"""``campus-collector website`` as a person types it."""

import json
from pathlib import Path

import pytest

from collector import cli


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    website = {
        "sites": [{"school": "S1", "url": "https://www.school.test/"}],
        "resolver": "127.0.0.9",
        "tries": 1,
        "timeout_s": 0.2,
    }
    config = {"collector": {"state_folder": str(tmp_path / "state"), "website": website}}
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    (tmp_path / "schools.csv").write_text("id,name,county,kind\nS1,示例一小,示例县,小学\nS2,示例二中,示例县,初中\n")
    assert run(tmp_path, "schools", "import", str(tmp_path / "schools.csv")) == 0
    capsys.readouterr()
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    return cli.main([*arguments, "--config", str(folder / "config.yaml")])


def test_a_survey_by_hand_is_stored_and_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "website", "check", "S1") == 0
    assert "no answer from the name server" in capsys.readouterr().out
    assert run(folder, "website", "history", "S1", "--json") == 0
    [state] = json.loads(capsys.readouterr().out)
    assert state["url"] == "https://www.school.test/"
    assert state["values"]["ready"] is None


def test_a_url_is_surveyed_without_a_trace(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "website", "check", "https://other.test/", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["url"] == "https://other.test/"
    assert run(folder, "website", "history", "S1", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_school_without_a_website_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "website", "check", "S2") == 65
    assert "no website is configured for school S2" in capsys.readouterr().err
