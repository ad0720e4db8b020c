"""
Why an outcome is what it is, for a person who disputes it.

Clause and quote, what was measured and how often, against which threshold, on whose word and how old, the reason, what would
change it, and how to verify it with no tool.
"""

from datetime import datetime

from contract.attestation import AttestedAnswer
from contract.explanation import Explanation, SampleUse
from contract.outcome import Outcome
from contract.score import CriterionResult
from locales.advice import advice
from locales.scorecard import (
    CHINA,
    age_text,
    day_text,
    distance_text,
    outcome_text,
    sample_text,
    threshold_text,
    value_text,
)
from locales.table import plain
from locales.texts import Texts

SHOWN_REPORTS = 3
SHOWN_SAMPLES = 200
"""Lines of measurements; the API gives all of them."""


def explain_whole(found: Explanation, texts: Texts) -> list[str]:
    """:func:`explain`, then every measurement with its use, and every change of the outcome."""
    lines = explain(found.result, texts, found.as_of)
    lines.append(texts("explain.judged_by", pack=found.pack, version=found.pack_version, digest=found.scoring_digest[:12]))
    if found.samples:
        used = sum(sample.used for sample in found.samples)
        lines.append(texts("explain.samples", total=len(found.samples), used=used, excluded=len(found.samples) - used))
    lines.extend(_sample(sample, texts) for sample in found.samples[:SHOWN_SAMPLES])
    if len(found.samples) > SHOWN_SAMPLES:
        lines.append(texts("explain.more_samples", more=len(found.samples) - SHOWN_SAMPLES))
    lines.extend(advice(why, texts) if (why := next((item.because for item in found.samples if item.because), None)) else [])
    if found.changes:
        lines.append(texts("explain.changes"))
    for change in found.changes:
        words = {"before": f"outcome.{change.before.value}", "after": f"outcome.{change.after.value}"}
        line = texts("explain.change", at=_minute(change.at), **words)
        lines.append(line + (texts("explain.rules_changed") if change.rules_changed else ""))
    return lines


def _sample(sample: SampleUse, texts: Texts) -> str:
    value = texts("common.none") if sample.value is None else sample_text(sample.value, sample.unit, sample.bound, texts)
    notes = [texts("explain.used")] if sample.used else []
    notes += [texts.say(sample.excluded)] if sample.excluded is not None else []
    notes += [texts.say(sample.because)] if sample.because is not None else []
    return texts(
        "explain.sample",
        at=_minute(sample.at),
        value=value,
        agent=sample.agent_id,
        report=sample.report_id,
        note=texts("common.semicolon").join(notes),
    )


def _minute(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"


def explain(result: CriterionResult, texts: Texts, now: datetime | None = None) -> list[str]:
    """Lines of plain text. With ``now``, the age of the newest sample is given beside its time."""
    lines = [
        texts("explain.criterion", criterion=result.criterion, title=texts.pick(result.title)),
        texts("explain.outcome", outcome=outcome_text(result.outcome, texts), reason=texts.say(result.reason)),
        texts("explain.clause", clause=result.clause, quote=result.quote),
    ]
    if result.outcome is Outcome.NOT_APPLICABLE:
        return lines
    if result.measure is not None:
        lines.extend(_measured(result, texts, now))
    if result.answer is not None:
        lines.extend(_answered(result.answer, texts))
    lines.append(texts("explain.weight", weight=result.weight) if result.scored else texts("explain.tracked"))
    if result.gain > 0:
        lines.append(texts("explain.gain", gain=f"{result.gain:.1f}"))
    if result.required:
        lines.append(texts("explain.required"))
    if result.waiver is not None:
        waiver = result.waiver
        lines.append(
            texts("explain.waiver", approved_by=waiver.approved_by, reason=waiver.reason, until=day_text(waiver.expires))
        )
    if result.outcome is not Outcome.MET:
        lines.append(texts(f"explain.change_{result.outcome.value}"))
        if result.fix is not None:
            lines.append(texts("explain.fix", fix=texts.pick(result.fix)))
    if result.verify_by_hand is not None:
        lines.append(texts("explain.verify_by_hand", how=texts.pick(result.verify_by_hand)))
    return lines


def _answered(given: AttestedAnswer, texts: Texts) -> list[str]:
    """Who answered, how long it holds, and what the county made of it."""
    answer = given.answer
    said = "common.none" if answer.answer is None else "common.yes" if answer.answer else "common.no"
    lines = [
        texts(
            "explain.answer",
            answer=said,
            by=plain(answer.answered_by),
            on=answer.answered_on.isoformat(),
            until=answer.valid_until.isoformat(),
            attachments=len(answer.attachments),
        )
    ]
    if answer.note:
        lines.append(texts("explain.answer_note", note=plain(answer.note)))
    if given.review is not None:
        decision = texts(f"attest.decision.{given.review.decision.value}", by=plain(given.review.reviewed_by))
        lines.append(texts("explain.review", decision=f"{decision} {plain(given.review.reason)}".rstrip()))
    else:
        lines.append(texts("explain.review", decision=texts("attest.decision.none")))
    return lines


def _measured(result: CriterionResult, texts: Texts, now: datetime | None) -> list[str]:
    statistic = texts(f"statistic.{result.statistic}")
    lines = [
        texts("explain.rule", measure=result.measure or "", statistic=statistic, threshold=threshold_text(result, texts)),
        texts("explain.value", value=value_text(result, texts), samples=result.samples),
    ]
    if result.measured_at is not None and result.provenance is not None:
        at = f"{result.measured_at.astimezone(CHINA):%Y-%m-%d %H:%M} +08:00"
        word = texts(f"provenance.{result.provenance.value}")
        if now is None:
            lines.append(texts("explain.source", provenance=word, at=at))
        else:
            age = age_text(result.measured_at, now, texts)
            lines.append(texts("explain.source_with_age", provenance=word, at=at, age=age))
    if result.distance is not None:
        sign = "over" if result.distance >= 0 else "short"
        lines.append(texts(f"explain.distance_{sign}", distance=distance_text(result, texts)))
    if result.report_ids:
        more = len(result.report_ids) - SHOWN_REPORTS
        ids = ", ".join(result.report_ids[:SHOWN_REPORTS])
        lines.append(
            texts("explain.reports_and_more", ids=ids, more=more) if more > 0 else texts("explain.reports", ids=ids)
        )
    return lines
