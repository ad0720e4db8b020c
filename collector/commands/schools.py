"""``campus-collector schools``: the register."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from collector.commands.desk import Desk, subcommand
from collector.register import read_register
from collector.store import schools
from collector.store.schools import Change
from contract.exit_code import ExitCode
from locales.cli import command
from locales.table import Align, table
from locales.texts import Texts


def add(group: Any, texts: Texts) -> None:
    """Declare the commands."""
    inner = command(group, texts, "schools", "collector.schools").commands("schools_command")
    parser = subcommand(inner, texts, "import", "schools_import", load)
    parser.add_argument("file", type=Path, metavar="FILE", help=texts("collector.schools_import.file"))
    parser.add_argument("--dry-run", action="store_true", help=texts("collector.schools_import.dry_run"))
    parser = subcommand(inner, texts, "list", "schools_list", show)
    parser.add_argument("--county", metavar="COUNTY", help=texts("collector.county"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))


def load(desk: Desk, arguments: argparse.Namespace) -> int:
    """Add and update schools; a file with any fault changes nothing, a school that is not in the file stays."""
    register = read_register(arguments.file)
    now = desk.clock.now()
    with desk.store() as store:
        if arguments.dry_run:
            with store.reading() as connection:
                changes = schools.compare(connection, register.schools)
        else:
            changes = store.write(schools.put, [(school, now) for school in register.schools])
    if register.ignored:
        desk.say("collector.schools_import.ignored", columns=", ".join(register.ignored))
    counted = Counter(changes)
    desk.say(
        "collector.schools_import.checked" if arguments.dry_run else "collector.schools_import.done",
        total=len(changes),
        added=counted[Change.ADDED],
        updated=counted[Change.UPDATED],
        unchanged=counted[Change.UNCHANGED],
    )
    return int(ExitCode.DONE)


def show(desk: Desk, arguments: argparse.Namespace) -> int:
    """List the register."""
    with desk.store() as store, store.reading() as connection:
        found = schools.listed(connection, [arguments.county] if arguments.county else None)
    if arguments.json:
        desk.show({"schools": found})
        return int(ExitCode.DONE)
    names = ("id", "name", "county", "kind", "students", "classes", "teachers", "contract_mbit_s")
    header = [desk.texts(f"collector.column.{name}") for name in names]
    cells = [[_cell(getattr(school, name)) for name in names] for school in found]
    sides: list[Align] = ["<", "<", "<", "<", ">", ">", ">", ">"]
    print(table(header, cells, align=sides), file=desk.out)
    return int(ExitCode.DONE)


def _cell(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
