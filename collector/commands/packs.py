"""``campus-collector packs``: which documents schools are judged by, whether a pack is well made, and what a change does."""

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec

from checks.registry import catalogue
from collector import packs
from collector.commands.desk import Desk, subcommand
from collector.scoring import Scoring
from collector.store import schools
from contract.document import DocumentError
from contract.exit_code import ExitCode
from contract.message import Bilingual
from criteria.difference import ChangeKind, compare
from criteria.lint import load_checked
from criteria.pack import Criterion, Pack, Target, load, shipped
from criteria.score import score_school, scoring_digest, text_digest
from locales.cli import command, explain_document
from locales.table import table
from locales.texts import Texts

SHOWN = 12
"""Characters of a digest on a screen."""


def add(group: Any, texts: Texts) -> None:
    """Declare the commands."""
    inner = command(group, texts, "packs", "collector.packs").commands("packs_command")
    parser = subcommand(inner, texts, "list", "packs_list", show_all)
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(inner, texts, "show", "packs_show", show_one)
    parser.add_argument("pack", metavar="PACK", help=texts("collector.packs_show.pack"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(inner, texts, "lint", "packs_lint", lint)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=texts("collector.packs_lint.files"))
    parser = subcommand(inner, texts, "diff", "packs_diff", differ)
    parser.add_argument("before", metavar="BEFORE", help=texts("collector.packs_diff.before"))
    parser.add_argument("after", metavar="AFTER", help=texts("collector.packs_diff.after"))
    parser.add_argument("--flips", action="store_true", help=texts("collector.packs_diff.flips"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    subcommand(inner, texts, "schema", "packs_schema", schema)


def show_all(desk: Desk, arguments: argparse.Namespace) -> int:
    """List every pack there is, and whether schools are scored by it."""
    used = {pack.id: pack for pack in packs.load_all(desk.config.packs)}
    every = {path.stem: load(path) for path in shipped()} | used
    if arguments.json:
        desk.show([{"id": p.id, "version": p.version, "title": p.title, "in_use": p.id in used} for p in every.values()])
        return int(ExitCode.DONE)
    names = ("id", "version", "in_use", "criteria", "scored", "title")
    header = [desk.texts(f"collector.packs_list.{name}") for name in names]
    cells = [
        [
            pack.id,
            pack.version,
            desk.texts("common.yes" if pack.id in used else "common.no"),
            str(len(pack.criteria)),
            str(sum(item.counted_weight > 0 for item in pack.criteria)),
            desk.texts.pick(pack.title),
        ]
        for pack in every.values()
    ]
    print(table(header, cells, align=["<", "<", "<", ">", ">", "<"]), file=desk.out)
    return int(ExitCode.DONE)


def show_one(desk: Desk, arguments: argparse.Namespace) -> int:
    """A pack as a person reads it: document, gates, and every clause with its quotation."""
    pack = named(desk, arguments.pack)
    if arguments.json:
        desk.show(pack)
        return int(ExitCode.DONE)
    words = desk.texts
    document = pack.document
    none = words("common.none")
    desk.say(
        "collector.packs_show.document",
        issuer=document.issuer,
        title=document.title,
        number=document.number or none,
        since=document.in_force_from.isoformat() if document.in_force_from else none,
        until=document.in_force_to.isoformat() if document.in_force_to else none,
    )
    gates: dict[str, str | float] = {
        "mark": pack.pass_mark,
        "coverage": pack.min_coverage,
        "note": words.pick(pack.gates.note),
    }
    desk.say("collector.packs_show.gates" if pack.graded else "collector.packs_show.ungraded", **gates)
    desk.say("collector.packs_show.digests", scoring=scoring_digest(pack)[:SHOWN], text=text_digest(pack)[:SHOWN])
    names = ("id", "level", "type", "weight", "deadline", "title", "quote")
    header = [words(f"collector.packs_show.{name}") for name in names]
    print(table(header, [_cells(entry, words) for entry in pack.entries]), file=desk.out)
    return int(ExitCode.DONE)


def _cells(entry: Criterion | Target, words: Texts) -> list[str]:
    title: Bilingual = entry.title
    if isinstance(entry, Criterion):
        kind, weight = words(f"criterion_kind.{entry.type.value}"), str(entry.counted_weight)
    else:
        kind, weight = words("criterion_kind.target"), ""
    deadline = entry.deadline.isoformat() + ("*" if entry.deadline_by == "ours" else "") if entry.deadline else ""
    return [entry.id, words(f"level.{entry.level}"), kind, weight, deadline, words.pick(title), entry.cite.quote]


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


def differ(desk: Desk, arguments: argparse.Namespace) -> int:
    """What changed between two packs, and with ``--flips`` which outcomes of which schools would change."""
    before, after = named(desk, arguments.before), named(desk, arguments.after)
    changes = compare(before, after)
    flips = _flips(desk, before, after) if arguments.flips else []
    if arguments.json:
        desk.show({"changes": changes, "flips": flips, "rescore": scoring_digest(before) != scoring_digest(after)})
        return int(ExitCode.DONE)
    for kind in ChangeKind:
        for item in (change for change in changes if change.kind is kind):
            where = f"{item.entry} {item.field}".strip()
            moved = f": {item.before} → {item.after}" if item.before or item.after else ""
            print(f"{desk.texts(f'pack_change.{kind.value}')}  {where}{moved}", file=desk.out)
    same = scoring_digest(before) == scoring_digest(after)
    desk.say("collector.packs_diff.same" if same else "collector.packs_diff.differs")
    for flip in flips:
        desk.say("collector.packs_diff.flip", **flip)
    if arguments.flips:
        desk.say("collector.packs_diff.flipped", flips=len(flips))
    return int(ExitCode.DONE)


def _flips(desk: Desk, before: Pack, after: Pack) -> list[dict[str, str]]:
    """Every criterion of every school that comes out otherwise under the second pack, as of now."""
    now = desk.clock.now()
    found: list[dict[str, str]] = []
    with desk.store() as store, store.reading() as connection:
        scoring = Scoring(store, [before, after], desk.clock.now)
        for school in schools.listed(connection):
            facts = scoring.facts(connection, school, now)
            old, new = (score_school(pack, facts, now) for pack in (before, after))
            then = {result.criterion: result.outcome for result in old.results}
            found += [
                {
                    "school": school.id,
                    "name": school.name,
                    "criterion": result.criterion,
                    "before": f"outcome.{then[result.criterion].value}",
                    "after": f"outcome.{result.outcome.value}",
                }
                for result in new.results
                if result.criterion in then and then[result.criterion] is not result.outcome
            ]
            if old.verdict is not new.verdict:
                verdicts = {"before": f"verdict.{old.verdict.value}", "after": f"verdict.{new.verdict.value}"}
                found.append({"school": school.id, "name": school.name, "criterion": after.id, **verdicts})
    return found


def schema(desk: Desk, _arguments: argparse.Namespace) -> int:
    """Print the JSON Schema of a pack, for editors that check while one types."""
    print(json.dumps(msgspec.json.schema(Pack), ensure_ascii=False, indent=1, sort_keys=True), file=desk.out)
    return int(ExitCode.DONE)


def named(desk: Desk, name: str) -> Pack:
    """A pack by its id, among those in use and those that come along, or by its file."""
    path = Path(name).expanduser()
    if path.is_file():
        return load_checked(path, catalogue())
    every = {item.stem: item for item in shipped()}
    used = {pack.id: pack for pack in packs.load_all(desk.config.packs)}
    if name not in used and name in every:
        return load(every[name])
    return packs.chosen(list(used.values()), name)
