"""``campus-collector export``."""

import argparse
import importlib.metadata
import sys
from pathlib import Path
from typing import Any

from collector.commands.desk import Desk, subcommand
from collector.errors import CollectorError, NotFoundError, UsageError
from collector.export.as_csv import as_csv
from collector.export.as_html import as_html
from collector.export.as_json import as_json
from collector.export.as_junit import as_junit
from collector.export.as_prometheus import as_prometheus
from collector.export.rows import Entry, Export
from collector.store import schools
from contract.exit_code import ExitCode
from locales.texts import Texts

FORMATS = ("csv", "json", "xlsx", "html", "junit", "prometheus")


class ExportError(CollectorError):
    """The file cannot be written."""

    exit_code = ExitCode.NOT_PERMITTED


def add(group: Any, texts: Texts) -> None:
    """Declare the command."""
    parser = subcommand(group, texts, "export", "export", export)
    parser.add_argument("--format", choices=FORMATS, required=True, help=texts("collector.export.format"))
    parser.add_argument("--county", metavar="COUNTY", help=texts("collector.county"))
    parser.add_argument("--school", metavar="SCHOOL", help=texts("export.school"))
    parser.add_argument("file", metavar="FILE", help=texts("collector.export.file"))


def export(desk: Desk, arguments: argparse.Namespace) -> int:
    """Write every result as of this moment; a file is there whole or not at all. HTML is a page for each school."""
    now = desk.clock.now()
    with desk.store() as store, store.reading() as connection:
        scoring = desk.scoring(store)
        register = schools.listed(connection, [arguments.county] if arguments.county else None)
        register = [school for school in register if arguments.school in (None, school.id)]
        if arguments.school and not register:
            raise NotFoundError("collector.school.unknown", school=arguments.school)
        entries = [Entry(school=school, scorecards=scoring.cards(connection, school, now)) for school in register]
    made = Export(made_at=now, software=f"campus-audit {_version()}", schools=entries)
    if arguments.format == "html":
        titles = {pack.id: pack.title for pack in scoring.packs}
        pages = {entry.school.id: as_html(made, entry, titles, desk.texts, desk.config.zone) for entry in entries}
        return _pages(desk, arguments, pages)
    content = _content(desk, arguments.format, made)
    if arguments.file == "-":
        sys.stdout.buffer.write(content)
        return int(ExitCode.DONE)
    _write(Path(arguments.file), content)
    counted = {"rows": made.results, "schools": len(entries), "file": arguments.file}
    print(desk.texts("collector.export.done", **counted), file=desk.err)
    return int(ExitCode.DONE)


def _content(desk: Desk, form: str, made: Export) -> bytes:
    match form:
        case "json":
            return as_json(made)
        case "csv":
            return as_csv(made, desk.texts, desk.config.zone)
        case "junit":
            return as_junit(made, desk.texts)
        case "prometheus":
            return as_prometheus(made)
        case _:
            from collector.export.as_xlsx import as_xlsx  # noqa: PLC0415 - 60 ms that the other formats do not need

            return as_xlsx(made, desk.texts, desk.config.zone)


def _pages(desk: Desk, arguments: argparse.Namespace, pages: dict[str, bytes]) -> int:
    """One school's page goes to the file; of several, each to ``<id>.html`` in the folder."""
    target = Path(arguments.file)
    if arguments.school:
        only = pages[arguments.school]
        if arguments.file == "-":
            sys.stdout.buffer.write(only)
            return int(ExitCode.DONE)
        _write(target, only)
    elif arguments.file == "-":
        raise UsageError("export.folder_needed")
    else:
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ExportError("collector.export.cannot_write", file=str(target), problem=str(error)) from error
        for school_id, page in pages.items():
            _write(target / f"{school_id}.html", page)
    print(desk.texts("export.pages", pages=len(pages), file=arguments.file), file=desk.err)
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
