"""What a static graph cannot see: what an import really drags in."""

import subprocess
import sys

import pytest

HEAVY = ("textual", "starlette", "uvicorn", "sqlalchemy", "scapy.all", "speedtest")
AGENT_SIDE = (
    "agent.cli",
    "agent.runner",
    "agent.deliver",
    "agent.preview",
    "agent.doctor",
    "checks.registry",
    "contract.report",
    "criteria.score",
    "locales.cli",
)
ALL_CHECKS = "from checks.registry import all_checks; all_checks()"


def loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", [*(f"import {name}" for name in AGENT_SIDE), ALL_CHECKS])
def test_the_agents_half_loads_no_server_no_database_and_no_terminal_toolkit(statement: str) -> None:
    assert loaded_after(statement).isdisjoint(HEAVY)


HELP = """
import contextlib, io, sys
import agent.cli
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    agent.cli.main(["--help"])
print("\\n".join(sys.modules))
"""


def test_help_of_the_agent_loads_nothing_that_measures_or_sends() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], check=True, capture_output=True, text=True)
    assert set(done.stdout.split()).isdisjoint({*HEAVY, "requests", "psutil", "scapy", "yaml"})
