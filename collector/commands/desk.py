"""What every command starts from: settings, state folder, clock, words, and where to print."""

import argparse
import getpass
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec
from sqlalchemy import URL

from collector import packs
from collector.clock import Clock
from collector.config import CollectorConfig, find_file, folder_of, load
from collector.errors import NotFoundError
from collector.scoring import Scoring
from collector.store import audit, schools
from collector.store.audit import Entry
from collector.store.engine import database_url
from collector.store.store import Store
from contract.school import School
from locales.cli import Parser, command
from locales.texts import Texts


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a command is carried out."""

    config: CollectorConfig
    folder: Path
    clock: Clock
    texts: Texts
    out: TextIO
    err: TextIO

    @property
    def url(self) -> URL:
        """The database in use."""
        return database_url(self.config.database, self.folder)

    def store(self) -> Store:
        """The store, beside a server that may be running: write in short transactions only."""
        return Store(self.url, self.clock.now)

    def scoring(self, store: Store) -> Scoring:
        """Scoring under the configured packs."""
        return Scoring(store, packs.load_all(self.config.packs), self.clock.now)

    def note(self, store: Store, action: str, subject: str, school_id: str = "") -> None:
        """Put into the audit log what the person at this desk has done: their account on this machine is the name."""
        entry = Entry(
            school_id=school_id,
            at=self.clock.now(),
            entry_id=uuid.uuid4().hex,
            person=_person()[:128],
            action=action,
            subject=subject[:256],
        )
        store.write(audit.note, [entry])

    def say(self, code: str, /, **params: str | float) -> None:
        """Print an entry of the catalogues."""
        print(self.texts(code, **params), file=self.out)

    def show(self, value: object) -> None:
        """Print data as JSON, for programs."""
        plain = msgspec.json.encode(value, order="sorted")
        print(msgspec.json.format(plain, indent=2).decode(), file=self.out)


def _person() -> str:
    """The account; behind sudo, the one that called it."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "?"


Act = Callable[[Desk, argparse.Namespace], int]


def subcommand(group: Any, texts: Texts, name: str, key: str, act: Act) -> Parser:
    """A subcommand that also takes :func:`everywhere`, its texts below ``collector.<key>``, carried out by ``act``."""
    parser = command(group, texts, name, f"collector.{key}")
    everywhere(parser, texts, default=argparse.SUPPRESS)  # or it would undo what stood before the command
    parser.set_defaults(act=act)
    return parser


def everywhere(parser: Parser, texts: Texts, *, default: str | None) -> None:
    """``--config`` and ``--database-url``, which may stand before the command or after it."""
    parser.add_argument("--config", metavar="FILE", default=default, help=texts("cli.config"))
    parser.add_argument("--database-url", metavar="URL", default=default, help=texts("collector.database_url"))


def open_desk(
    given: str | None, texts: Texts, environ: Mapping[str, str] = os.environ, *, database: str | None = None
) -> Desk:
    """The desk for a configuration file, or for the usual places without one; ``database`` replaces the configured one."""
    config = load(find_file(given, environ, Path.home()))
    if database:
        config = msgspec.structs.replace(config, database=database)
    return Desk(config, folder_of(config, environ, Path.home()), Clock(), texts, sys.stdout, sys.stderr)


def school_of(store: Store, school_id: str) -> School:
    """The school of an id. Raises :class:`NotFoundError`."""
    with store.reading() as connection:
        found = schools.find(connection, school_id)
    if found is None:
        raise NotFoundError("collector.school.unknown", school=school_id)
    return found
