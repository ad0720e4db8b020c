"""
Judges one criterion by the facts of one school. Pure: no clock, no network, no files; ``now`` is an argument.

The steps, in this order; the first that stops gives the outcome and its reason:

1. The criterion is for other kinds or sizes of schools, or its clause is not in force: ``not_applicable``.
2. The document gives no test: ``unknown / not_scored``; nobody has read its words: ``unknown / text_not_seen``. A person
   answers: what the answer comes to (:mod:`criteria.answer`), ``manual`` while it decides nothing.
3. No sample of the measure: how the newest run of the check went (``error`` when it broke), else ``never_measured``.
4. A school fact to divide by is missing: ``school_fact_missing``.
5. No sample within the window: ``stale``. None that went far enough: ``path_is_local``, ``path_is_lan``,
   ``egress_not_proven``. The newest of those too old: ``stale``.
6. The newest could not tell (value None): its own reason. Too few samples or days: ``too_few_samples``, ``too_few_days``.
7. The statistic against the threshold (:mod:`criteria.reading`, :mod:`criteria.statistic`): ``met``; ``unmet``; or
   ``unknown``, with the reason of the sample that is only a limit, or because too few samples missed the threshold.
8. Measurements say unmet, and the register or a valid answer says met: ``unknown / disputed``, never averaged. Measurements
   do not decide, and a person may answer instead: what the answer comes to.

History can be scored again as it was: what was received after ``now`` is not looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from contract.outcome import Bound, CheckStatus, Outcome
from contract.reason import Reason, ReasonCode, because
from contract.school import SchoolKind
from contract.score import CriterionResult
from criteria.answer import Word, newest, weigh
from criteria.errors import CriteriaError
from criteria.facts import Facts, Sample
from criteria.finding import Finding, answered, result_of
from criteria.pack import Criterion, Expect, Kind, Measure, Statistic
from criteria.reading import CHINA, Reading, Silence, divisor_of, eligible, read, to_plain
from criteria.statistic import Interval, interval, share, succeeds


def judge(criterion: Criterion, facts: Facts, now: datetime) -> CriterionResult:
    """
    The outcome with everything needed to dispute it. ``gain`` and ``waiver`` are filled by :mod:`criteria.score`.

    ``now`` has a time zone. The order of the samples in ``facts`` does not matter. A measured criterion without a measure
    or a condition raises :class:`criteria.errors.CriteriaError`; lint finds it before.
    """
    if not criterion.applies.covers(facts.school):
        return result_of(criterion, Finding(Outcome.NOT_APPLICABLE, _outside(criterion, facts)))
    if not _in_force(criterion, now):
        return result_of(criterion, Finding(Outcome.NOT_APPLICABLE, because(ReasonCode.NOT_IN_FORCE)))
    if criterion.type is Kind.NARRATIVE:
        return result_of(criterion, Finding(Outcome.UNKNOWN, because(ReasonCode.NOT_SCORED)))
    if criterion.type is Kind.UNREAD:
        return result_of(criterion, Finding(Outcome.UNKNOWN, because(ReasonCode.TEXT_NOT_SEEN)))
    given = newest(facts.answers.get(criterion.id, []), now)
    word = weigh(given, now)
    if criterion.type is not Kind.MEASURED:
        return result_of(criterion, answered(word), given)
    if criterion.measure is None or criterion.expect is None or not criterion.expect.given:
        raise CriteriaError("pack.cannot_be_judged", criterion=criterion.id)
    found = _measured(criterion, criterion.measure, criterion.expect, facts, now)
    return result_of(criterion, _settled(criterion, found, word, facts), given if criterion.attestable else None)


def _in_force(criterion: Criterion, now: datetime) -> bool:
    today = now.astimezone(CHINA).date()
    cite = criterion.cite
    return (cite.in_force_from is None or cite.in_force_from <= today) and (
        cite.in_force_to is None or today <= cite.in_force_to
    )


def _outside(criterion: Criterion, facts: Facts) -> Reason:
    kind = f"school_kind.{SchoolKind(facts.school.kind).name.lower()}"
    if facts.school.kind not in criterion.applies.kinds:
        return because(ReasonCode.NOT_FOR_THIS_KIND, kind=kind)
    return because(ReasonCode.NOT_FOR_THIS_SIZE, students=facts.school.students or 0)


def _settled(criterion: Criterion, found: Finding, word: Word, facts: Facts) -> Finding:
    """Measurements laid beside what the register claims and what a person answered."""
    claim = criterion.claim
    if found.outcome is Outcome.UNMET:
        claimed = None if claim is None else getattr(facts.school, claim.fact)
        says_met = claim is not None and claimed is not None and claimed >= claim.at_least
        if says_met or (criterion.attestable and word.outcome is Outcome.MET):
            measured = found.value if isinstance(found.value, int | float) else 0
            word_of = claimed if says_met and claimed is not None else "common.yes"
            reason = because(ReasonCode.DISPUTED, measured=measured, claimed=word_of)
            return replace(found, outcome=Outcome.UNKNOWN, reason=reason)
    if found.outcome is Outcome.UNKNOWN and criterion.attestable and word.provenance is not None:
        return answered(word)
    return found


def _measured(criterion: Criterion, measure: Measure, expect: Expect, facts: Facts, now: datetime) -> Finding:
    known = eligible(measure, facts, now)
    if not known:
        return _unmeasured(measure, facts, now)
    divisor = divisor_of(facts, criterion.divide_by)
    if isinstance(divisor, Silence):
        return Finding(Outcome.UNKNOWN, divisor.reason, known[:1])
    if measure.per == "school":
        return _compare(measure, expect, read(measure, known, divisor, now))
    readings = [
        read(measure, [sample for sample in known if sample.agent_id == agent], divisor, now)
        for agent in sorted({sample.agent_id for sample in known})
    ]
    if expect.share_at_least is not None:
        return _share_of_devices(expect, readings)
    return _weakest([_compare(measure, expect, reading) for reading in readings])


def _unmeasured(measure: Measure, facts: Facts, now: datetime) -> Finding:
    """Why there is no sample: the newest run of the check whose id stands before the measure's first dot."""
    run = facts.runs.get(measure.name.partition(".")[0])
    if run is None or run.at > now or run.status is CheckStatus.OK:
        return Finding(Outcome.UNKNOWN, because(ReasonCode.NEVER_MEASURED))
    if run.status in (CheckStatus.ERROR, CheckStatus.TIMEOUT):
        return Finding(Outcome.ERROR, run.reason or because(ReasonCode.CHECK_CRASHED, problem=run.status.value))
    return Finding(Outcome.UNKNOWN, run.reason or because(ReasonCode.NEVER_MEASURED))


def _compare(measure: Measure, expect: Expect, reading: Reading | Silence) -> Finding:
    if isinstance(reading, Silence):
        return Finding(Outcome.UNKNOWN, reading.reason, reading.seen)

    def finding(outcome: Outcome, reason: Reason) -> Finding:
        return Finding(outcome, reason, reading.used, reading.value, reading.bound, reading.number)

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


def _share_of_devices(expect: Expect, readings: Sequence[Reading | Silence]) -> Finding:
    """The share of devices whose reading is true; a device that could not tell may be either."""
    told = [reading for reading in readings if isinstance(reading, Reading) and reading.number is not None]
    silent = [reading for reading in readings if isinstance(reading, Silence)]
    if not told:
        return Finding(Outcome.UNKNOWN, silent[0].reason, silent[0].seen)
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
    return Finding(outcome, reason, used, to_plain(number.low), bound, number)


def _weakest(findings: Sequence[Finding]) -> Finding:
    """All devices must succeed: one that certainly fails decides, then one that is undecided."""
    for outcome in (Outcome.UNMET, Outcome.UNKNOWN):
        for finding in findings:
            if finding.outcome is outcome:
                return finding
    return findings[0]
