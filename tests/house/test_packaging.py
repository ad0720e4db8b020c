"""What an installation without extras brings, and how dependencies are pinned."""

import re
from importlib.metadata import distribution, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
OURS = {"agent", "checks", "collector", "contract", "criteria", "locales", "tui"}


def closure(name: str, seen: set[str]) -> set[str]:
    """Everything that installing ``name`` without extras pulls in here."""
    for line in requires(name) or []:
        wanted = Requirement(line)
        key = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if key not in seen and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            seen.add(key)
            closure(wanted.name, seen)
    return seen


def test_an_agent_needs_no_dashboard_no_server_and_no_database() -> None:
    pulled = closure("campus-audit", set())
    assert {"psutil", "requests", "pyyaml", "scapy", "speedtest-cli", "msgspec"} <= pulled
    assert pulled.isdisjoint({"textual", "starlette", "sqlalchemy", "uvicorn"})


def test_no_dependency_brings_a_package_with_one_of_our_names() -> None:
    owners = packages_distributions()
    assert {name: sorted(set(owners[name])) for name in OURS if name in owners} == {
        name: ["campus-audit"] for name in OURS if name in owners
    }


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-dev.txt"])
def test_every_dependency_is_pinned_with_a_hash_and_no_index_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert all(re.match(r"^[a-z0-9-]+==\S+( ; .+)? \\$", line) for line in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "--index" not in text


@pytest.mark.parametrize("name", ["campus-agent", "campus-collector", "campus-tui"])
def test_each_command_is_installed(name: str) -> None:
    assert name in {script.name for script in distribution("campus-audit").entry_points.select(group="console_scripts")}
