"""Settings and the viewer token."""

from pathlib import Path

import pytest

from contract.document import DocumentError
from contract.exit_code import ExitCode
from contract.settings import settings
from tui.config import TuiSettings, find_token, load
from tui.errors import CredentialError, SettingsError


def test_every_setting_is_described_in_both_languages() -> None:
    for setting in settings(TuiSettings, "tui"):
        assert setting.text.zh, setting.key
        assert setting.text.en, setting.key


def test_it_reads_its_own_section_and_leaves_the_others_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("agent: {whatever: 1}\ntui: {url: 'https://c.example', refresh_s: 0}\ncollector: {port: 1}\n")
    assert load(file) == TuiSettings(url="https://c.example", refresh_s=0)


def test_all_faults_come_at_once_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("tui:\n  url: ftp://x\n  refresh_s: -1\n  theme: pink\n  page_size: many\n  colour: red\n")
    with pytest.raises(DocumentError) as caught:
        load(file)
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [
        (2, "tui.url"),
        (3, "tui.refresh_s"),
        (4, "tui.theme"),
        (5, "tui.page_size"),
        (6, "tui.colour"),
    ]
    assert caught.value.exit_code is ExitCode.BAD_CONFIG


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        load(tmp_path / "none.yaml")


def test_the_token_comes_from_the_option_then_the_environment_then_the_settings(tmp_path: Path) -> None:
    files = {}
    for name in ("option", "variable", "setting"):
        files[name] = tmp_path / name
        files[name].write_text(f"token-{name}\n")
    configured = TuiSettings(token_file=str(files["setting"]))
    everything = {"CAMPUS_TUI_TOKEN": "token-env", "CAMPUS_TUI_TOKEN_FILE": str(files["variable"])}
    assert find_token(everything, files["option"], configured) == "token-option"
    assert find_token(everything, None, configured) == "token-env"
    assert find_token({"CAMPUS_TUI_TOKEN_FILE": str(files["variable"])}, None, configured) == "token-variable"
    assert find_token({}, None, configured) == "token-setting"


@pytest.mark.parametrize("token", ["", " \n", "a b", "令牌", "a\nb", "a\x1bb"])
def test_a_token_that_cannot_stand_in_a_header_is_refused(tmp_path: Path, token: str) -> None:
    file = tmp_path / "token"
    file.write_text(token, encoding="utf-8")
    with pytest.raises(CredentialError):
        find_token({}, file, TuiSettings())


def test_no_token_at_all_is_a_matter_of_permission() -> None:
    with pytest.raises(CredentialError) as caught:
        find_token({}, None, TuiSettings())
    assert caught.value.exit_code is ExitCode.NOT_PERMITTED
