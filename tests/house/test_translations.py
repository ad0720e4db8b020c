"""Everything a user reads exists in both languages."""

import ast
import re
import string
from enum import StrEnum
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from contract.outcome import CheckStatus, Outcome, Provenance, Verdict
from contract.outcome import Path as NetworkPath
from contract.reason import ReasonCode
from contract.units import Unit
from locales.texts import LANGUAGES, Texts

ROOT = Path(__file__).parents[2]
PARTS = sorted(path.stem for path in (ROOT / "locales" / "zh_CN" / "LC_MESSAGES").glob("*.po"))
CODE = re.compile(r"^[a-z][a-z0-9_]*(\.[A-Za-z0-9_/%-]+)+$")


def catalogue(language: str, part: str) -> Catalog:
    with (ROOT / "locales" / language / "LC_MESSAGES" / f"{part}.po").open("rb") as stream:
        return read_po(stream, abort_invalid=True)


def entries(language: str, part: str) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue(language, part) if message.id}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("part", PARTS)
def test_both_languages_have_the_same_entries_with_the_same_placeholders(part: str) -> None:
    chinese, english = entries("zh_CN", part), entries("en", part)
    assert set(chinese) == set(english)
    assert {code: placeholders(text) for code, text in chinese.items()} == {
        code: placeholders(text) for code, text in english.items()
    }


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_is_empty_or_doubtful(language: str, part: str) -> None:
    assert not [message.id for message in catalogue(language, part) if message.id and (not message.string or message.fuzzy)]


def test_no_code_stands_in_two_catalogues() -> None:
    seen: dict[str, str] = {}
    for part in PARTS:
        for code in entries("en", part):
            assert code not in seen, f"{code} stands in {seen[code]} and {part}"
            seen[code] = part


@pytest.mark.parametrize(
    ("prefix", "closed_set"),
    [
        ("outcome", Outcome),
        ("verdict", Verdict),
        ("provenance", Provenance),
        ("status", CheckStatus),
        ("path", NetworkPath),
        ("reason", ReasonCode),
        ("unit", Unit),
    ],
)
def test_every_member_of_a_closed_set_has_its_words(prefix: str, closed_set: type[StrEnum], texts: Texts) -> None:
    missing = [member for member in closed_set if member.value and texts.entry(f"{prefix}.{member.value}") is None]
    assert missing == []


def codes_in_source() -> set[str]:
    """String constants handed over as a code: ``texts("…")``, ``Message("…")``, ``SomeError("…")``, ``fault(key, "…")``."""
    found: set[str] = set()
    for package in ("agent", "checks", "collector", "contract", "criteria", "locales", "tui", "scripts"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and (place := _place_of_code(node.func)) < len(node.args):
                    argument = node.args[place]
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and CODE.match(argument.value):
                        found.add(argument.value)
    return found


def _place_of_code(function: ast.expr) -> int:
    """Which positional argument is a code; one that no call has when none is."""
    name = function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    if name in {"ProblemError", "fault"}:
        return 1
    return 0 if name in {"texts", "_texts", "Message", "say", "entry"} or name.endswith("Error") else 99


def test_every_code_that_the_source_speaks_has_an_entry() -> None:
    known = {code for part in PARTS for code in entries("en", part)}
    assert sorted(codes_in_source() - known) == []
