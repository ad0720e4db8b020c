"""Every measurement of a criterion's measure: which of them its outcome rests on, and why the others do not count."""

from datetime import datetime, timedelta

from contract.explanation import SampleUse
from contract.message import Message
from criteria.facts import Facts, Sample
from criteria.pack import Criterion, Measure, Statistic
from criteria.reading import Reading, Silence, divisor_of, eligible, read, went_far_enough


def evidence_of(criterion: Criterion, facts: Facts, now: datetime) -> list[SampleUse]:
    """Newest first; empty where nothing is measured for the criterion."""
    measure = criterion.measure
    if measure is None:
        return []
    used = _used(criterion, measure, facts, now)
    samples = sorted(facts.samples.get(measure.name, []), key=lambda one: (one.at, one.report_id), reverse=True)
    return [
        SampleUse(
            at=sample.at,
            value=sample.value,
            unit=sample.unit,
            report_id=sample.report_id,
            agent_id=sample.agent_id,
            used=id(sample) in used,
            bound=sample.bound,
            path=sample.path,
            because=sample.because,
            excluded=None if id(sample) in used else _why_not(measure, sample, now),
        )
        for sample in samples
    ]


def _used(criterion: Criterion, measure: Measure, facts: Facts, now: datetime) -> set[int]:
    """The samples that the statistic was taken over, by identity: two may be equal in every value."""
    known = eligible(measure, facts, now)
    divisor = divisor_of(facts, criterion.divide_by)
    if not known or isinstance(divisor, Silence) or not criterion.applies.covers(facts.school):
        return set()
    groups = [known]
    if measure.per == "device":
        groups = [[one for one in known if one.agent_id == agent] for agent in sorted({one.agent_id for one in known})]
    found: set[int] = set()
    for group in groups:
        reading = read(measure, group, divisor, now)
        if isinstance(reading, Reading):
            found.update(id(sample) for sample in reading.used)
    return found


def _why_not(measure: Measure, sample: Sample, now: datetime) -> Message:
    """The first of the judge's own steps that leaves the sample out."""
    if sample.at > now:
        return Message("excluded.later")
    if sample.check_version < measure.min_check_version:
        return Message("excluded.old_check", {"found": sample.check_version, "needed": measure.min_check_version})
    if sample.unit is not measure.unit:
        return Message("excluded.unit", {"found": sample.unit.value, "needed": measure.unit.value})
    window = measure.window_days or measure.max_age_days
    if window is not None and now - sample.at > timedelta(days=window):
        return Message("excluded.outside_window", {"days": window})
    if not went_far_enough(measure, sample):
        return Message("excluded.path", {"path": f"path.{sample.path.value}" if sample.path else "path.none"})
    if sample.value is None:
        return Message("excluded.no_value")
    if measure.statistic is Statistic.LATEST:
        return Message("excluded.not_newest")
    if sample.bound.value != "exact":
        return Message("excluded.only_a_limit")
    return Message("excluded.undecided")
