"""The scored table as a reader sees it: golden files in both languages, and the traits they cannot show."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from contract.message import Bilingual
from contract.outcome import Bound, Outcome, Provenance, Verdict
from contract.reason import Reason, ReasonCode, because
from contract.score import CriterionResult, Scorecard, Waiver
from contract.units import Unit
from locales.scorecard import age_text, number_text, scorecard_lines, threshold_text, value_text
from locales.table import width
from locales.texts import LANGUAGES, Texts

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)
ZH, EN = Texts("zh_CN"), Texts("en")


def result(id_: str, zh: str, en: str, outcome: Outcome, reason: Reason, **more: object) -> CriterionResult:
    given = {"clause": "二（七）1", "quote": "原文", "weight": 2, **more}
    return CriterionResult(criterion=id_, title=Bilingual(zh, en), outcome=outcome, reason=reason, **given)  # type: ignore[arg-type]


SPEED = {
    "unit": Unit.MBIT_S,
    "operator": "at_least",
    "threshold": [98.5],
    "measure": "bandwidth.download_line_mbit_s",
    "statistic": "p90",
}
YES = {"unit": Unit.YES_NO, "operator": "equals", "threshold": [True], "measure": "wired.egress_is_wired"}
FIX = Bilingual(
    "对照接入合同核对带宽，向运营商报障或申请提速。", "Compare with the contract; have the line repaired or raised."
)
CARD = Scorecard(
    pack="cn-henan-jiaozuo-2019",
    pack_version="2019.1",
    scoring_digest="0" * 64,
    school_id="s1",
    scored_at=NOW,
    verdict=Verdict.FALLS_SHORT,
    score=66.7,
    coverage=60.0,
    floor=40.0,
    ceiling=80.0,
    pass_mark=80,
    min_coverage=80,
    weight_met=4,
    weight_unmet=2,
    weight_applicable=10,
    results=[
        result(
            "JZ-7.1.01", "有线网络覆盖", "Wired network", Outcome.MET, because(ReasonCode.AS_REQUIRED),
            value=True, measured_at=NOW - timedelta(hours=5), samples=1, required=True,
            provenance=Provenance.AGENT_MEASURED, **YES,
        ),
        result(
            "JZ-7.1.02", "网络出口带宽 100 兆级", "Internet line of the 100 Mbit/s class", Outcome.UNMET,
            because(ReasonCode.BELOW_REQUIREMENT), value=98.4996, measured_at=NOW - timedelta(days=2), samples=3,
            required=True, gain=33.3, effort="high", fix=FIX, **SPEED,
        ),
        result(
            "X.1", "下行速率", "Download", Outcome.UNKNOWN,
            because(ReasonCode.NIC_IS_THE_LIMIT, speed_mbit_s=100, value=94.2),
            value=94.2, bound=Bound.AT_LEAST, measured_at=NOW, gain=8.3, effort="low", **SPEED,
        ),
        result(
            "X.2", "检测", "Check", Outcome.ERROR, because(ReasonCode.CHECK_TIMED_OUT, limit_s=60), gain=8.3, **SPEED,
            waiver=Waiver(
                criterion="X.2", reason="施工", approved_by="县教育局", expires=datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
            ),
        ),
        result(
            "JZ-7.1.04", "达到河南省中小学校数字校园评估标准基本要求",
            "Basic requirements of the Henan digital campus standard",
            Outcome.MANUAL, because(ReasonCode.ATTESTATION_MISSING), gain=8.3, effort="medium",
        ),
        result(
            "JZ-7.1.06", "校园网支持 IPv6", "Campus network with IPv6", Outcome.NOT_APPLICABLE,
            because(ReasonCode.NOT_FOR_THIS_KIND, kind="school_kind.primary"), **YES,
        ),
    ],
    fixes=["JZ-7.1.02", "X.1", "JZ-7.1.04"],
    waived_score=66.7,
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cells", [80, 120, None])
def test_the_page_is_as_it_was_approved(language: str, cells: int | None) -> None:
    expected = (GOLDEN / f"scorecard-{language}-{cells or 'wide'}.txt").read_text("utf-8")
    assert scorecard_lines(CARD, Texts(language), width=cells, now=NOW) + "\n" == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cells", [80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal(language: str, cells: int) -> None:
    page = scorecard_lines(CARD, Texts(language), width=cells, now=NOW)
    assert max(map(width, page.splitlines())) <= cells


def test_it_is_never_narrower_than_it_can_be_read() -> None:
    page = scorecard_lines(CARD, ZH, width=20, now=NOW)
    assert "98.4996 Mbit/s" in page


def test_nothing_decided_is_a_dash_and_no_number() -> None:
    empty = structs.replace(CARD, score=None, coverage=0.0, floor=0.0, ceiling=100.0, waived_score=None)
    page = scorecard_lines(empty, ZH, width=None, now=NOW)
    assert "得分 —（0.0–100.0）" in page
    assert "得分可提高" not in page


def test_no_waiver_means_no_second_score() -> None:
    assert "计豁免后" in scorecard_lines(CARD, ZH, width=None, now=NOW)
    assert "计豁免后" not in scorecard_lines(structs.replace(CARD, waived_score=None), ZH, width=None, now=NOW)


def test_a_name_from_the_pack_cannot_write_on_the_terminal() -> None:
    bad = structs.replace(CARD, results=[structs.replace(CARD.results[0], title=Bilingual("\x1b[31m红", "\x1b[31mred"))])
    assert "\x1b" not in scorecard_lines(structs.replace(bad, fixes=[]), ZH, width=80, now=NOW)


@pytest.mark.parametrize(
    ("value", "limits", "text"),
    [
        (98.5, [98.5], "98.5"),
        (98.4996, [98.5], "98.4996"),
        (98.4999999, [98.5], "98.4999999"),
        (98.504, [98.5], "98.504"),
        (0.0004, [0.1], "0.0004"),
        (100, [100.0], "100"),
        (1000.0, [], "1000"),
        (1 / 3, [0.1], "0.33"),
        (0, [1.0], "0"),
        (2.675, [], "2.68"),
    ],
)
def test_a_number_never_looks_equal_to_a_threshold_that_it_is_not(value: float, limits: list[float], text: str) -> None:
    assert number_text(value, limits) == text


def one(**more: object) -> CriterionResult:
    return result("A", "甲", "a", Outcome.UNMET, because(ReasonCode.BELOW_REQUIREMENT), **more)


@pytest.mark.parametrize(
    ("given", "value", "threshold"),
    [
        (one(value=12.0, **SPEED), "12 Mbit/s", "≥ 98.5 Mbit/s"),
        (one(value=12.0, bound=Bound.AT_LEAST, **SPEED), "≥ 12 Mbit/s", "≥ 98.5 Mbit/s"),
        (one(value=12, unit=Unit.MS, operator="at_most", threshold=[50.0]), "12 毫秒", "≤ 50 毫秒"),
        (one(value=5, unit=Unit.LEVEL, operator="between", threshold=[6.0, 8.0]), "5", "6 至 8"),
        (one(value=False, **YES), "否", "是"),
        (one(value=True, unit=Unit.YES_NO, operator="equals", threshold=[False]), "是", "否"),
        (one(value="c", unit=Unit.TEXT, operator="one_of", threshold=["a", "b"]), "c", "为其中之一：a, b"),
        (one(value="a", unit=Unit.TEXT, operator="contains_all", threshold=["a", "b"]), "a", "包含 a, b"),
        (one(value=33.3, unit=Unit.PERCENT, operator="share_at_least", threshold=[50.0]), "33.3 %", "比例 ≥ 50 %"),
        (one(value=3, unit=Unit.COUNT, operator="equals", threshold=[4.0]), "3", "= 4"),
        (
            one(value=0.05, unit=Unit.MBIT_S, divided_by="students", operator="at_least", threshold=[0.1]),
            "0.05 Mbit/s/生",
            "≥ 0.1 Mbit/s/生",
        ),
        (one(), "—", "—"),
    ],
)
def test_values_and_thresholds_are_written_alike(given: CriterionResult, value: str, threshold: str) -> None:
    assert (value_text(given, ZH), threshold_text(given, ZH)) == (value, threshold)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "just now"), (59, "just now"), (60, "1 min ago"), (7_200, "2 h ago"), (172_799, "1 d ago"), (-5, "just now")],
)
def test_an_age_is_in_its_largest_whole_unit(seconds: int, text: str) -> None:
    assert age_text(NOW - timedelta(seconds=seconds), NOW, EN) == text
