"""Whether a criterion's measure, statistic and success condition fit each other and can be reached at all."""

from collections.abc import Iterator, Mapping

from contract.document import Document, Fault
from contract.units import Unit
from criteria.pack import Criterion, Expect, Measure, Pack, Statistic

_TRUTH = frozenset({Statistic.LATEST, Statistic.ANY_TRUE, Statistic.SHARE_TRUE})
_LARGEST = 1e15
"""No value on the wire is larger (:data:`contract.report.Number`)."""


def condition_faults(document: Document[Pack], item: Criterion, key: str, catalogue: Mapping[str, Unit]) -> Iterator[Fault]:
    """Faults of a measured criterion."""
    measure, expect = item.measure, item.expect
    if measure is None:
        yield document.fault(key, "pack.measure_missing")
    else:
        yield from _measure_faults(document, measure, f"{key}.measure", catalogue)
    if expect is None or not expect.given:
        yield document.fault(f"{key}.expect", "pack.expect_missing")
    elif len(expect.given) > 1:
        given = ", ".join(operator for operator, _ in expect.given)
        yield document.fault(f"{key}.expect", "pack.expect_not_one", given=given)
    elif measure is not None:
        yield from _threshold_faults(document, item, measure, expect, f"{key}.expect")


def _measure_faults(document: Document[Pack], measure: Measure, key: str, catalogue: Mapping[str, Unit]) -> Iterator[Fault]:
    unit = catalogue.get(measure.name)
    if unit is None:
        yield document.fault(f"{key}.name", "pack.measure_unknown", measure=measure.name)
    elif unit is not measure.unit:
        yield document.fault(
            f"{key}.unit", "pack.unit_differs", measure=measure.name, found=unit.value, given=measure.unit.value
        )
    if not _statistic_fits(measure):
        yield document.fault(
            f"{key}.statistic", "pack.statistic_type", statistic=measure.statistic.value, unit=measure.unit.value
        )
    window, age = measure.window_days, measure.max_age_days
    if window is not None and age is not None and age > window:
        yield document.fault(f"{key}.max_age_days", "pack.samples_outlive_window", max_age_days=age, window_days=window)
    reach = window or age
    if reach is not None and measure.min_days > reach + 1:  # a window of n x 24 h touches n + 1 calendar days
        yield document.fault(f"{key}.min_days", "pack.days_unreachable", min_days=measure.min_days, window_days=reach)


def _statistic_fits(measure: Measure) -> bool:
    if measure.unit is Unit.YES_NO:
        return measure.statistic in _TRUTH
    if measure.unit is Unit.TEXT:
        return measure.statistic is Statistic.LATEST
    return measure.statistic not in (Statistic.ANY_TRUE, Statistic.SHARE_TRUE)


def _threshold_faults(
    document: Document[Pack], item: Criterion, measure: Measure, expect: Expect, key: str
) -> Iterator[Fault]:
    operator, threshold = expect.given[0]
    if not _operator_fits(item, measure, expect):
        yield document.fault(
            f"{key}.{operator}",
            "pack.threshold_type",
            operator=operator,
            unit=measure.unit.value,
            statistic=measure.statistic.value,
        )
        return
    if operator == "share_at_least" and measure.per != "device":
        yield document.fault(f"{key}.{operator}", "pack.share_needs_devices")
    limits = [float(limit) for limit in threshold if isinstance(limit, int | float) and not isinstance(limit, bool)]
    if not limits:
        return
    if operator == "between" and limits[0] > limits[1]:
        yield document.fault(f"{key}.{operator}", "pack.threshold_order", low=limits[0], high=limits[1])
        return
    share = measure.unit is Unit.PERCENT or measure.statistic is Statistic.SHARE_TRUE
    highest = 100.0 if share and item.divide_by is None else _LARGEST
    too_high = operator in ("at_least", "between", "equals") and limits[0] > highest
    too_low = operator in ("at_most", "between", "equals") and limits[-1] < 0
    if too_high or too_low:
        found = limits[0] if too_high else limits[-1]
        yield document.fault(f"{key}.{operator}", "pack.threshold_unreachable", threshold=found, low=0, high=highest)


def _operator_fits(item: Criterion, measure: Measure, expect: Expect) -> bool:
    operator, threshold = expect.given[0]
    if operator == "share_at_least":
        return measure.unit is Unit.YES_NO and measure.statistic is not Statistic.SHARE_TRUE and item.divide_by is None
    if measure.unit is Unit.TEXT:
        return operator in ("equals", "one_of", "contains_all") and all(isinstance(text, str) for text in threshold)
    if measure.unit is Unit.YES_NO and measure.statistic is not Statistic.SHARE_TRUE:
        return operator == "equals" and isinstance(threshold[0], bool) and item.divide_by is None
    numbers = all(isinstance(limit, int | float) and not isinstance(limit, bool) for limit in threshold)
    return numbers and operator in ("at_least", "at_most", "between", "equals")
