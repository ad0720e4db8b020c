"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

from agent.config import AgentConfig
from agent.config import load as load_agent
from checks.registry import all_checks
from collector.config import CollectorConfig
from collector.config import load as load_collector
from contract.exit_code import ExitCode
from contract.reason import ReasonCode
from contract.settings import settings
from scripts import reference
from tui.config import TuiSettings
from tui.config import load as load_tui

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.yaml"


def page(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text()


@pytest.mark.parametrize("path", reference.pages(), ids=lambda path: path.name)
def test_what_is_derived_from_the_code_is_up_to_date(path: Path) -> None:
    assert path.read_text() == reference.pages()[path], "run: make reference"


def test_every_check_and_measure_is_documented() -> None:
    text = page("checks.md")
    for item in all_checks().values():
        assert f"## `{item.id}`" in text
        assert all(f"`{name}`" in text for name in item.measures)


def test_every_setting_is_documented_in_both_languages() -> None:
    text = page("configuration.md")
    for part, type_ in reference.PARTS.items():
        for setting in settings(type_, part):
            assert setting.text.zh, setting.key
            assert setting.text.en, setting.key
            assert setting.group or f"`{setting.key}`" in text


def test_every_reason_code_is_documented() -> None:
    text = page("reason-codes.md")
    assert all(f"| `{code.value}` |" in text for code in ReasonCode)


def test_every_exit_code_is_documented() -> None:
    text = page("exit-codes.md")
    assert all(f"| {code.value} |" in text for code in ExitCode)


def test_the_example_configuration_is_the_same_as_none() -> None:
    assert load_agent(EXAMPLE) == AgentConfig()
    assert load_collector(EXAMPLE) == CollectorConfig()
    assert load_tui(EXAMPLE) == TuiSettings()


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_both_readmes_begin_with_the_two_commands(name: str) -> None:
    text = (ROOT / name).read_text()
    assert text.index("make audit") < text.index("make test") < text.index("\n```\n") < 600


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(path: Path) -> None:
    prose = re.sub(r"`[^`\n]*`|^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", prose):
        if "://" not in target:
            assert (path.parent / target).exists(), target
