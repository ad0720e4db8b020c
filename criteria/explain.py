"""
Why an outcome is what it is, for a person who disputes it.

Clause and quote, what was measured and how often, against which threshold, on whose word and how old, the reason, what would
change it, and how to verify it with no tool.
"""

from datetime import datetime

from contract.outcome import Outcome
from contract.score import CriterionResult
from locales.scorecard import CHINA, age_text, day_text, outcome_text, threshold_text, value_text
from locales.texts import Texts

SHOWN_REPORTS = 3


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
    lines.append(texts("explain.weight", weight=result.weight))
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
    if result.report_ids:
        more = len(result.report_ids) - SHOWN_REPORTS
        ids = ", ".join(result.report_ids[:SHOWN_REPORTS])
        lines.append(
            texts("explain.reports_and_more", ids=ids, more=more) if more > 0 else texts("explain.reports", ids=ids)
        )
    return lines
