"""``campus-collector export``."""

import argparse
import importlib.metadata
import sys
from pathlib import Path
from typing import Any

from collector.commands.desk import Desk, subcommand
from collector.errors import CollectorError
from collector.export.as_csv import as_csv
from collector.export.as_json import as_json
from collector.export.rows import Entry, Export
from collector.store import schools
from contract.exit_code import ExitCode
from locales.texts import Texts


class ExportError(CollectorError):
    """The file cannot be written."""

    exit_code = ExitCode.NOT_PERMITTED


def add(group: Any, texts: Texts) -> None:
    """Declare the command."""
    parser = subcommand(group, texts, "export", "export", export)
    parser.add_argument("--format", choices=["csv", "json"], required=True, help=texts("collector.export.format"))
    parser.add_argument("--county", metavar="COUNTY", help=texts("collector.county"))
    parser.add_argument("file", metavar="FILE", help=texts("collector.export.file"))


def export(desk: Desk, arguments: argparse.Namespace) -> int:
    """Write every result as of this moment; the file is there whole or not at all."""
    now = desk.clock.now()
    with desk.store() as store, store.reading() as connection:
        scoring = desk.scoring(store)
        register = schools.listed(connection, [arguments.county] if arguments.county else None)
        entries = [Entry(school=school, scorecards=scoring.cards(connection, school, now)) for school in register]
    made = Export(made_at=now, software=f"campus-audit {_version()}", schools=entries)
    content = as_json(made) if arguments.format == "json" else as_csv(made, desk.texts, desk.config.zone)
    if arguments.file == "-":
        sys.stdout.buffer.write(content)
        return int(ExitCode.DONE)
    _write(Path(arguments.file), content)
    counted = {"rows": made.results, "schools": len(entries), "file": arguments.file}
    print(desk.texts("collector.export.done", **counted), file=desk.err)
    return int(ExitCode.DONE)


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        raise ExportError("collector.export.cannot_write", file=str(path), problem=str(error)) from error


def _version() -> str:
    try:
        return importlib.metadata.version("campus-audit")
    except importlib.metadata.PackageNotFoundError:
        return "0+checkout"
