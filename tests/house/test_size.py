"""Files stay readable in one sitting."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "checks", "collector", "contract", "criteria", "locales", "tui", "scripts")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LIMIT = 400


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_holds_two_things(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LIMIT


def test_no_file_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "common", "manager", "base", "misc"}
    assert not [path for path in FILES if path.stem in vague or path.parent.name in vague]
