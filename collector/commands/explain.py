"""``campus-collector explain``: what an outcome rests on."""

import argparse
from typing import Any

from collector import packs
from collector.commands.desk import Desk, school_of, subcommand
from collector.errors import NotFoundError
from collector.store import scores
from contract.exit_code import ExitCode
from criteria.explain import explain
from locales.texts import Texts


def add(group: Any, texts: Texts) -> None:
    """Declare the command."""
    parser = subcommand(group, texts, "explain", "explain", show)
    parser.add_argument("school", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("criterion", metavar="CRITERION", help=texts("collector.explain.criterion"))
    parser.add_argument("--pack", metavar="ID", help=texts("collector.scores.pack"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))


def show(desk: Desk, arguments: argparse.Namespace) -> int:
    """The outcome as of now with clause, values, threshold, source and reason, and every change it has been through."""
    now = desk.clock.now()
    with desk.store() as store:
        school = school_of(store, arguments.school)
        scoring = desk.scoring(store)
        pack = packs.chosen(scoring.packs, arguments.pack or desk.config.pack)
        with store.reading() as connection:
            cards = [card for card in scoring.cards(connection, school, now) if card.pack == pack.id]
            flips = [item for item in scores.flips_of(connection, school.id) if item.pack_id == pack.id]
    results = [result for card in cards for result in card.results if result.criterion == arguments.criterion]
    if not results:
        known = ", ".join(result.criterion for card in cards for result in card.results)
        raise NotFoundError("collector.criterion.unknown", pack=pack.id, criterion=arguments.criterion, known=known)
    flips = [item for item in flips if item.criterion == arguments.criterion]
    if arguments.json:
        desk.show({"school": school, "pack": pack.id, "result": results[0], "flips": flips})
        return int(ExitCode.DONE)
    for line in explain(results[0], desk.texts, now):
        print(line, file=desk.out)
    if flips:
        desk.say("collector.explain.flips")
    for item in flips:
        words = {"before": f"outcome.{item.before.value}", "after": f"outcome.{item.after.value}"}
        desk.say("collector.explain.flip", at=item.at.astimezone(desk.config.zone).strftime("%Y-%m-%d %H:%M"), **words)
    return int(ExitCode.DONE)
