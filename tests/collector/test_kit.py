"""A school's kit: the agent accepts its configuration and the collector its code."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from agent.config import load
from collector import cli
from collector.identity.code import code_digest
from collector.store import agents
from collector.store.engine import database_url
from collector.store.store import Store
from contract.school import SchoolKind
from tests.agent.conftest import NOW


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAMPUS_LANG", "en")
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps({"collector": {"state_folder": str(tmp_path / "state")}}))
    (tmp_path / "schools.csv").write_text("id,name,county,kind,students\nS1,示例一小,示例县,小学,400\n")
    assert cli.main(["schools", "import", str(tmp_path / "schools.csv"), "--config", str(path)]) == 0
    capsys.readouterr()
    return path


def test_a_kit_holds_a_configuration_a_code_and_instructions_in_both_languages(config: Path, tmp_path: Path) -> None:
    target, ca = tmp_path / "S1.zip", tmp_path / "ca.pem"
    ca.write_text("-----BEGIN CERTIFICATE-----\n")
    arguments = ["kit", "S1", "--url", "https://c.example/", "--out", str(target), "--ca-file", str(ca)]
    assert cli.main([*arguments, "--config", str(config)]) == 0
    with zipfile.ZipFile(target) as archive:
        assert set(archive.namelist()) == {"config.yaml", "安装说明.md", "INSTALL.md", "county-ca.pem"}
        archive.extractall(tmp_path / "unpacked")
    settings = load(tmp_path / "unpacked" / "config.yaml")
    assert (settings.collector.url, settings.collector.ca_file) == ("https://c.example", "county-ca.pem")
    assert (settings.school.kind, settings.school.students) == (SchoolKind.PRIMARY, 400)
    chinese = (tmp_path / "unpacked" / "安装说明.md").read_text(encoding="utf-8-sig")
    assert "示例一小" in chinese
    found = re.search(r"enroll https://c\.example (\S+)", chinese)
    assert found is not None
    assert found[1] in (tmp_path / "unpacked" / "INSTALL.md").read_text(encoding="utf-8-sig")
    with Store(database_url("collector.db", tmp_path / "state"), lambda: NOW) as store, store.reading() as connection:
        assert agents.school_of_code(connection, code_digest(found[1])) == "S1"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["S1", "--url", "c.example"], 64, "no address"),
        (["S9", "--url", "https://c.example"], 65, "S9"),
        (["S1", "--url", "https://c.example", "--program", "nowhere.deb"], 65, "nowhere.deb"),
    ],
)
def test_a_kit_that_cannot_be_made_says_why_and_leaves_nothing(
    config: Path,
    tmp_path: Path,
    arguments: list[str],
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["kit", *arguments, "--config", str(config)]) == code
    assert words in capsys.readouterr().err
    assert list(tmp_path.glob("*.zip")) == []
