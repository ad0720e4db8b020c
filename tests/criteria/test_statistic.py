"""Statistics are exact, and an interval always holds the true value."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.outcome import Bound
from criteria.pack import Statistic
from criteria.statistic import BEYOND, Interval, exact, interval, reduce, succeeds

PERCENTILES = [Statistic.P10, Statistic.P25, Statistic.P50, Statistic.P75, Statistic.P90]
numbers = st.integers(min_value=0, max_value=1000).map(Fraction)


@pytest.mark.parametrize(
    ("statistic", "count", "rank"),
    [
        (Statistic.P90, 1, 1),
        (Statistic.P90, 2, 2),
        (Statistic.P90, 9, 9),
        (Statistic.P90, 10, 9),
        (Statistic.P90, 11, 10),
        (Statistic.P90, 20, 18),
        (Statistic.P50, 1, 1),
        (Statistic.P50, 2, 1),
        (Statistic.P50, 3, 2),
        (Statistic.P10, 9, 1),
        (Statistic.P10, 11, 2),
        (Statistic.P25, 4, 1),
        (Statistic.P75, 4, 3),
        (Statistic.P75, 5, 4),
    ],
)
def test_a_percentile_is_the_nearest_rank(statistic: Statistic, count: int, rank: int) -> None:
    assert reduce(statistic, [Fraction(value) for value in range(count, 0, -1)]) == rank


@given(st.lists(numbers, min_size=1), st.sampled_from(PERCENTILES))
def test_a_percentile_is_the_smallest_measured_value_that_enough_do_not_exceed(
    values: list[Fraction], statistic: Statistic
) -> None:
    percent = int(statistic.value[1:])
    found = reduce(statistic, values)

    def enough(limit: Fraction) -> bool:
        return 100 * sum(value <= limit for value in values) >= percent * len(values)

    assert found in values
    assert enough(found)
    assert not any(enough(value) for value in values if value < found)


def test_numbers_are_the_decimals_that_were_written() -> None:
    assert exact(98.5) == Fraction(197, 2)
    assert exact(0.1) * 3 == exact(0.3)
    assert exact(1e-7) == Fraction(1, 10**7)
    assert exact(True) == 1


@given(
    st.lists(st.tuples(numbers, numbers, numbers).map(sorted), min_size=1, max_size=12),
    st.sampled_from([item for item in Statistic if item is not Statistic.SHARE_TRUE]),
    numbers,
)
def test_a_certain_answer_is_right_whatever_the_true_values_are(
    triples: list[list[Fraction]], statistic: Statistic, limit: Fraction
) -> None:
    """Each triple is a lower limit, the true value and an upper limit."""
    found = Interval(reduce(statistic, [low for low, _, _ in triples]), reduce(statistic, [high for _, _, high in triples]))
    truth = reduce(statistic, [true for _, true, _ in triples])
    assert found.low <= truth <= found.high
    assert succeeds("at_least", [float(limit)], found) in (None, truth >= limit)
    assert succeeds("at_most", [float(limit)], found) in (None, truth <= limit)
    assert succeeds("equals", [float(limit)], found) in (None, truth == limit)
    assert succeeds("between", [float(limit), float(limit) + 50], found) in (None, limit <= truth <= limit + 50)


def test_the_limit_of_a_truth_value_stays_a_truth_value() -> None:
    assert interval(False, Bound.AT_LEAST) == Interval(Fraction(0), Fraction(1))
    assert interval(True, Bound.AT_LEAST) == Interval(Fraction(1), Fraction(1))
    assert interval(60, Bound.AT_LEAST) == Interval(Fraction(60), BEYOND)
    assert interval(60, Bound.AT_MOST) == Interval(-BEYOND, Fraction(60))
