"""What a collector needs to do its work, looked at one by one: ``campus-collector doctor``."""

import ipaddress
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from msgspec import Struct
from sqlalchemy import URL, func, select

from collector import packs
from collector.config import CollectorConfig
from collector.store.schema import VERSION, agent, school, school_dirty
from collector.store.store import Store
from contract.errors import CampusError
from contract.message import Message

SMALL_DISK = 2 << 30
"""Bytes: a county of 500 schools with three reports a day fills that in 230 days (5.8 KB a report in SQLite)."""
LATE_MARKS = 1000


class State(StrEnum):
    """How it stands with one thing."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class Finding(Struct, frozen=True):
    """One thing that was looked at, and what was seen, as a catalogue entry."""

    state: State
    message: Message


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the doctor looks at. ``free_bytes`` of the disk below a folder."""

    config: CollectorConfig
    folder: Path
    url: URL
    open_store: Callable[[], Store]
    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free


def examine(around: Surroundings) -> list[Finding]:
    """Everything, in the order in which one would mend it; a fault ends nothing but its own line."""
    return [_listening(around.config), _packs(around.config), *_disk(around), *_database(around)]


def _finding(state: State, code: str, **params: str | float) -> Finding:
    return Finding(state, Message(f"collector.doctor.{code}", params))


def _listening(config: CollectorConfig) -> Finding:
    try:
        loopback = ipaddress.ip_address(config.host).is_loopback
    except ValueError:
        loopback = config.host == "localhost"
    if loopback:
        return _finding(State.GOOD, "loopback", host=config.host, port=config.port)
    return _finding(State.WARN, "open_to_network", host=config.host, port=config.port)


def _packs(config: CollectorConfig) -> Finding:
    try:
        loaded = packs.load_all(config.packs)
        packs.chosen(loaded, config.pack)
    except CampusError as error:
        return _finding(State.BAD, "packs_faulty", problem=str(error))
    return _finding(State.GOOD, "packs", packs=", ".join(f"{pack.id} {pack.version}" for pack in loaded))


def _disk(around: Surroundings) -> list[Finding]:
    if not around.folder.is_dir():
        return [_finding(State.WARN, "no_folder", folder=str(around.folder))]
    free = around.free_bytes(around.folder)
    state = State.GOOD if free >= SMALL_DISK else State.BAD
    return [_finding(state, "disk" if state is State.GOOD else "disk_small", folder=str(around.folder), mib=free >> 20)]


def _database(around: Surroundings) -> list[Finding]:
    shown = around.url.render_as_string()
    try:
        with around.open_store() as store, store.reading() as connection:
            registered = connection.scalar(select(func.count()).select_from(school)) or 0
            agents, cloned = connection.execute(select(func.count(), func.count(agent.c.cloned_at)).select_from(agent)).one()
            waiting = connection.scalar(select(func.count()).select_from(school_dirty)) or 0
    except CampusError as error:
        return [_finding(State.BAD, "database_broken", database=shown, problem=str(error))]
    findings = [_finding(State.GOOD, "database", database=shown, schema=VERSION)]
    findings.append(
        _finding(State.GOOD if registered else State.WARN, "schools" if registered else "no_schools", schools=registered)
    )
    findings.append(
        _finding(State.WARN if cloned else State.GOOD, "cloned" if cloned else "agents", agents=agents, cloned=cloned)
    )
    late = waiting > LATE_MARKS
    findings.append(_finding(State.WARN if late else State.GOOD, "unscored", schools=waiting))
    return findings
