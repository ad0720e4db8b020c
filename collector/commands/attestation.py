"""``campus-collector answers``, ``review`` and ``count``: what people say, and what the county makes of it."""

import argparse
import secrets
from datetime import date, timedelta
from typing import Any

from collector import packs
from collector.commands.desk import Desk, school_of, subcommand
from collector.errors import NotFoundError, UsageError
from collector.store import attestations, schools
from collector.store.attestations import CITY, NO_SCHOOL, Given, Reviewed
from contract.attestation import Answer, AttestedAnswer, Decision, Review
from contract.exit_code import ExitCode
from contract.ids import uuid7
from criteria.pack import Pack
from locales.table import table
from locales.texts import Texts

HOLDS_DAYS = 365


def add(group: Any, texts: Texts) -> None:
    """Declare the commands."""
    parser = subcommand(group, texts, "answers", "answers", show)
    parser.add_argument("school", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(group, texts, "review", "review", review)
    parser.add_argument("school", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("criterion", metavar="CRITERION", help=texts("collector.explain.criterion"))
    decision = parser.add_mutually_exclusive_group(required=True)
    for name in Decision:
        option = {"accepted": "--accept", "rejected": "--reject", "asked": "--ask"}[name.value]
        text = texts(f"collector.review.{name.value}")
        decision.add_argument(option, dest="decision", action="store_const", const=name, help=text)
    parser.add_argument("--by", required=True, help=texts("collector.review.by"))
    parser.add_argument("--reason", default="", help=texts("collector.review.reason"))
    parser = subcommand(group, texts, "count", "count", count)
    parser.add_argument("entry", metavar="ID", help=texts("collector.count.entry"))
    parser.add_argument("figure", metavar="FIGURE", type=float, help=texts("collector.count.figure"))
    parser.add_argument("--county", default=CITY, metavar="COUNTY", help=texts("collector.count.county"))
    parser.add_argument("--pack", metavar="ID", help=texts("collector.scores.pack"))
    parser.add_argument("--by", required=True, help=texts("collector.review.by"))
    parser.add_argument("--evidence", required=True, help=texts("collector.count.evidence"))


def show(desk: Desk, arguments: argparse.Namespace) -> int:
    """Every answer of a school, newest first."""
    with desk.store() as store:
        school = school_of(store, arguments.school)
        with store.reading() as connection:
            found = attestations.history(connection, school.id, desk.clock.now())
    if arguments.json:
        desk.show(found)
        return int(ExitCode.DONE)
    names = ("received", "criterion", "answer", "by", "until", "attachments", "review")
    header = [desk.texts(f"collector.answers.{name}") for name in names]
    print(table(header, [_cells(desk, item) for item in found]), file=desk.out)
    return int(ExitCode.DONE)


def _cells(desk: Desk, item: AttestedAnswer) -> list[str]:
    words, answer = desk.texts, item.answer
    said = "common.none" if answer.answer is None else "common.yes" if answer.answer else "common.no"
    decision = words("attest.decision.none")
    if item.review is not None:
        decision = words(f"attest.decision.{item.review.decision.value}", by=item.review.reviewed_by)
        decision = f"{decision} {item.review.reason}".rstrip()
    return [
        item.received_at.astimezone(desk.config.zone).strftime("%Y-%m-%d %H:%M"),
        answer.criterion,
        words(said),
        answer.answered_by,
        answer.valid_until.isoformat(),
        str(len(answer.attachments)),
        decision,
    ]


def review(desk: Desk, arguments: argparse.Namespace) -> int:
    """Decide on the newest answer of a school to a criterion. A refusal says why."""
    if arguments.decision is not Decision.ACCEPTED and not arguments.reason.strip():
        raise UsageError("problem.review_reason")
    now = desk.clock.now()
    with desk.store() as store:
        school = school_of(store, arguments.school)
        with store.reading() as connection:
            answers = attestations.history(connection, school.id, now)
        newest = next((item for item in answers if item.answer.criterion == arguments.criterion), None)
        if newest is None:
            raise NotFoundError("problem.no_such_answer", criterion=arguments.criterion)
        item = Reviewed(
            school_id=school.id,
            pack=newest.pack,
            criterion=arguments.criterion,
            attestation_id=newest.attestation_id,
            review=Review(
                decision=arguments.decision, reviewed_by=arguments.by, reviewed_at=now, reason=arguments.reason.strip()
            ),
        )
        store.write(attestations.review, [item])
    decision = desk.texts(f"attest.decision.{arguments.decision.value}", by=arguments.by)
    desk.say("collector.review.done", school=school.name, criterion=arguments.criterion, decision=decision)
    return int(ExitCode.DONE)


def count(desk: Desk, arguments: argparse.Namespace) -> int:
    """Record what a county, or the city, has counted, with what proves it."""
    now = desk.clock.now()
    today = now.astimezone(desk.config.zone).date()
    with desk.store() as store:
        pack = packs.chosen(desk.scoring(store).packs, arguments.pack or desk.config.pack)
        _countable(pack, arguments.entry)
        with store.reading() as connection:
            known = [CITY, *schools.counties(connection)]
        if arguments.county not in known:
            raise NotFoundError("collector.county.unknown", county=arguments.county, known=", ".join(known))
        answer = Answer(
            criterion=arguments.entry,
            answer=True,
            figure=arguments.figure,
            answered_on=today,
            answered_by=arguments.by,
            valid_until=_end(today),
            note=arguments.evidence,
        )
        item = Given(
            school_id=NO_SCHOOL,
            county=arguments.county,
            pack=pack.id,
            attestation_id=str(uuid7(int(now.timestamp() * 1000), secrets.token_bytes)),
            answers=[answer],
            received_at=now,
            sent_by="",
        )
        store.write(attestations.put, [item])
    desk.say("collector.count.done", entry=arguments.entry, figure=arguments.figure)
    return int(ExitCode.DONE)


def _countable(pack: Pack, entry: str) -> None:
    known = [item.id for item in pack.entries if item.level != "school"]
    if entry not in known:
        raise NotFoundError("collector.criterion.unknown", pack=pack.id, criterion=entry, known=", ".join(known))


def _end(today: date) -> date:
    return today + timedelta(days=HOLDS_DAYS)
