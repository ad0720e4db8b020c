"""``campus-collector waiver``: dated exceptions."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from collector.commands.desk import Desk, subcommand
from collector.errors import NotFoundError, UsageError
from collector.store import schools, waivers
from contract.exit_code import ExitCode
from criteria.pack import USUAL
from criteria.waiver import WaiverEntry, WaiverState, entry_problem, load_waivers, state_of
from locales.cli import command
from locales.table import table
from locales.texts import Texts


def add(group: Any, texts: Texts) -> None:
    """Declare the commands."""
    inner = command(group, texts, "waiver", "collector.waiver").commands("waiver_command")
    parser = subcommand(inner, texts, "add", "waiver_add", grant)
    parser.add_argument("criterion", metavar="CRITERION", help=texts("collector.explain.criterion"))
    parser.add_argument("schools", nargs="+", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("--pack", metavar="ID", help=texts("collector.scores.pack"))
    parser.add_argument("--reason", required=True, help=texts("collector.waiver_add.reason"))
    parser.add_argument("--approved-by", required=True, help=texts("collector.waiver_add.approved_by"))
    parser.add_argument("--expires", required=True, metavar="YYYY-MM-DD", help=texts("collector.waiver_add.expires"))
    parser = subcommand(inner, texts, "import", "waiver_import", load)
    parser.add_argument("file", type=Path, metavar="FILE", help=texts("collector.waiver_import.file"))
    parser = subcommand(inner, texts, "list", "waiver_list", show)
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(inner, texts, "withdraw", "waiver_withdraw", withdraw)
    parser.add_argument("id", metavar="ID", help=texts("collector.waiver_withdraw.id"))


def grant(desk: Desk, arguments: argparse.Namespace) -> int:
    """Add one waiver, approved today."""
    try:
        expires = date.fromisoformat(arguments.expires)
    except ValueError as error:
        raise UsageError("collector.bad_date", found=arguments.expires) from error
    entry = WaiverEntry(
        pack=arguments.pack or desk.config.pack or USUAL,
        criterion=arguments.criterion,
        schools=arguments.schools,
        reason=arguments.reason,
        approved_by=arguments.approved_by,
        approved_on=desk.clock.now().astimezone(desk.config.zone).date(),
        expires=expires,
    )
    problem = entry_problem(entry)
    if problem is not None:
        raise UsageError(problem)
    return _put(desk, [entry])


def load(desk: Desk, arguments: argparse.Namespace) -> int:
    """Add every waiver of a file; one fault in it and none is added."""
    return _put(desk, load_waivers(arguments.file))


def _put(desk: Desk, entries: list[WaiverEntry]) -> int:
    now = desk.clock.now()
    with desk.store() as store:
        loaded = desk.scoring(store).packs
        with store.reading() as connection:
            register = {school.id: school for school in schools.listed(connection)}
        for entry in entries:
            if state_of(entry, None, loaded, register, now) is WaiverState.MATCHES_NOTHING:
                raise NotFoundError("waiver.matches_nothing", criterion=entry.criterion, pack=entry.pack)
        added = store.write(waivers.put, [(entry, now) for entry in entries])
    desk.say("collector.waiver_add.done", added=sum(added), known=len(added) - sum(added))
    return int(ExitCode.DONE)


def show(desk: Desk, arguments: argparse.Namespace) -> int:
    """Every waiver with what it is worth now: in force, expiring within 30 days, expired, withdrawn, matching nothing."""
    now = desk.clock.now()
    with desk.store() as store:
        loaded = desk.scoring(store).packs
        with store.reading() as connection:
            register = {school.id: school for school in schools.listed(connection)}
            found = waivers.listed(connection)
    states = {item.waiver_id: state_of(item.entry, item.withdrawn_at, loaded, register, now) for item in found}
    if arguments.json:
        desk.show([{"waiver_id": one.waiver_id, "state": states[one.waiver_id], "entry": one.entry} for one in found])
        return int(ExitCode.DONE)
    names = ("id", "state", "criterion", "schools", "expires", "approved_by", "reason")
    header = [desk.texts(f"collector.waiver_list.{name}") for name in names]
    cells = [
        [
            item.waiver_id,
            desk.texts(f"waiver_state.{states[item.waiver_id].value}"),
            item.entry.criterion,
            " ".join(item.entry.schools),
            item.entry.expires.isoformat(),
            item.entry.approved_by,
            item.entry.reason,
        ]
        for item in found
    ]
    print(table(header, cells), file=desk.out)
    return int(ExitCode.DONE)


def withdraw(desk: Desk, arguments: argparse.Namespace) -> int:
    """End a waiver now; it stays on record."""
    with desk.store() as store:
        if not store.write(waivers.withdraw, [(arguments.id, desk.clock.now())])[0]:
            raise NotFoundError("waiver.unknown", id=arguments.id)
    desk.say("collector.waiver_withdraw.done", id=arguments.id)
    return int(ExitCode.DONE)
