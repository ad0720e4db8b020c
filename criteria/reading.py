"""
From samples to one reading: which samples may decide, and what the statistic makes of them.

A :class:`Silence` says why there is nothing to compare. Samples received after ``now``, of another unit than the pack was
written for, or of a check version before the pack's minimum are not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fractions import Fraction

from contract.outcome import Bound, Path
from contract.reason import Reason, ReasonCode, because
from contract.report import Value
from criteria.facts import Facts, Sample
from criteria.pack import Measure, SchoolFact, Statistic
from criteria.statistic import Interval, exact, interval, reduce

CHINA = timezone(timedelta(hours=8))
"""Days are counted where the schools are."""
_FOREVER = timedelta.max.days
_PATH_REASONS = {Path.LOCAL: ReasonCode.PATH_IS_LOCAL, Path.LAN: ReasonCode.PATH_IS_LAN}


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing to compare, and why. ``seen`` are the samples that the reason speaks of."""

    reason: Reason
    seen: Sequence[Sample] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What the statistic gave. ``number`` is None for texts.

    ``told`` are all samples that could have decided, newest first; ``used`` are those the statistic was taken over.
    """

    value: Value
    bound: Bound
    number: Interval | None
    used: Sequence[Sample]
    told: Sequence[Sample]
    divisor: Fraction


def eligible(measure: Measure, facts: Facts, now: datetime) -> list[Sample]:
    """Samples of the measure, newest first, whatever order they came in."""
    known = [
        sample
        for sample in facts.samples.get(measure.name, [])
        if sample.at <= now and sample.check_version >= measure.min_check_version and sample.unit is measure.unit
    ]
    return sorted(known, key=lambda sample: (sample.at, sample.report_id, sample.subject or ""), reverse=True)


def divisor_of(facts: Facts, divide_by: SchoolFact | None) -> Fraction | Silence:
    """The school's figure to divide by; 1 when there is nothing to divide by. A figure of 0 is as good as missing."""
    if divide_by is None:
        return Fraction(1)
    figure: float | None = getattr(facts.school, divide_by)
    return exact(figure) if figure else Silence(because(ReasonCode.SCHOOL_FACT_MISSING, fact=f"fact.{divide_by}"))


def read(measure: Measure, known: Sequence[Sample], divisor: Fraction, now: datetime) -> Reading | Silence:
    """``known`` is not empty and newest first."""
    window = measure.window_days or measure.max_age_days or _FOREVER
    limit = min(measure.max_age_days or _FOREVER, window)
    recent = [sample for sample in known if now - sample.at <= timedelta(days=window)]
    if not recent:
        return _stale(known[0], limit, now)
    far = [sample for sample in recent if went_far_enough(measure, sample)]
    if not far:
        return Silence(_path_reason(recent[0]), recent[:1])
    if now - far[0].at > timedelta(days=limit):
        return _stale(far[0], limit, now)
    told = [sample for sample in far if sample.value is not None]
    newest = [sample for sample in told if sample.report_id == far[0].report_id]
    if not told or (measure.statistic is Statistic.LATEST and not newest):
        return Silence(far[0].because or because(ReasonCode.NEVER_MEASURED), far[:1])
    if len(told) < measure.min_samples:
        return Silence(because(ReasonCode.TOO_FEW_SAMPLES, found=len(told), needed=measure.min_samples), told)
    days = len({sample.at.astimezone(CHINA).date() for sample in told})
    if days < measure.min_days:
        return Silence(because(ReasonCode.TOO_FEW_DAYS, found=days, needed=measure.min_days), told)
    return _reduce(measure.statistic, newest if measure.statistic is Statistic.LATEST else told, told, divisor)


def went_far_enough(measure: Measure, sample: Sample) -> bool:
    """A "no" without a path counts: where nothing came through, nothing can have taken too short a way."""
    return not measure.paths or sample.path in measure.paths or (sample.path is None and sample.value is False)


def _path_reason(newest: Sample) -> Reason:
    if newest.path is None:  # nothing was reached; the check may know why
        return newest.because or because(ReasonCode.EGRESS_NOT_PROVEN)
    return because(_PATH_REASONS.get(newest.path, ReasonCode.EGRESS_NOT_PROVEN))


def _stale(newest: Sample, limit: int, now: datetime) -> Silence:
    """Ages are rounded up: an hour over the limit is not printed as the limit itself."""
    age = -((newest.at - now) // timedelta(days=1))
    return Silence(because(ReasonCode.STALE, age_days=age, max_age_days=limit), [newest])


def _reduce(statistic: Statistic, used: Sequence[Sample], told: Sequence[Sample], divisor: Fraction) -> Reading:
    used = _informative(statistic, used)
    pairs = _numbers(used)
    if not pairs:
        texts = sorted({str(sample.value) for sample in used})
        return Reading(", ".join(texts), used[0].bound, None, used, told, divisor)
    low = reduce(statistic, [interval(*pair).low for pair in pairs])
    high = reduce(statistic, [interval(*pair).high for pair in pairs])
    plain = reduce(statistic, [exact(value) for value, _ in pairs])
    truth = statistic is not Statistic.SHARE_TRUE and all(isinstance(value, bool) for value, _ in pairs)
    number = Interval(low, high).over(divisor)
    bound = Bound.AT_LEAST if high > plain else Bound.AT_MOST if low < plain else Bound.EXACT
    return Reading(bool(plain) if truth else to_plain(plain / divisor), bound, number, used, told, divisor)


def _numbers(samples: Sequence[Sample]) -> list[tuple[float, Bound]]:
    return [(sample.value, sample.bound) for sample in samples if isinstance(sample.value, int | float)]


def _informative(statistic: Statistic, used: Sequence[Sample]) -> Sequence[Sample]:
    """
    Leaves out limits that say no more than the exact samples do.

    A laptop that shows "at least 30" every night over Wi-Fi must neither drag down nor hide what a wired machine measured.
    One that shows more than the exact samples contradicts them, and stays in. ``latest`` and a share are over all they have.
    """
    firm = [exact(value) for value, bound in _numbers(used) if bound is Bound.EXACT]
    if not firm or statistic in (Statistic.LATEST, Statistic.SHARE_TRUE):
        return used
    settled = reduce(statistic, firm)

    def says_more(sample: Sample) -> bool:
        if not isinstance(sample.value, int | float) or sample.bound is Bound.EXACT:
            return True
        limit = exact(sample.value)
        return limit > settled if sample.bound is Bound.AT_LEAST else limit < settled

    return [sample for sample in used if says_more(sample)]


def to_plain(number: Fraction) -> float:
    """For the wire: a whole number as int, else the nearest double. Comparisons use the fraction."""
    return int(number) if number.denominator == 1 else float(number)
