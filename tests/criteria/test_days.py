"""Windows, days at +08:00, ties at the threshold and the distance to it: tables worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from contract.outcome import Bound, Outcome
from contract.reason import ReasonCode
from contract.units import Unit
from criteria.judge import judge
from criteria.pack import Expect, Statistic
from tests.criteria.examples import NOW, criterion, facts, measure, sample

MET, UNMET, UNKNOWN = Outcome.MET, Outcome.UNMET, Outcome.UNKNOWN
R = ReasonCode
NOON = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)
"""Noon at +08:00."""


def hours_before(*hours: float) -> list[float]:
    return [hour / 24 for hour in hours]


# Midnight at +08:00 lies 12 h before noon: 11 h before is today, 13 h before is yesterday.
DAYS = [
    ("one day asked, one day", 1, [1], MET),
    ("two asked, both today", 2, [1, 11], UNKNOWN),
    ("two asked, one minute before midnight", 2, [1, 12.02], MET),
    ("two asked, on midnight itself is today", 2, [1, 12], UNKNOWN),
    ("two asked, 13 h and 35 h: two days before today", 2, [13, 37], MET),
    ("two asked, 13 h and 35 h 59: one day", 2, [13, 35.9], UNKNOWN),
    ("one UTC day that is two days in China", 2, [11, 13], MET),
    ("two UTC days that are one day in China", 2, [3, 5], UNKNOWN),
    ("three asked, three", 3, [1, 25, 49], MET),
    ("three asked, a day missing, still three", 3, [1, 49, 97], MET),
    ("three asked, two and many tests", 3, [1, 2, 3, 4, 25, 26, 27], UNKNOWN),
    ("seven asked, seven", 7, [1, 25, 49, 73, 97, 121, 145], MET),
    ("seven asked, six", 7, [1, 25, 49, 73, 97, 121, 122], UNKNOWN),
]


@pytest.mark.parametrize(("least", "hours", "outcome"), [row[1:] for row in DAYS], ids=[row[0] for row in DAYS])
def test_days_are_counted_where_the_schools_are(least: int, hours: list[float], outcome: Outcome) -> None:
    rule = criterion(measure=measure(min_days=least, window_days=30))
    result = judge(rule, facts(*[sample(100, days) for days in hours_before(*hours)]), NOON)
    assert result.outcome is outcome
    if outcome is UNKNOWN:
        assert result.reason.code is R.TOO_FEW_DAYS


ZONES = ["2026-01-15T12:00:00+08:00", "2026-01-15T04:00:00+00:00", "2026-01-14T23:00:00-05:00", "2026-01-15T09:30:00+05:30"]


@pytest.mark.parametrize("moment", ZONES)
@pytest.mark.parametrize(("least", "hours", "outcome"), [row[1:] for row in DAYS[:6]], ids=[row[0] for row in DAYS[:6]])
def test_the_zone_that_a_time_is_written_in_changes_nothing(
    moment: str, least: int, hours: list[float], outcome: Outcome
) -> None:
    rule = criterion(measure=measure(min_days=least, window_days=30))
    now = datetime.fromisoformat(moment)
    assert judge(rule, facts(*[sample(100, days) for days in hours_before(*hours)]), now).outcome is outcome


# window, max age, age of the newest sample in days, outcome, reason
WINDOWS: list[tuple[int | None, int | None, float, Outcome, ReasonCode]] = [
    (30, None, 0, MET, R.AS_REQUIRED),
    (30, None, 29.999, MET, R.AS_REQUIRED),
    (30, None, 30, MET, R.AS_REQUIRED),
    (30, None, 30.001, UNKNOWN, R.STALE),
    (30, 7, 7, MET, R.AS_REQUIRED),
    (30, 7, 7.001, UNKNOWN, R.STALE),
    (30, 7, 29, UNKNOWN, R.STALE),
    (None, 7, 7, MET, R.AS_REQUIRED),
    (None, 7, 8, UNKNOWN, R.STALE),
    (None, None, 3000, MET, R.AS_REQUIRED),
    (1, 1, 1, MET, R.AS_REQUIRED),
    (1, 1, 1.01, UNKNOWN, R.STALE),
    (365, 30, 30, MET, R.AS_REQUIRED),
    (365, 30, 31, UNKNOWN, R.STALE),
    (30, 30, -0.001, UNKNOWN, R.NEVER_MEASURED),  # received after the moment of judging: not known yet
]


@pytest.mark.parametrize(("window", "oldest", "age", "outcome", "reason"), WINDOWS)
def test_a_window_ends_to_the_second(
    window: int | None, oldest: int | None, age: float, outcome: Outcome, reason: ReasonCode
) -> None:
    result = judge(criterion(measure=measure(window_days=window, max_age_days=oldest)), facts(sample(100, age)), NOW)
    assert (result.outcome, result.reason.code) == (outcome, reason)


LEAST, MOST = {"at_least": 100}, {"at_most": 50}
TIES = [
    (LEAST, 100, MET, 0),
    (LEAST, 100.0, MET, 0),
    (LEAST, 99.9999999, UNMET, -1e-07),
    (LEAST, 100.0000001, MET, 1e-07),
    (LEAST, 0, UNMET, -100),
    (LEAST, 1e9, MET, 999999900),
    ({"at_least": 98.5}, 98.5, MET, 0),
    ({"at_least": 98.5}, 98.4996, UNMET, -0.0004),
    ({"at_least": 0.1}, 0.1, MET, 0),
    ({"at_least": 0.3}, 0.1 + 0.2, MET, 4e-17),  # the float that was sent, to its last digit
    (MOST, 50, MET, 0),
    (MOST, 50.01, UNMET, -0.01),
    (MOST, 0, MET, 50),
    ({"between": [10, 20]}, 10, MET, 0),
    ({"between": [10, 20]}, 20, MET, 0),
    ({"between": [10, 20]}, 15, MET, 5),
    ({"between": [10, 20]}, 9.99, UNMET, -0.01),
    ({"between": [10, 20]}, 20.5, UNMET, -0.5),
    ({"equals": 5}, 5, MET, None),
    ({"equals": 5}, 5.0, MET, None),
    ({"equals": 5}, 4.999, UNMET, None),
    ({"equals": 0}, 0, MET, None),
]


@pytest.mark.parametrize(("expect", "value", "outcome", "distance"), TIES)
def test_a_tie_reaches_the_threshold_and_the_distance_is_exact(
    expect: dict[str, float], value: float, outcome: Outcome, distance: float | None
) -> None:
    rule = criterion(measure=measure(statistic=Statistic.LATEST), expect=Expect(**expect))  # type: ignore[arg-type]
    result = judge(rule, facts(sample(value)), NOW)
    assert result.outcome is outcome
    assert result.distance == (None if distance is None else pytest.approx(distance, rel=1e-9, abs=1e-16))


# statistic over 10, 20 … 100 (ten samples): nearest rank
RANKS = [
    (Statistic.P10, 10), (Statistic.P25, 30), (Statistic.P50, 50), (Statistic.P75, 80), (Statistic.P90, 90),
    (Statistic.MIN, 10), (Statistic.MAX, 100),
]  # fmt: skip


@pytest.mark.parametrize(("statistic", "value"), RANKS)
@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_the_statistic_and_not_the_mean_decides(statistic: Statistic, value: int, shift: int) -> None:
    rule = criterion(measure=measure(statistic=statistic), expect=Expect(at_least=value + shift))
    result = judge(rule, facts(*[sample(10 * step, step) for step in range(1, 11)]), NOW)
    assert result.value == value
    assert result.outcome is (MET if shift <= 0 else UNMET)


# percent asked, true samples, all samples
SHARES = [
    (80, 8, 10, MET), (80, 79, 100, UNMET), (80, 80, 100, MET), (80, 4, 5, MET), (80, 3, 4, UNMET), (80, 2400, 3000, MET),
    (80, 2399, 3000, UNMET), (66.6, 2, 3, MET), (66.7, 2, 3, UNMET), (100, 99, 100, UNMET), (100, 100, 100, MET),
    (0, 0, 5, MET), (33.4, 1, 3, UNMET), (33.3, 1, 3, MET), (90, 9, 10, MET), (90, 89, 99, UNMET),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "true", "total", "outcome"), SHARES)
def test_a_share_is_exact(asked: float, true: int, total: int, outcome: Outcome) -> None:
    given = measure(unit=Unit.YES_NO, statistic=Statistic.SHARE_TRUE)
    rule = criterion(measure=given, expect=Expect(at_least=asked))
    samples = [sample(place < true, place / total, unit=Unit.YES_NO, report_id=f"r{place}") for place in range(total)]
    assert judge(rule, facts(*samples), NOW).outcome is outcome


# value, bound, at_least 100 → outcome: a limit decides only where it can
LIMITS = [
    (100, Bound.AT_LEAST, MET), (99, Bound.AT_LEAST, UNKNOWN), (0, Bound.AT_LEAST, UNKNOWN), (500, Bound.AT_LEAST, MET),
    (100, Bound.AT_MOST, UNKNOWN), (99, Bound.AT_MOST, UNMET), (500, Bound.AT_MOST, UNKNOWN), (100, Bound.EXACT, MET),
    (99, Bound.EXACT, UNMET),
]  # fmt: skip


@pytest.mark.parametrize(("value", "bound", "outcome"), LIMITS)
@pytest.mark.parametrize("times", [1, 3, 10])
def test_a_limit_never_becomes_a_failure_by_repetition(value: float, bound: Bound, outcome: Outcome, times: int) -> None:
    samples = [sample(value, day, bound=bound) for day in range(1, times + 1)]
    assert judge(criterion(), facts(*samples), NOW).outcome is outcome


# misses needed, tests that miss, tests that pass (older) → outcome by the lowest value
MISSES = [
    (1, 1, 0, UNMET), (2, 1, 0, UNKNOWN), (2, 2, 0, UNMET), (3, 2, 5, UNKNOWN), (3, 3, 5, UNMET), (3, 0, 5, MET),
    (5, 4, 0, UNKNOWN), (5, 5, 0, UNMET), (5, 6, 1, UNMET),
]  # fmt: skip


@pytest.mark.parametrize(("needed", "bad", "good", "outcome"), MISSES)
def test_a_failure_needs_its_number_of_misses(needed: int, bad: int, good: int, outcome: Outcome) -> None:
    rule = criterion(measure=measure(statistic=Statistic.MIN, unmet_min_samples=needed))
    samples = [sample(90, 0.1 + place / 100) for place in range(bad)] + [sample(110, 2 + place) for place in range(good)]
    assert judge(rule, facts(*samples), NOW).outcome is outcome


# value, fact, asked for each → outcome
DIVIDED = [
    (100, 1000, 0.1, MET), (99.9, 1000, 0.1, UNMET), (20, 400, 0.05, MET), (30, 601, 0.05, UNMET), (0.1, 3, 0.0333, MET),
    (0.1, 3, 0.0334, UNMET), (1, 3, 0.3333333333, MET), (1, 3, 0.3333333334, UNMET), (50, 50, 1, MET), (999, 1000, 1, UNMET),
]  # fmt: skip


@pytest.mark.parametrize(("value", "students", "asked", "outcome"), DIVIDED)
def test_a_value_per_student_is_compared_without_rounding(
    value: float, students: int, asked: float, outcome: Outcome
) -> None:
    rule = criterion(divide_by="students", expect=Expect(at_least=asked))
    assert judge(rule, facts(sample(value), students=students), NOW).outcome is outcome


def test_rescoring_the_past_does_not_know_the_future() -> None:
    known = facts(sample(90, 10), sample(120, 1))
    rule = criterion(measure=measure(statistic=Statistic.LATEST, window_days=30))
    assert [judge(rule, known, NOW - timedelta(days=days)).outcome for days in (11, 10, 2, 1, 0)] == [
        UNKNOWN, UNMET, UNMET, MET, MET,
    ]  # fmt: skip
