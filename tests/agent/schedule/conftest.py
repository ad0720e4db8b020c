"""A machine of files below a temporary folder, whose system commands are written down and answered as told."""

import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.schedule.plan import Called, Machine, Plan


@dataclass
class System:
    """What was called, with which input; ``says`` answers a command line by its beginning."""

    machine: Machine
    calls: list[tuple[str, ...]] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    says: dict[tuple[str, ...], Called] = field(default_factory=dict)


@pytest.fixture
def system(tmp_path: Path) -> System:
    def call(command: Sequence[str], given: str) -> Called:
        made.calls.append(tuple(command))
        made.given.append(given)
        found = next((answer for begin, answer in made.says.items() if tuple(command[: len(begin)]) == begin), None)
        return found or Called(0, "", "")

    machine = Machine(tmp_path / "root", tmp_path / "home", 1000, call, shutil.which, "linux")
    made = System(machine)
    return made


def make_plan(
    *, system: bool = True, command: tuple[str, ...] = ("/bin/true",), environment: Mapping[str, str] = {}
) -> Plan:
    times = (dt.time(6, 10), dt.time(12, 10), dt.time(18, 10), dt.time(22, 10))
    return Plan(command=command, times=times, splay="45m", system=system, environment=environment)
