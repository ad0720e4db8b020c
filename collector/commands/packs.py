"""``campus-collector packs``: which documents schools are judged by, and whether a pack is well made."""

import argparse
from pathlib import Path
from typing import Any

from checks.registry import catalogue
from collector import packs
from collector.commands.desk import Desk, subcommand
from contract.document import DocumentError
from contract.exit_code import ExitCode
from criteria.lint import load_checked
from criteria.pack import shipped
from locales.cli import command, explain_document
from locales.table import table
from locales.texts import Texts


def add(group: Any, texts: Texts) -> None:
    """Declare the commands."""
    inner = command(group, texts, "packs", "collector.packs").commands("packs_command")
    parser = subcommand(inner, texts, "list", "packs_list", show)
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(inner, texts, "lint", "packs_lint", lint)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=texts("collector.packs_lint.files"))


def show(desk: Desk, arguments: argparse.Namespace) -> int:
    """List the packs in use."""
    loaded = packs.load_all(desk.config.packs)
    if arguments.json:
        desk.show([{"id": pack.id, "version": pack.version, "title": pack.title} for pack in loaded])
        return int(ExitCode.DONE)
    header = [desk.texts(f"collector.packs_list.{name}") for name in ("id", "version", "criteria", "title")]
    cells = [[pack.id, pack.version, str(len(pack.criteria)), desk.texts.pick(pack.title)] for pack in loaded]
    print(table(header, cells, align=["<", "<", ">", "<"]), file=desk.out)
    return int(ExitCode.DONE)


def lint(desk: Desk, arguments: argparse.Namespace) -> int:
    """Every fault of every file, then :attr:`ExitCode.BAD_DATA` if there was one."""
    units = catalogue()
    code = ExitCode.DONE
    for path in arguments.files or dict.fromkeys([*shipped(), *packs.files(desk.config.packs)]):
        try:
            load_checked(path, units)
        except DocumentError as error:  # the other files are to be read too
            print(explain_document(error, desk.texts), file=desk.out)
            code = ExitCode.BAD_DATA
        else:
            desk.say("collector.packs_lint.fine", path=str(path))
    return int(code)
