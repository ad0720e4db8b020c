"""One file for the whole office; the agent reads its own part, strictly, with every fault at once."""

from pathlib import Path

import pytest

from agent.config import AgentConfig, load, settle
from checks.registry import all_checks, default_options
from contract.document import DocumentError
from contract.exit_code import ExitCode
from contract.school import SchoolKind
from contract.settings import REQUIRED, settings


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "config.yaml"
    path.write_bytes(text.encode(encoding))
    return path


def test_no_file_is_the_defaults() -> None:
    assert load(None) == AgentConfig()


def test_the_sections_of_the_others_are_taken_as_they_are(tmp_path: Path) -> None:
    assert load(written(tmp_path, "collector: {nonsense: [1]}\ntui: 3\n")) == AgentConfig()


def test_a_byte_order_mark_of_notepad_does_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path, "agent: {school: {kind: 中职}}", "utf-8-sig")
    assert load(path).school.kind is SchoolKind.VOCATIONAL


@pytest.mark.parametrize("text", ["agent: [", "agents: {}", "agent: {spool: {max_files: 0}}", "agent: {pack: }"])
def test_a_faulty_file_ends_with_78(tmp_path: Path, text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load(written(tmp_path, text))
    assert caught.value.exit_code is ExitCode.BAD_CONFIG


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "agent: {school: {name: 示例小学}}", "gbk")
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert caught.value.faults[0].problem.code == "document.unreadable"


def test_every_key_has_a_default_and_both_descriptions() -> None:
    found = settings(AgentConfig, "agent")
    assert len(found) > 40
    assert [item.key for item in found if item.default == REQUIRED] == []
    assert [item.key for item in found if not (item.text.zh and item.text.en)] == []


def test_each_check_can_be_set_with_its_own_options(tmp_path: Path) -> None:
    path = written(tmp_path, "agent: {checks: {host: {enabled: false, timeout_s: 3}}}")
    config = settle(str(path), {}, "linux", tmp_path, system=False)
    found = {name: config.check(item) for name, item in all_checks().items()}
    assert (found["host"].enabled, found["host"].timeout_s) == (False, 3.0)
    for name, item in all_checks().items():
        assert found[name].options == default_options(item)
        assert name == "host" or (found[name].enabled and found[name].timeout_s >= item.cost.seconds)


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "agent: {state_folder: here, collector: {ca_file: ca.pem}}")
    config = settle(str(path), {}, "linux", tmp_path, system=False)
    assert (config.state, config.ca_file) == (tmp_path / "here", str(tmp_path / "ca.pem"))


def test_the_first_of_the_usual_places_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "campus-audit"
    folder.mkdir(parents=True)
    path = written(folder, "agent: {history_files: 3}")
    config = settle(None, {"CAMPUS_STATE": "/s"}, "linux", tmp_path, system=False)
    assert (config.path, config.agent.history_files, config.state) == (path, 3, Path("/s"))


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        settle(None, {"CAMPUS_CONFIG": str(tmp_path / "none.yaml")}, "linux", tmp_path, system=False)
    assert caught.value.exit_code is ExitCode.BAD_CONFIG
