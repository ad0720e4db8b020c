"""
What is made of several samples, with limits carried along.

A sample that is only a limit stands for an interval: ``at_least 60`` is everything from 60 up. Every statistic here rises
when a sample rises, so the statistic of the lower ends and of the upper ends enclose the true one, and a comparison is
certain when it comes out alike at both ends.

Numbers are exact fractions of the decimals as written (``98.5`` is 197/2): a value on the threshold is never lost to
binary rounding, neither in a share nor in a value per pupil.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from contract.outcome import Bound
from contract.score import Operator
from criteria.pack import Statistic

BEYOND = Fraction(10**30)
"""Stands for infinity: the wire format allows no value above 1e15, and no school fact to divide by above 1e6."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies, both ends included."""

    low: Fraction
    high: Fraction

    def over(self, divisor: Fraction) -> "Interval":
        """Divided by a positive number."""
        return Interval(self.low / divisor, self.high / divisor)


def exact(value: float) -> Fraction:
    """The decimal that a float was written as; True is 1."""
    return Fraction(int(value)) if isinstance(value, int) else Fraction(repr(value))


def interval(value: float, bound: Bound) -> Interval:
    """The interval that a sample stands for; that of a truth value stays within 0 and 1."""
    number = exact(value)
    lowest, highest = (Fraction(0), Fraction(1)) if isinstance(value, bool) else (-BEYOND, BEYOND)
    return Interval(
        lowest if bound is Bound.AT_MOST else number,
        highest if bound is Bound.AT_LEAST else number,
    )


def reduce(statistic: Statistic, numbers: Sequence[Fraction]) -> Fraction:
    """
    One number from one or more.

    Percentiles are nearest-rank: pN is the smallest value that at least N % of the values do not exceed, the
    ceil(N x n / 100)-th from below. It is always a value that was measured, so that a report can be shown for it.
    ``latest`` expects the values of the newest report only; the lowest is taken where it has several subjects.
    """
    ordered = sorted(numbers)
    match statistic:
        case Statistic.MIN | Statistic.LATEST:
            return ordered[0]
        case Statistic.MAX | Statistic.ANY_TRUE:
            return ordered[-1]
        case Statistic.SHARE_TRUE:
            return share(ordered)
        case _:
            percent = int(statistic.value.removeprefix("p"))
            return ordered[-(-percent * len(ordered) // 100) - 1]


def share(numbers: Sequence[Fraction]) -> Fraction:
    """Percent of ones among noughts and ones."""
    return Fraction(100) * sum(numbers, Fraction(0)) / len(numbers)


def succeeds(operator: Operator, threshold: Sequence[float | bool | str], found: Interval) -> bool | None:
    """Whether the condition holds: for certain, certainly not, or None where the interval does not decide."""
    limits = [exact(limit) for limit in threshold if not isinstance(limit, str)]
    if len(limits) != len(threshold):  # a number is no text
        return False
    match operator:
        case "at_least" | "share_at_least":
            yes, no = found.low >= limits[0], found.high < limits[0]
        case "at_most":
            yes, no = found.high <= limits[0], found.low > limits[0]
        case "between":
            low, high = limits
            yes, no = low <= found.low and found.high <= high, found.high < low or found.low > high
        case _:
            yes = found.low == found.high == limits[0]
            no = not found.low <= limits[0] <= found.high
    return True if yes else False if no else None
