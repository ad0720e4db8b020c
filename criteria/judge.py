"""
Judges one criterion by the facts of one school. Pure: no clock, no network, no files; ``now`` is an argument.

The steps, in this order; the first that stops gives the outcome and its reason:

1. The criterion is for other kinds of schools: ``not_applicable``.
2. It is tracked only: ``unknown / not_scored``. It waits for a person: ``manual / attestation_missing``.
3. No sample of the measure: how the newest run of the check went (``error`` when it broke), else ``never_measured``.
4. A school fact to divide by is missing: ``school_fact_missing``.
5. No sample within the window: ``stale``. None that went far enough: ``path_is_local``, ``path_is_lan``,
   ``egress_not_proven``. The newest of those too old: ``stale``.
6. The newest could not tell (value None): its own reason. Too few samples or days: ``too_few_samples``, ``too_few_days``.
7. The statistic against the threshold (:mod:`criteria.reading`, :mod:`criteria.statistic`): ``met``; ``unmet``; or
   ``unknown``, with the reason of the sample that is only a limit, or because too few samples missed the threshold.

History can be scored again as it was: what was received after ``now`` is not looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from contract.outcome import Bound, CheckStatus, Outcome
from contract.reason import Reason, ReasonCode, because
from contract.report import Value
from contract.school import SchoolKind
from contract.score import CriterionResult
from contract.units import Unit
from criteria.errors import CriteriaError
from criteria.facts import Facts, Sample
from criteria.pack import Criterion, Expect, Kind, Measure, Statistic
from criteria.reading import Reading, Silence, divisor_of, eligible, read, to_plain
from criteria.statistic import Interval, interval, share, succeeds

MOST_REPORTS = 20
"""Report ids kept in a result: enough to look them up, bounded for the wire."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the samples of the school, or of one device, came to."""

    outcome: Outcome
    reason: Reason
    used: Sequence[Sample] = ()
    value: Value = None
    bound: Bound = Bound.EXACT
    number: Interval | None = None


def judge(criterion: Criterion, facts: Facts, now: datetime) -> CriterionResult:
    """
    The outcome with everything needed to dispute it. ``gain`` and ``waiver`` are filled by :mod:`criteria.score`.

    ``now`` has a time zone. The order of the samples in ``facts`` does not matter. A measured criterion without a measure
    or a condition raises :class:`criteria.errors.CriteriaError`; lint finds it before.
    """
    if facts.school.kind not in criterion.applies.kinds:
        reason = because(ReasonCode.NOT_FOR_THIS_KIND, kind=f"school_kind.{SchoolKind(facts.school.kind).name.lower()}")
        return _result(criterion, _Finding(Outcome.NOT_APPLICABLE, reason))
    if criterion.type is Kind.NARRATIVE:
        return _result(criterion, _Finding(Outcome.UNKNOWN, because(ReasonCode.NOT_SCORED)))
    if criterion.type is not Kind.MEASURED:
        return _result(criterion, _Finding(Outcome.MANUAL, because(ReasonCode.ATTESTATION_MISSING)))
    if criterion.measure is None or criterion.expect is None or not criterion.expect.given:
        raise CriteriaError("pack.cannot_be_judged", criterion=criterion.id)
    return _result(criterion, _measured(criterion, criterion.measure, criterion.expect, facts, now))


def _measured(criterion: Criterion, measure: Measure, expect: Expect, facts: Facts, now: datetime) -> _Finding:
    known = eligible(measure, facts, now)
    if not known:
        return _unmeasured(measure, facts, now)
    divisor = divisor_of(facts, criterion.divide_by)
    if isinstance(divisor, Silence):
        return _Finding(Outcome.UNKNOWN, divisor.reason, known[:1])
    if measure.per == "school":
        return _compare(measure, expect, read(measure, known, divisor, now))
    readings = [
        read(measure, [sample for sample in known if sample.agent_id == agent], divisor, now)
        for agent in sorted({sample.agent_id for sample in known})
    ]
    if expect.share_at_least is not None:
        return _share_of_devices(expect, readings)
    return _weakest([_compare(measure, expect, reading) for reading in readings])


def _unmeasured(measure: Measure, facts: Facts, now: datetime) -> _Finding:
    """Why there is no sample: the newest run of the check whose id stands before the measure's first dot."""
    run = facts.runs.get(measure.name.partition(".")[0])
    if run is None or run.at > now or run.status is CheckStatus.OK:
        return _Finding(Outcome.UNKNOWN, because(ReasonCode.NEVER_MEASURED))
    if run.status in (CheckStatus.ERROR, CheckStatus.TIMEOUT):
        return _Finding(Outcome.ERROR, run.reason or because(ReasonCode.CHECK_CRASHED, problem=run.status.value))
    return _Finding(Outcome.UNKNOWN, run.reason or because(ReasonCode.NEVER_MEASURED))


def _compare(measure: Measure, expect: Expect, reading: Reading | Silence) -> _Finding:
    if isinstance(reading, Silence):
        return _Finding(Outcome.UNKNOWN, reading.reason, reading.seen)

    def finding(outcome: Outcome, reason: Reason) -> _Finding:
        return _Finding(outcome, reason, reading.used, reading.value, reading.bound, reading.number)

    decided = _succeeds(expect, reading)
    if decided:
        return finding(Outcome.MET, because(ReasonCode.AS_REQUIRED))
    if decided is None:
        return finding(Outcome.UNKNOWN, _limit_reason(reading.used))
    misses = sum(_speaks_against(measure, expect, sample, reading.divisor) for sample in reading.told)
    if misses < measure.unmet_min_samples:
        few = because(ReasonCode.TOO_FEW_SAMPLES_TO_FAIL, found=misses, needed=measure.unmet_min_samples)
        return finding(Outcome.UNKNOWN, few)
    return finding(Outcome.UNMET, because(ReasonCode.BELOW_REQUIREMENT))


def _succeeds(expect: Expect, reading: Reading) -> bool | None:
    operator, threshold = expect.given[0]
    if reading.number is not None:
        return succeeds(operator, threshold, reading.number)
    success = _text_succeeds(expect, reading.used)
    return True if success else False if reading.bound is Bound.EXACT else None


def _speaks_against(measure: Measure, expect: Expect, sample: Sample, divisor: Fraction) -> bool:
    """Whether this sample by itself certainly misses the condition; of a share, whether it is certainly false."""
    if not isinstance(sample.value, int | float):
        return not _text_succeeds(expect, [sample])
    found = interval(sample.value, sample.bound)
    if measure.statistic is Statistic.SHARE_TRUE:
        return found.high == 0
    operator, threshold = expect.given[0]
    return succeeds(operator, threshold, found.over(divisor)) is False


def _text_succeeds(expect: Expect, used: Sequence[Sample]) -> bool:
    operator, threshold = expect.given[0]
    texts = {str(sample.value) for sample in used}
    wanted = {str(item) for item in threshold}
    return wanted <= texts if operator == "contains_all" else texts <= wanted


def _limit_reason(used: Iterable[Sample]) -> Reason:
    """The newest given reason why a value is only a limit."""
    reasons = (sample.because for sample in used if sample.bound is not Bound.EXACT)
    return next((reason for reason in reasons if reason is not None), because(ReasonCode.ONLY_A_LIMIT))


def _share_of_devices(expect: Expect, readings: Sequence[Reading | Silence]) -> _Finding:
    """The share of devices whose reading is true; a device that could not tell may be either."""
    told = [reading for reading in readings if isinstance(reading, Reading) and reading.number is not None]
    silent = [reading for reading in readings if isinstance(reading, Silence)]
    if not told:
        return _Finding(Outcome.UNKNOWN, silent[0].reason, silent[0].seen)
    numbers = [reading.number for reading in told if reading.number is not None]
    lows = [number.low for number in numbers] + [Fraction(0)] * len(silent)
    highs = [number.high for number in numbers] + [Fraction(1)] * len(silent)
    number = Interval(share(lows), share(highs))
    used = sorted((sample for reading in told for sample in reading.used), key=lambda sample: sample.at, reverse=True)
    bound = Bound.EXACT if number.low == number.high else Bound.AT_LEAST
    operator, threshold = expect.given[0]
    decided = succeeds(operator, threshold, number)
    outcome = Outcome.UNKNOWN if decided is None else Outcome.MET if decided else Outcome.UNMET
    if decided is None:
        reason = silent[0].reason if silent else _limit_reason(used)
    else:
        reason = because(ReasonCode.AS_REQUIRED if decided else ReasonCode.BELOW_REQUIREMENT)
    return _Finding(outcome, reason, used, to_plain(number.low), bound, number)


def _weakest(findings: Sequence[_Finding]) -> _Finding:
    """All devices must succeed: one that certainly fails decides, then one that is undecided."""
    for outcome in (Outcome.UNMET, Outcome.UNKNOWN):
        for finding in findings:
            if finding.outcome is outcome:
                return finding
    return findings[0]


def _result(criterion: Criterion, finding: _Finding) -> CriterionResult:
    operator, threshold = criterion.expect.given[0] if criterion.expect and criterion.expect.given else (None, [])
    measure = criterion.measure
    statistic = measure.statistic.value if measure else Statistic.LATEST.value
    unit = measure.unit if measure else Unit.NONE
    if statistic == Statistic.SHARE_TRUE.value or operator == "share_at_least":
        unit = Unit.PERCENT
    used = sorted(finding.used, key=lambda sample: (sample.at, sample.report_id), reverse=True)
    words = [sample.provenance for sample in used]
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
        measured_at=used[0].at if used else None,
        report_ids=list(dict.fromkeys(sample.report_id for sample in used))[:MOST_REPORTS],
        provenance=min(words, key=lambda word: word.strength) if words else None,
        effort=criterion.effort,
        fix=criterion.fix,
        verify_by_hand=criterion.verify_by_hand,
    )
