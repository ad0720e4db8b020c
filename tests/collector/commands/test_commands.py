"""The command line as a person types it."""

import json
from pathlib import Path

import pytest

from collector import cli
from locales.texts import Texts
from tests.house.test_translations import entries


class Desk:
    """``campus-collector`` with a state folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self._config = folder / "config.yaml"
        self._config.write_text(json.dumps({"collector": {"state_folder": str(folder / "state")}}))

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        code = cli.main([*arguments, "--config", str(self._config)])
        caught = self._capsys.readouterr()
        return code, caught.out, caught.err

    def configure(self, text: str) -> None:
        self._config.write_text(text)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    made = Desk(tmp_path, capsys)
    (tmp_path / "schools.csv").write_text("id,name,county,kind\nS1,示例一小,示例县,小学\nS2,示例二中,示例县,初中\n")
    assert made.run("schools", "import", str(tmp_path / "schools.csv"))[0] == 0
    return made


def test_importing_again_updates_and_says_so(desk: Desk) -> None:
    path = desk.folder / "schools.csv"
    path.write_text("id,name,county,kind\nS1,示例一小,示例县,小学\nS2,改名二中,示例县,初中\nS3,新校,示例县,小学\n")
    assert desk.run("schools", "import", str(path), "--dry-run")[1].startswith(
        "no faults; nothing was written. 3 schools: 1 to add"
    )
    assert "新校" not in desk.run("schools", "list")[1]
    assert desk.run("schools", "import", str(path))[1] == "3 schools: 1 added, 1 updated, 1 unchanged\n"
    listed = json.loads(desk.run("schools", "list", "--json")[1])["schools"]
    assert [school["name"] for school in listed] == ["示例一小", "改名二中", "新校"]


def test_a_file_with_faults_changes_nothing_and_lists_them_all(desk: Desk) -> None:
    path = desk.folder / "bad.csv"
    path.write_text("id,name,county,kind\nS8,好,县,小学\nS/9,甲,县,小学\nS10,,县,小学\nS11,甲,县,大学\nS12,甲,,小学\nS13\n")
    code, _, err = desk.run("schools", "import", str(path))
    assert code == 65
    assert [line.split(":")[1] for line in err.splitlines()[:-1]] == ["3", "4", "5", "6", "7", "7", "7"]
    assert "S8" not in desk.run("schools", "list")[1]


def test_a_code_is_for_a_school_that_exists(desk: Desk) -> None:
    assert len(json.loads(desk.run("enroll-code", "S1", "--json")[1])["code"]) == 11
    code, _, err = desk.run("enroll-code", "S9")
    assert (code, err) == (65, 'error: there is no school "S9" on the register\n')


def test_a_token_is_made_listed_and_revoked(desk: Desk) -> None:
    made = json.loads(desk.run("token", "create", "--role", "viewer", "--county", "示例县", "--json")[1])
    assert made["token"].startswith("ca_viewer_all_")
    listed = desk.run("token", "list")[1]
    assert made["id"] in listed
    assert made["token"] not in listed
    assert made["token"].encode() not in (desk.folder / "state" / "collector.db").read_bytes()
    assert desk.run("token", "revoke", made["id"])[0] == 0
    assert "revoked on" in desk.run("token", "list")[1]
    assert desk.run("token", "revoke", made["id"])[0] == 65


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("token", "create", "--role", "viewer", "--county", "nowhere"), 65),
        (("token", "create", "--role", "viewer", "--days", "0"), 64),
        (("token", "create", "--role", "admin", "--county", "示例县"), 64),
        (("token", "revoke", "abc"), 65),
        (("explain", "S1", "JZ-0"), 65),
        (("scores", "S1", "--pack", "none"), 65),
        (("export", "--format", "csv", "/nonexistent/result.csv"), 77),
    ],
)
def test_a_command_that_makes_no_sense_says_so_in_one_line(desk: Desk, arguments: tuple[str, ...], code: int) -> None:
    found, out, err = desk.run(*arguments)
    assert (found, out, len(err.splitlines())) == (code, "", 1)


def test_the_scored_table_is_there_before_any_report(desk: Desk) -> None:
    out = desk.run("scores", "S1")[1]
    assert "JZ-7.1.01" in out
    assert "never measured" in out
    assert [row["id"] for row in json.loads(desk.run("scores", "--json")[1])["schools"]] == ["S1", "S2"]
    assert "示例二中" in desk.run("scores")[1]


def test_an_outcome_is_explained(desk: Desk) -> None:
    out = desk.run("explain", "S1", "JZ-7.1.02")[1]
    assert "网络出口带宽达到100兆级以上" in out
    assert "never measured" in out


def test_rescoring_says_how_much_changed(desk: Desk) -> None:
    assert desk.run("rescore")[1] == "2 schools scored, 0 outcomes changed\n"


def test_packs_are_listed_and_linted(desk: Desk) -> None:
    assert "cn-henan-jiaozuo-2019" in desk.run("packs", "list")[1]
    assert desk.run("packs", "lint")[0] == 0
    broken = desk.folder / "broken.yaml"
    broken.write_text("id: broken\nversion: 1\n")
    code, out, _ = desk.run("packs", "lint", str(broken))
    assert code == 65
    assert f"{broken}:2: version" in out


def test_a_broken_pack_keeps_the_collector_from_starting(desk: Desk) -> None:
    broken = desk.folder / "broken.yaml"
    broken.write_text("id: broken\n")
    desk.configure(json.dumps({"collector": {"state_folder": str(desk.folder / "state"), "packs": [str(broken)]}}))
    code, _, err = desk.run("serve", "--port", "0")
    assert code == 65
    assert f"{broken}:1: version" in err


def test_five_faults_of_a_configuration_are_all_listed_with_their_lines(desk: Desk) -> None:
    desk.configure(
        "collector:\n  port: 99999\n  hots: x\n  rescore_minutes: often\n  speed:\n    max_concurrent: 0\n"
        "  time_zone: '??'\n"
        "agent: {anything: goes}\n"
    )
    code, _, err = desk.run("packs", "list")
    assert code == 78
    assert [line.split(":")[1] for line in err.splitlines()[:-1]] == ["2", "3", "4", "6", "7"]


def test_a_zone_that_does_not_exist_is_a_fault_of_the_configuration(desk: Desk) -> None:
    desk.configure("collector:\n  time_zone: Mars/Olympus\n")
    code, _, err = desk.run("packs", "list")
    assert code == 78
    assert ":2: collector.time_zone: " in err


def test_without_its_extra_it_says_in_one_line_how_to_get_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "NEEDED", ("a_module_that_is_not_there",))
    code, out, err = desk.run("serve")
    assert (code, out) == (69, "")
    assert len(err.splitlines()) == 1
    assert "pip install 'campus-audit[collector]'" in err


def test_every_command_has_help_and_an_example(texts: Texts) -> None:
    known = entries(texts.language, "collector")
    commands = {code.rsplit(".", 1)[0] for code in known if code.endswith(".help")}
    assert {code.rsplit(".", 1)[0] for code in known if code.endswith(".example")} == commands
    assert {"collector.serve", "collector.schools_import", "collector.enroll_code", "collector.export"} <= commands
    page = cli.parser(texts).format_help()
    for name in ("serve", "schools", "enroll-code", "token", "packs", "scores", "rescore", "explain", "export"):
        assert name in page


def test_the_configuration_may_be_named_before_the_command(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--config", str(desk.folder / "config.yaml"), "schools", "list"]) == 0
    assert "示例一小" in capsys.readouterr().out


def test_a_fault_of_form_does_not_hide_a_time_zone_that_does_not_exist(desk: Desk) -> None:
    desk.configure(
        "collector:\n  port: 99999\n  time_zone: Mars/Olympus\n  packs: 5\n  foo: 1\n  speed: {max_concurrent: 0}\n"
    )
    code, _, err = desk.run("schools", "list")
    assert code == 78
    assert [line.split(":")[1] for line in err.splitlines()[:5]] == ["2", "3", "4", "5", "6"]
