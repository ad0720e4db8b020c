"""Values in words: a table per kind of value."""

from datetime import timedelta
from random import Random

import pytest

from contract.outcome import Bound
from contract.score import CriterionResult
from contract.units import Unit
from locales.texts import Texts
from tests.tui.county import NOW, County, scorecard
from tui.glyphs import ASCII, UNICODE
from tui.wording import Words

ZH = Words(Texts("zh_CN"))


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "刚刚", "just now"),
        (-900, "刚刚", "just now"),
        (59, "刚刚", "just now"),
        (60, "1 分钟前", "1 min ago"),
        (3599, "59 分钟前", "59 min ago"),
        (3600, "1 小时前", "1 h ago"),
        (86399, "23 小时前", "23 h ago"),
        (86400, "1 天前", "1 d ago"),
        (40 * 86400, "40 天前", "40 d ago"),
    ],
)
def test_ages(seconds: int, zh: str, en: str) -> None:
    at = NOW - timedelta(seconds=seconds)
    assert ZH.age(at, NOW) == zh
    assert Words(Texts("en")).age(at, NOW) == en


@pytest.mark.parametrize(
    ("figures", "drawn"),
    [
        ((85.7, 85.7, 100.0), " 85.7 [85.7–100]"),
        ((100.0, 100.0, 100.0), "100.0"),
        ((None, 0.0, 100.0), "    — [0–100]"),
        ((None, None, None), "    —"),
        ((0.0, 0.0, 0.0), "  0.0"),
    ],
)
def test_scores_with_their_interval(figures: tuple[float | None, ...], drawn: str) -> None:
    assert ZH.score(*figures) == drawn


@pytest.mark.parametrize(
    ("value", "unit", "bound", "drawn"),
    [
        (None, Unit.MBIT_S, Bound.EXACT, "—"),
        (42.5, Unit.MBIT_S, Bound.EXACT, "42.5 Mbit/s"),
        (940.0, Unit.MBIT_S, Bound.AT_LEAST, "≥ 940 Mbit/s"),
        (12, Unit.COUNT, Bound.AT_MOST, "≤ 12 个"),
        (True, Unit.YES_NO, Bound.EXACT, "是"),
        (False, Unit.YES_NO, Bound.EXACT, "否"),
        (98.25, Unit.PERCENT, Bound.EXACT, "98.25%"),
        ("a\x1bb", Unit.TEXT, Bound.EXACT, "a\\x1bb"),
    ],
)
def test_measured_values(value: float | bool | str | None, unit: Unit, bound: Bound, drawn: str) -> None:
    assert ZH.value(value, unit, bound) == drawn


@pytest.mark.parametrize(
    ("operator", "threshold", "unit", "drawn"),
    [
        (None, [], Unit.NONE, ""),
        ("at_least", [100.0], Unit.MBIT_S, "≥ 100 Mbit/s"),
        ("between", [10.0, 20.0], Unit.MS, "10 至 20 毫秒"),
        ("equals", [True], Unit.YES_NO, "应为“是”"),
        ("one_of", ["a", "b"], Unit.TEXT, "为其中之一：a, b"),
    ],
)
def test_thresholds(operator: object, threshold: list[float | bool | str], unit: Unit, drawn: str) -> None:
    plain = scorecard(County(1).rows[0], Random(1), NOW).results[0]
    result = CriterionResult(
        criterion=plain.criterion,
        title=plain.title,
        clause="",
        quote="",
        outcome=plain.outcome,
        reason=plain.reason,
        weight=1,
        unit=unit,
        operator=operator,  # type: ignore[arg-type]
        threshold=threshold,
    )
    assert ZH.required(result) == drawn


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_a_bar_has_its_cells_and_never_shows_more_than_is_possible(glyphs: object) -> None:
    assert glyphs in (UNICODE, ASCII)
    for low in range(0, 101, 5):
        for high in range(low, 101, 5):
            bar = (UNICODE if glyphs is UNICODE else ASCII).bar(low, high, 20)
            assert len(bar) == 20
            assert bar.count((UNICODE if glyphs is UNICODE else ASCII).solid) == round(low / 5)
