"""What is to run and when, before any scheduler's own form is put on it; and the words all schedulers share."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agent.errors import ScheduleError, UsageError

LONGEST_SPLAY_S = 55 * 60
"""Under an hour: cron looks hourly, and two waits must not overlap."""
LONGEST_RUN_S = 15 * 60
"""A run takes minutes; one that takes more hangs in the kernel, and the next shall not wait for it."""
NAME = "campus-agent"
_SPLAY = re.compile(r"^(\d{1,5})([smh]?)$")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Kind(StrEnum):
    """The schedulers known here."""

    SYSTEMD = "systemd"
    CRON = "cron"
    WINDOWS = "windows"
    LAUNCHD = "launchd"


@dataclass(frozen=True, slots=True)
class Plan:
    """``command`` is the agent's own command line without a subcommand, ``system`` true for the whole machine."""

    command: tuple[str, ...]
    times: tuple[dt.time, ...]
    splay: str
    system: bool
    environment: Mapping[str, str]
    """Variables that the runs need: where state and configuration are, when not in the usual places."""

    @property
    def run(self) -> tuple[str, ...]:
        """The command line of a scheduled run."""
        return (*self.command, "run", "--background", "--splay", self.splay)

    @property
    def longest_s(self) -> int:
        """Seconds after which a scheduler may end a run: the wait and the work."""
        return splay_seconds(self.splay) + LONGEST_RUN_S


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a schedule is written: ``call`` runs a command of the system with some standard input."""

    root: Path
    home: Path
    user_id: int
    call: "Callable[[Sequence[str], str], Called]"
    which: Callable[[str], str | None]
    platform: str


@dataclass(frozen=True, slots=True)
class Called:
    """How a command of the system ended."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """What it said, on one line."""
        return " ".join((self.err or self.out).split())[:300] or f"exit status {self.status}"


def called(machine: Machine, *command: str, given: str = "") -> str:
    """Run a command that has to succeed, and return what it printed."""
    done = machine.call(command, given)
    if done.status:
        raise ScheduleError("agent.schedule.refused", command=" ".join(command), problem=done.words)
    return done.out


def splay_seconds(text: str) -> int:
    """``45m``, ``90s``, ``600`` in seconds; :class:`UsageError` for anything else or more than 55 minutes."""
    parts = _SPLAY.match(text)
    seconds = int(parts[1]) * _UNITS[parts[2]] if parts else -1
    if not 0 <= seconds <= LONGEST_SPLAY_S:
        raise UsageError("agent.schedule.bad_splay", splay=text, most=LONGEST_SPLAY_S // 60)
    return seconds


def clock_times(text: str) -> tuple[dt.time, ...]:
    """``06:10,12:10`` as times of the machine's own day, sorted; :class:`UsageError` naming what is none."""
    found: set[dt.time] = set()
    for piece in text.replace("，", ",").split(","):
        parts = re.match(r"^\s*(\d{1,2})[:：](\d{2})\s*$", piece)
        if not parts or int(parts[1]) > 23 or int(parts[2]) > 59:  # noqa: PLR2004 - hours and minutes of a day
            raise UsageError("agent.schedule.bad_time", time=piece.strip())
        found.add(dt.time(int(parts[1]), int(parts[2])))
    return tuple(sorted(found))


def wait_s(install_id: str, splay_s: int) -> float:
    """
    How long this installation waits after the scheduled time: the same each day, spread evenly over a county.

    By SHA-256 of its id: schedulers' own random delays differ from run to run, and cron has none.
    """
    share = int.from_bytes(hashlib.sha256(f"splay {install_id}".encode()).digest()[:8]) / 2**64
    return share * splay_s


def due(times: Sequence[dt.time], last: dt.datetime | None, now: dt.datetime) -> bool:
    """
    True when a scheduled time has passed since ``last``, the start of the latest run.

    ``now`` carries the machine's zone, in which ``times`` are meant. A last run in the future means that the clock was set
    back since: then it says nothing, and the run is due.
    """
    if last is None or last > now + dt.timedelta(minutes=5):
        return True
    today = [dt.datetime.combine(now.date(), time, now.tzinfo) for time in times]
    yesterday = [moment - dt.timedelta(days=1) for moment in today]
    return last < max(moment for moment in (*today, *yesterday) if moment <= now)


def shown(times: Sequence[dt.time]) -> str:
    """As in ``06:10,12:10``."""
    return ",".join(f"{time:%H:%M}" for time in times)
