"""What judging came to, and how it becomes a result that can be shown and disputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contract.attestation import AttestedAnswer
from contract.outcome import Bound, Outcome, Provenance
from contract.reason import Reason
from contract.report import Value
from contract.score import CriterionResult
from contract.units import Unit
from criteria.answer import Word
from criteria.facts import Sample
from criteria.pack import Criterion, Statistic
from criteria.reading import to_plain
from criteria.statistic import Interval, exact

MOST_REPORTS = 20
"""Report ids kept in a result: enough to look them up, bounded for the wire."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the samples of the school, or of one device, came to; or an answer, which has a provenance of its own."""

    outcome: Outcome
    reason: Reason
    used: Sequence[Sample] = ()
    value: Value = None
    bound: Bound = Bound.EXACT
    number: Interval | None = None
    answered: Provenance | None = None


def answered(word: Word) -> Finding:
    """The finding of a person's answer."""
    value = None if word.provenance is None else word.outcome is Outcome.MET
    return Finding(word.outcome, word.reason, value=value, answered=word.provenance)


def result_of(criterion: Criterion, finding: Finding, given: AttestedAnswer | None = None) -> CriterionResult:
    """The finding with everything needed to dispute it."""
    operator, threshold = criterion.expect.given[0] if criterion.expect and criterion.expect.given else (None, [])
    measure = criterion.measure
    statistic = measure.statistic.value if measure else Statistic.LATEST.value
    unit = measure.unit if measure else Unit.NONE
    if statistic == Statistic.SHARE_TRUE.value or operator == "share_at_least":
        unit = Unit.PERCENT
    if finding.answered is not None:
        operator, threshold, unit = None, [], Unit.YES_NO
    used = sorted(finding.used, key=lambda sample: (sample.at, sample.report_id), reverse=True)
    return CriterionResult(
        criterion=criterion.id,
        title=criterion.title,
        clause=criterion.cite.clause,
        quote=criterion.cite.quote,
        outcome=finding.outcome,
        reason=finding.reason,
        weight=criterion.counted_weight,
        required=criterion.required,
        value=finding.value,
        bound=finding.bound,
        unit=unit,
        divided_by=criterion.divide_by,
        statistic=statistic,
        operator=operator,
        threshold=threshold,
        measure=measure.name if measure else None,
        samples=len(used),
        measured_at=_known_since(finding, used, given),
        report_ids=list(dict.fromkeys(sample.report_id for sample in used))[:MOST_REPORTS],
        provenance=_provenance(finding, used),
        effort=criterion.effort,
        fix=criterion.fix,
        verify_by_hand=criterion.verify_by_hand,
        scored=criterion.scored,
        extension=criterion.extension,
        deadline=criterion.deadline.isoformat() if criterion.deadline else None,
        answer=given,
        distance=_distance(finding, criterion),
    )


def _known_since(finding: Finding, used: Sequence[Sample], given: AttestedAnswer | None) -> datetime | None:
    if finding.answered is not None and given is not None:
        return given.received_at
    return used[0].at if used else None


def _provenance(finding: Finding, used: Sequence[Sample]) -> Provenance | None:
    """The weakest word that the finding rests on."""
    if finding.answered is not None:
        return finding.answered
    return min((sample.provenance for sample in used), key=lambda word: word.strength, default=None)


def _distance(finding: Finding, criterion: Criterion) -> float | None:
    """How far the value lies from the condition: negative when short of it or beyond it, exact to the decimal."""
    if finding.number is None or isinstance(finding.value, bool) or not isinstance(finding.value, int | float):
        return None
    if criterion.expect is None or not criterion.expect.given:
        return None
    operator, threshold = criterion.expect.given[0]
    limits = [exact(limit) for limit in threshold if isinstance(limit, int | float) and not isinstance(limit, bool)]
    value = exact(finding.value)
    match operator:
        case "at_least" | "share_at_least":
            return to_plain(value - limits[0])
        case "at_most":
            return to_plain(limits[0] - value)
        case "between":
            return to_plain(min(value - limits[0], limits[1] - value))
        case _:
            return None
