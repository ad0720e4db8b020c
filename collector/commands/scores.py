"""``campus-collector scores`` and ``rescore``: results on the terminal, and computed anew."""

import argparse
import shutil
from datetime import date
from typing import Any

from collector import packs
from collector.commands.desk import Desk, school_of, subcommand
from collector.detail import detail_of
from collector.rescoring import rescore as rescore_history
from collector.scoring import Scoring
from collector.store import schools
from contract.api import SchoolRow
from contract.exit_code import ExitCode
from criteria.reading import CHINA
from locales.scorecard import points, scorecard_lines
from locales.table import table
from locales.texts import Texts


def add(group: Any, texts: Texts) -> None:
    """Declare the commands."""
    parser = subcommand(group, texts, "scores", "scores", show)
    parser.add_argument("school", nargs="?", metavar="SCHOOL", help=texts("collector.scores.school"))
    parser.add_argument("--pack", metavar="ID", help=texts("collector.scores.pack"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(group, texts, "rescore", "rescore", rescore)
    parser.add_argument("--pack", metavar="ID", help=texts("collector.rescore.pack"))
    parser.add_argument("--since", metavar="YYYY-MM-DD", type=_day, help=texts("collector.rescore.since"))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def show(desk: Desk, arguments: argparse.Namespace) -> int:
    """One school's table under each pack, or a line for each school; scored at this moment."""
    return _one(desk, arguments) if arguments.school else _all(desk, arguments)


def rescore(desk: Desk, arguments: argparse.Namespace) -> int:
    """Scorecards are only ever computed: they can be dropped, and come out the same."""
    loaded = packs.load_all(desk.config.packs)
    if arguments.pack:
        loaded = [packs.chosen(loaded, arguments.pack)]
    shown = desk.err.isatty()

    def progress(done: int, total: int) -> None:
        if shown and (done % 50 == 0 or done == total):
            end = "\n" if done == total else "\r"
            print(desk.texts("collector.rescore.progress", done=done, total=total), end=end, file=desk.err, flush=True)

    with desk.store() as store:
        if arguments.since is not None:
            today = desk.clock.now().astimezone(CHINA).date()
            for pack in loaded:
                did = rescore_history(store, pack, min(arguments.since, today), today, progress)
                desk.say("collector.rescore.history", pack=pack.id, days=did.days, changed=did.changed, schools=did.schools)
        total, flips = Scoring(store, loaded, desk.clock.now).rebuild(progress)
    desk.say("collector.rescore.done", schools=total, flips=flips)
    return int(ExitCode.DONE)


def _one(desk: Desk, arguments: argparse.Namespace) -> int:
    now = desk.clock.now()
    with desk.store() as store:
        school = school_of(store, arguments.school)
        scoring = desk.scoring(store)
        wanted = packs.chosen(scoring.packs, arguments.pack).id if arguments.pack else None
        with store.reading() as connection:
            cards = [card for card in scoring.cards(connection, school, now) if wanted in (None, card.pack)]
    if arguments.json:
        desk.show({"school": school, "scorecards": cards})
        return int(ExitCode.DONE)
    heading = {"name": school.name, "id": school.id, "county": school.county, "kind": school.kind.value}
    desk.say("collector.scores.heading", **heading)
    width = shutil.get_terminal_size().columns if desk.out.isatty() else None
    for card in cards:
        pack = packs.chosen(scoring.packs, card.pack)
        print(f"\n{desk.texts.pick(pack.title)}  {pack.id} {pack.version}\n", file=desk.out)
        print(scorecard_lines(card, desk.texts, width=width, now=now), file=desk.out)
    return int(ExitCode.DONE)


def _all(desk: Desk, arguments: argparse.Namespace) -> int:
    now = desk.clock.now()
    with desk.store() as store, store.reading() as connection:
        scoring = desk.scoring(store)
        pack = packs.chosen(scoring.packs, arguments.pack or desk.config.pack)
        found = [detail_of(connection, scoring, pack.id, school.id, now) for school in schools.listed(connection)]
    rows = [detail.row for detail in found if detail is not None]
    if arguments.json:
        desk.show({"pack": pack.id, "schools": rows})
        return int(ExitCode.DONE)
    words = desk.texts
    header = [words(f"collector.column.{name}") for name in ("id", "name", "county", "kind")]
    header += [words(f"collector.scores.{name}") for name in ("verdict", "score", "interval", "coverage", "last_report")]
    cells = [_cells(desk, row) for row in rows]
    print(table(header, cells, align=["<", "<", "<", "<", "<", ">", ">", ">", "<"]), file=desk.out)
    return int(ExitCode.DONE)


def _cells(desk: Desk, row: SchoolRow) -> list[str]:
    words = desk.texts
    at = row.last_report_at
    return [
        row.id,
        row.name,
        row.county,
        row.kind,
        words(f"verdict.{row.verdict.value}"),
        points(row.score, words),
        f"{points(row.floor, words)}–{points(row.ceiling, words)}",
        points(row.coverage, words),
        words("common.none") if at is None else at.astimezone(desk.config.zone).strftime("%Y-%m-%d %H:%M"),
    ]
