"""An explanation says everything a dispute turns on, in both languages."""

from datetime import datetime, timedelta, timezone

from msgspec import structs

from contract.message import Bilingual
from contract.outcome import CheckStatus, Outcome
from contract.reason import ReasonCode, because
from contract.school import SchoolKind
from contract.score import CriterionResult, Waiver
from criteria.explain import explain
from criteria.judge import judge
from criteria.pack import Applies, Kind
from locales.texts import Texts
from tests.criteria.examples import NOW, broken, criterion, facts, sample

ZH, EN = Texts("zh_CN"), Texts("en")
RULE = criterion(
    effort="high",
    required=True,
    weight=2,
    fix=Bilingual("提速", "raise the rate"),
    verify_by_hand=Bilingual("查合同", "read the contract"),
)
SLOW = judge(
    RULE, facts(*[sample(value, days, report_id=f"r{days}") for days, value in enumerate((99.996, 50, 50, 50), 1)]), NOW
)


def told(result: CriterionResult, texts: Texts = ZH) -> str:
    return "\n".join(explain(result, texts, NOW))


def test_an_unmet_criterion_is_explained_in_full() -> None:
    assert explain(structs.replace(SLOW, gain=12.5), ZH, NOW) == [
        "A.1 出口带宽",
        "结论：✗ 未达标。未达到要求",
        "依据：一：“出口带宽”",
        "判定规则：bandwidth.download_mbit_s，第 90 百分位，要求 ≥ 100 Mbit/s",
        "测得值：99.996 Mbit/s（样本数 4）",
        "证据：终端实测，2026-01-14 12:00 +08:00（1 天前）",
        "距阈值还差 0.004 Mbit/s",
        "检测报告：r1, r2, r3，另有 1 份",
        "权重：2",
        "达标后得分提高 12.5 分",
        "必达指标：未达标则总评未达标",
        "如何改变结论：整改后重新检测，新的数据达到要求即改判",
        "改进：提速",
        "人工核验：查合同",
    ]


def test_it_reads_the_same_in_english() -> None:
    text = told(SLOW, EN)
    assert "outcome: ✗ unmet; below the requirement" in text
    assert "10 samples" not in text
    assert "mend it: raise the rate" in text
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in text.replace("出口带宽", "").replace("一", ""))


def test_an_error_is_said_to_be_ours() -> None:
    result = judge(RULE, broken(CheckStatus.ERROR, because(ReasonCode.CHECK_CRASHED, problem="x")), NOW)
    assert "这不是学校的问题" in told(result)


def test_every_outcome_but_met_says_what_would_change_it() -> None:
    attested = criterion(type=Kind.ATTESTED, measure=None, expect=None)
    results = [SLOW, judge(RULE, facts(), NOW), judge(RULE, broken(CheckStatus.TIMEOUT), NOW), judge(attested, facts(), NOW)]
    assert {result.outcome for result in results} == set(Outcome) - {Outcome.MET, Outcome.NOT_APPLICABLE}
    for result in results:
        assert "如何改变结论" in told(result)


def test_a_met_one_gives_its_evidence_and_asks_for_nothing() -> None:
    text = told(judge(RULE, facts(sample(200)), NOW))
    assert "证据：终端实测" in text
    assert "改进" not in text
    assert "如何改变结论" not in text


def test_what_does_not_apply_is_short() -> None:
    lines = explain(judge(criterion(applies=Applies(kinds=[SchoolKind.HIGHER])), facts(), NOW), EN)
    assert lines[1] == "outcome: – n/a; does not apply to primary schools"
    assert len(lines) == 3


def test_a_waiver_is_named_with_its_end() -> None:
    ends = datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=8)))
    waived = structs.replace(SLOW, waiver=Waiver(criterion="A.1", reason="施工", approved_by="县教育局", expires=ends))
    assert "已豁免至 2026-03-01（县教育局 批准）：施工" in told(waived)


def test_without_a_clock_the_time_stands_alone() -> None:
    assert "证据：终端实测，2026-01-14 12:00 +08:00" in explain(SLOW, ZH)
