"""``campus-collector explain``: what an outcome rests on."""

import argparse
from typing import Any

from collector import packs
from collector.commands.desk import Desk, school_of, subcommand
from collector.errors import NotFoundError
from collector.explaining import explanation_of
from contract.exit_code import ExitCode
from criteria.explain import explain_whole
from locales.texts import Texts


def add(group: Any, texts: Texts) -> None:
    """Declare the command."""
    parser = subcommand(group, texts, "explain", "explain", show)
    parser.add_argument("school", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("criterion", metavar="CRITERION", help=texts("collector.explain.criterion"))
    parser.add_argument("--pack", metavar="ID", help=texts("collector.scores.pack"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))


def show(desk: Desk, arguments: argparse.Namespace) -> int:
    """The outcome as of now: clause, every measurement used and left out, threshold and distance, source, every change."""
    now = desk.clock.now()
    with desk.store() as store:
        school = school_of(store, arguments.school)
        scoring = desk.scoring(store)
        pack = packs.chosen(scoring.packs, arguments.pack or desk.config.pack)
        with store.reading() as connection:
            found = explanation_of(connection, scoring, pack, school, arguments.criterion, now)
    if found is None:
        known = ", ".join(item.id for item in pack.criteria if item.level == "school")
        raise NotFoundError("collector.criterion.unknown", pack=pack.id, criterion=arguments.criterion, known=known)
    if arguments.json:
        desk.show(found)
        return int(ExitCode.DONE)
    for line in explain_whole(found, desk.texts):
        print(line, file=desk.out)
    return int(ExitCode.DONE)
