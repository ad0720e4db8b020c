"""
The form in which a school answers: made from the pack for its kind, prefilled with its last answers, checked whole.

It is YAML with the question as a comment above each answer, so that a teacher fills it in with any editor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from contract.attestation import MOST_ATTACHMENTS, Answer, AttestedAnswer, Note
from contract.document import Document, DocumentError, Fault, read
from contract.message import Message
from contract.report import Identifier
from contract.school import School
from criteria.pack import Criterion, Pack, Part
from locales.table import plain
from locales.texts import Texts

_MONTH_DAYS = 30.44
FileName = Annotated[str, Meta(min_length=1, max_length=512)]
FileNames = Annotated[list[FileName], Meta(max_length=MOST_ATTACHMENTS)]


class FormAnswer(Part, frozen=True):
    """One answer of the file. ``attachments`` are files beside the form."""

    criterion: Identifier
    answer: bool | None = None
    note: Note = ""
    valid_until: date | None = None
    figure: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    attachments: FileNames = []  # noqa: RUF012 - msgspec copies it


class Form(Part, frozen=True):
    """The whole file."""

    school: Identifier
    pack: Identifier
    answered_by: Annotated[str, Meta(min_length=1, max_length=128)]
    answered_on: date
    answers: Annotated[list[FormAnswer], Meta(max_length=256)]


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with one answer; ``field`` is its member."""

    place: int
    field: str
    problem: Message


def questions(pack: Pack, school: School) -> list[Criterion]:
    """What a person may answer for this school."""
    return [item for item in pack.criteria if item.level == "school" and item.asked and item.applies.covers(school)]


def longest(item: Criterion) -> timedelta:
    """How long an answer may hold."""
    return timedelta(days=round(item.valid_months * _MONTH_DAYS) + 1)


def flaws(pack: Pack, school: School, answers: Sequence[Answer], today: date) -> list[Flaw]:
    """All that keeps the answers from being taken, none of them left out."""
    asked = {item.id: item for item in questions(pack, school)}
    found: list[Flaw] = []
    seen: set[str] = set()
    for place, given in enumerate(answers):
        item = asked.get(given.criterion)
        if item is None:
            known = ", ".join(asked)
            found.append(_flaw(place, "criterion", "attest.not_asked", criterion=given.criterion, known=known))
            continue
        if given.criterion in seen:
            found.append(_flaw(place, "criterion", "attest.twice", criterion=given.criterion))
        seen.add(given.criterion)
        if given.answered_on > today:
            found.append(_flaw(place, "answered_on", "attest.in_the_future", day=given.answered_on.isoformat()))
        if given.valid_until < given.answered_on:
            found.append(_flaw(place, "valid_until", "attest.ends_before_it_begins"))
        elif given.valid_until - given.answered_on > longest(item):
            found.append(_flaw(place, "valid_until", "attest.too_long", months=item.valid_months))
        if given.answer is True and not given.attachments and not given.note.strip():
            found.append(_flaw(place, "note", "attest.no_evidence", criterion=given.criterion))
    return found


def _flaw(place: int, field: str, code: str, /, **params: str | int) -> Flaw:
    return Flaw(place, field, Message(code, dict(params)))


def read_form(text: str, source: str | Path) -> Document[Form]:
    """A form of the right shape; raise :class:`contract.document.DocumentError` with every fault."""
    return read(text, Form, source)


def check_form(document: Document[Form], pack: Pack, school: School, answers: Sequence[Answer], today: date) -> None:
    """Raise :class:`contract.document.DocumentError` with every flaw of the answers, each with its line."""
    form = document.value
    faults = [
        Fault(document.line(f"answers[{flaw.place}].{flaw.field}"), f"answers[{flaw.place}].{flaw.field}", flaw.problem)
        for flaw in flaws(pack, school, answers, today)
    ]
    if form.school != school.id:
        faults.append(document.fault("school", "attest.other_school", found=form.school, school=school.id))
    if faults:
        raise DocumentError(str(document.source), faults)


def blank(
    pack: Pack, school: School, last: Mapping[str, AttestedAnswer], texts: Texts, today: date, answered_by: str = ""
) -> str:
    """The form to fill in, with what was answered last time."""
    lines = [
        f"# {texts('attest.form.title', pack=texts.pick(pack.title), school=plain(school.name))}",
        *(f"# {line}" for line in texts("attest.form.how").splitlines()),
        f"school: {_plain(school.id)}",
        f"pack: {_plain(pack.id)}",
        f"answered_by: {_plain(answered_by or texts('attest.form.office'))}",
        f"answered_on: {today.isoformat()}",
        "answers:",
    ]
    for item in questions(pack, school):
        before = last.get(item.id)
        lines += [
            "",
            f"  # {texts.pick(item.title)}",
            f"  # {item.cite.clause}：{item.cite.quote}",
            f"  - criterion: {_plain(item.id)}",
        ]
        if before is not None and before.review is not None:
            said = texts(f"attest.decision.{before.review.decision.value}", by=before.review.reviewed_by)
            lines.append("    # " + plain(f"{said} {before.review.reason}").rstrip())
        answer = before.answer.answer if before else None
        lines.append(f"    answer: {_plain(answer)}")
        lines.append(f"    note: {_plain(before.answer.note if before else '')}")
        lines.append(f"    valid_until: {(today + timedelta(days=round(item.valid_months * _MONTH_DAYS) - 1)).isoformat()}")
        if before is not None and before.answer.attachments:
            names = ", ".join(attached.name for attached in before.answer.attachments)
            lines.append("    # " + plain(texts("attest.form.before", names=names)))
        lines.append("    attachments: []")
    return "\n".join(lines) + "\n"


def _plain(value: str | bool | None) -> str:
    """A JSON scalar is a YAML scalar; a school's own words must not become syntax."""
    return msgspec.json.encode(value).decode()
