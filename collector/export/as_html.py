"""A printable page of one school: nothing is loaded from elsewhere, and every text is escaped."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from collector.export.rows import Entry, Export, stamp
from contract.message import Bilingual
from contract.outcome import Outcome
from contract.score import CriterionResult, Scorecard
from locales.scorecard import day_text, gates_line, outcome_text, summary_line, threshold_text, value_text
from locales.texts import Texts


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion as the page shows it."""

    id: str
    title: str
    required: bool
    clause: str
    quote: str
    outcome: str
    word: str
    value: str
    threshold: str
    reason: str
    source: str
    answer: str
    waiver: str
    fix: str


@dataclass(frozen=True, slots=True)
class Part:
    """Rows under a heading."""

    title: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Card:
    """A scorecard in words."""

    title: str
    card: Scorecard
    summary: str
    gates: str
    parts: list[Part]


def as_html(export: Export, entry: Entry, titles: Mapping[str, Bilingual], texts: Texts, zone: tzinfo) -> bytes:
    """The page of ``entry``; ``titles`` are those of the packs. The same input gives the same bytes."""
    cards = [
        Card(
            title=texts.pick(titles[card.pack]) if card.pack in titles else card.pack,
            card=card,
            summary=summary_line(card, texts),
            gates=gates_line(card, texts),
            parts=_parts(card, texts, zone),
        )
        for card in entry.scorecards
    ]
    page = _environment().get_template("school.html.j2")
    text = page.render(
        t=texts,
        lang="en" if texts.language == "en" else "zh-CN",
        school=entry.school,
        cards=cards,
        outcomes=[outcome.value for outcome in Outcome],
        at=_minute(export.made_at, zone),
        software=f"{export.software} · {stamp(export.made_at.astimezone(zone))}",
    )
    return text.encode()


@functools.cache
def _environment() -> Environment:
    """Every value is escaped: names and notes come from registers and forms that others wrote."""
    loader = PackageLoader("collector", "export")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)


def _parts(card: Scorecard, texts: Texts, zone: tzinfo) -> list[Part]:
    applies = [result for result in card.results if result.outcome is not Outcome.NOT_APPLICABLE]
    groups = {
        "scored": [result for result in applies if result.scored and not result.extension],
        "extension": [result for result in applies if result.scored and result.extension],
        "tracked": [result for result in applies if not result.scored],
        "outside": [result for result in card.results if result.outcome is Outcome.NOT_APPLICABLE],
    }
    return [
        Part(texts(f"export.html.part_{name}"), [_row(result, texts, zone) for result in results])
        for name, results in groups.items()
    ]


def _row(result: CriterionResult, texts: Texts, zone: tzinfo) -> Row:
    source = answer = waiver = ""
    if result.provenance is not None and result.measured_at is not None:
        word = texts(f"provenance.{result.provenance.value}")
        at = _minute(result.measured_at, zone)
        source = texts("export.html.source", provenance=word, at=at, samples=result.samples)
    if result.answer is not None:
        given = result.answer.answer
        decision = texts("attest.decision.none")
        if result.answer.review is not None:
            review = result.answer.review
            decision = texts(f"attest.decision.{review.decision.value}", by=review.reviewed_by) + review.reason
        until = given.valid_until.isoformat()
        answer = texts("export.html.answer", by=given.answered_by, until=until, review=decision)
    if result.waiver is not None:
        waived = {"reason": result.waiver.reason, "until": day_text(result.waiver.expires)}
        waiver = texts("export.html.waiver", approved_by=result.waiver.approved_by, **waived)
    mend = result.fix is not None and result.outcome not in (Outcome.MET, Outcome.NOT_APPLICABLE)
    return Row(
        id=result.criterion,
        title=texts.pick(result.title),
        required=result.required,
        clause=result.clause,
        quote=result.quote,
        outcome=result.outcome.value,
        word=outcome_text(result.outcome, texts),
        value=value_text(result, texts),
        threshold=threshold_text(result, texts),
        reason=texts.say(result.reason),
        source=source,
        answer=answer,
        waiver=waiver,
        fix=texts.pick(result.fix) if mend and result.fix is not None else "",
    )


def _minute(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
