"""A generated county: schools with Chinese names, scorecards, targets. The same seed gives the same county."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from random import Random

from contract.api import AgentRow, Gap, ReportRow, Rollup, SchoolDetail, SchoolPage, SchoolRow, TargetState
from contract.message import Bilingual
from contract.outcome import Bound, Outcome, Provenance, Verdict
from contract.reason import ReasonCode, because
from contract.school import School, SchoolKind
from contract.score import CriterionResult, Scorecard, Waiver
from contract.units import Unit

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
COUNTIES = ("修武县", "博爱县", "武陟县", "温县", "沁阳市", "孟州市", "解放区", "山阳区")
PLACES = [
    "东关",
    "西村",
    "南张",
    "北李庄",
    "柳林",
    "清河",
    "云台",
    "太行",
    "百间房",
    "大高村",
    "小官庄",
    "岸上",
    "方庄",
    "七贤",
    "郇封",
    "五里源",
    "王屯",
    "高村",
    "葛庄",
    "周庄",
]
KINDS = {
    SchoolKind.PRIMARY: "小学",
    SchoolKind.JUNIOR: "初级中学",
    SchoolKind.NINE_YEAR: "九年一贯制学校",
    SchoolKind.SENIOR: "高级中学",
    SchoolKind.VOCATIONAL: "中等职业学校",
    SchoolKind.TEACHING_POINT: "教学点",
}
CRITERIA = (
    ("JZ-7.1.01", "有线网络覆盖", "Wired network", 3, "二（七）1", "学校实现有线网络全覆盖。"),
    ("JZ-7.1.02", "网络出口带宽", "Egress bandwidth", 5, "二（七）2", "学校网络出口带宽达到100兆以上，满足日常教学需要。"),
    ("JZ-7.1.04", "多媒体教室接入", "Classroom links", 2, "二（七）4", "各班级多媒体教室接入带宽不低于10兆。"),
    ("JZ-7.1.05", "设备台账完整", "Device register", 2, "二（七）5", "建立信息化设备台账，账物相符。"),
    ("JZ-7.1.06", "支持 IPv6 访问", "IPv6 access", 2, "二（七）6", "校园网络支持IPv6访问。"),
    ("JZ-7.2.01", "专职信息化教师", "IT teacher", 1, "二（八）1", "配备专（兼）职信息技术教师。"),
)


class County:
    """``size`` schools; details are made when asked for, from the same seed."""

    def __init__(self, size: int, seed: int = 7, now: datetime = NOW) -> None:
        self.now = now
        self._random = Random(seed)
        self._seed = seed
        self.rows = [self._row(number) for number in range(size)]

    def page(self, limit: int, after: str | None) -> SchoolPage:
        """Ordered by id, as the collector does."""
        start = 0 if after is None else bisect_right(self.rows, after, key=lambda row: row.id)
        items = self.rows[start : start + limit]
        more = start + limit < len(self.rows)
        return SchoolPage(items=items, total=len(self.rows), next=items[-1].id if more and items else None)

    def rollup(self) -> Rollup:
        """Two targets over all schools."""
        counts = {verdict: sum(row.verdict is verdict for row in self.rows) for verdict in Verdict}
        total = len(self.rows)
        fresh = self.now - timedelta(days=30)
        return Rollup(
            schools=total,
            reporting=sum(row.last_report_at is not None and row.last_report_at >= fresh for row in self.rows),
            reporting_days=30,
            meets=counts[Verdict.MEETS],
            falls_short=counts[Verdict.FALLS_SHORT],
            undecided=counts[Verdict.UNDECIDED],
            targets=[
                _target(
                    "jz-bandwidth", "出口带宽达到100兆的学校占比", "Schools at 100 Mbit/s", 60, "2026-12-31", counts, total
                ),
                _target("jz-campus", "数字校园达标率", "Digital campus", 80, "2022-12-31", counts, total),
            ],
            counties=list(COUNTIES),
            as_of=self.now,
        )

    def detail(self, school_id: str) -> SchoolDetail | None:
        """One school, or None when there is no such."""
        row = next((row for row in self.rows if row.id == school_id), None)
        if row is None:
            return None
        random = Random(f"{self._seed}/{school_id}")
        card = scorecard(row, random, self.now)
        return SchoolDetail(
            row=row,
            school=School(
                id=row.id,
                name=row.name[:128] or "（未命名）",
                county=row.county[:128] or "—",
                kind=SchoolKind.PRIMARY,
                students=random.randint(40, 3200),
                classes=random.randint(2, 60),
                contract_mbit_s=random.choice([None, 50.0, 100.0, 200.0, 500.0]),
            ),
            scorecards=[card],
            agents=[
                AgentRow(
                    agent_id=f"{row.id}-pc{number}",
                    enrolled_at=self.now - timedelta(days=90 + number),
                    last_seen_at=self.now - timedelta(hours=random.randint(1, 300)),
                    version="0.1.0",
                    clock_offset_s=random.choice([0.4, -2.1, 3605.0]),
                )
                for number in range(1, random.randint(2, 4))
            ],
            reports=[
                ReportRow(
                    report_id=report_id(row.id, number),
                    agent_id=f"{row.id}-pc1",
                    received_at=self.now - timedelta(days=number, minutes=7 * number),
                    started_at=self.now - timedelta(days=number, minutes=9 * number),
                    bytes=9000 + 731 * number,
                    sequence=60 - number,
                )
                for number in range(20)
            ],
        )

    def _row(self, number: int) -> SchoolRow:
        random = self._random
        kind = random.choices(list(KINDS), weights=[9, 4, 2, 1, 1, 3])[0]
        county = random.choice(COUNTIES)
        name = f"{county}{random.choice(PLACES)}{random.choice(['', '第一', '第二', '中心', '实验', '希望'])}{KINDS[kind]}"
        verdict = random.choices(list(Verdict), weights=[5, 3, 2])[0]
        silent = random.random() < 0.06
        floor, score, ceiling, coverage = _figures(verdict, random)
        gap = None if verdict is Verdict.MEETS and random.random() < 0.6 else random.choice(CRITERIA)
        outcome = Outcome.UNMET if verdict is Verdict.FALLS_SHORT else random.choice([Outcome.UNKNOWN, Outcome.UNMET])
        return SchoolRow(
            id=f"S{number:06d}",
            name=name,
            county=county,
            kind=kind.value,
            verdict=Verdict.UNDECIDED if silent else verdict,
            score=None if silent else score,
            floor=0.0 if silent else floor,
            ceiling=100.0 if silent else ceiling,
            coverage=0.0 if silent else coverage,
            last_report_at=None if silent else self.now - timedelta(minutes=int(random.expovariate(1 / 4000))),
            worst_gap=None if gap is None else Gap(criterion=gap[0], title=Bilingual(gap[1], gap[2]), outcome=outcome),
            download_mbit_s=None if silent else round(random.choice([random.uniform(4, 99), random.uniform(100, 960)]), 1),
            upload_mbit_s=None if silent else round(random.uniform(4, 500), 1),
            ipv6_level=None if silent else random.choice([0, 1, 2, 4, 6, 8]),
            devices=None if silent else random.randint(3, 640),
        )


def report_id(school_id: str, number: int) -> str:
    """Looks like a UUIDv7."""
    return f"019{number:05x}-7a3c-7{number:03x}-9abc-{int(school_id[1:], 36) % 10**12:012d}"


def scorecard(row: SchoolRow, random: Random, now: datetime) -> Scorecard:
    """Six criteria, every outcome among them; the sums are the row's, so that screens and list agree."""
    outcomes = [Outcome.MET, Outcome.UNMET, Outcome.UNKNOWN, Outcome.MANUAL, Outcome.ERROR, Outcome.NOT_APPLICABLE]
    results = [
        _result(place, outcomes[(place + len(row.name)) % len(outcomes)], row, random, now) for place in range(len(CRITERIA))
    ]
    fixes = sorted((r for r in results if r.gain), key=lambda r: -r.gain)
    return Scorecard(
        pack="cn-henan-jiaozuo-2019",
        pack_version="1.0.0",
        scoring_digest="0" * 64,
        school_id=row.id,
        scored_at=now,
        verdict=row.verdict,
        score=row.score,
        coverage=row.coverage,
        floor=row.floor,
        ceiling=row.ceiling,
        pass_mark=80.0,
        min_coverage=60.0,
        weight_met=3,
        weight_unmet=5,
        weight_applicable=14,
        results=results,
        fixes=[result.criterion for result in fixes],
    )


def _result(place: int, outcome: Outcome, row: SchoolRow, random: Random, now: datetime) -> CriterionResult:
    criterion, zh, en, weight, clause, quote = CRITERIA[place]
    decided = outcome.decided
    waived = outcome is Outcome.UNMET and place % 2 == 0
    number = criterion == "JZ-7.1.02"
    value: float | bool = (
        (round(random.uniform(100, 300), 1) if outcome is Outcome.MET else 42.5) if number else outcome is Outcome.MET
    )
    reasons = {
        Outcome.MET: because(ReasonCode.AS_REQUIRED),
        Outcome.UNMET: because(ReasonCode.BELOW_REQUIREMENT),
        Outcome.UNKNOWN: because(ReasonCode.STALE, age_days=41, max_age_days=30),
        Outcome.ERROR: because(ReasonCode.CHECK_TIMED_OUT, limit_s=120),
        Outcome.MANUAL: because(ReasonCode.ATTESTATION_MISSING),
        Outcome.NOT_APPLICABLE: because(ReasonCode.NOT_FOR_THIS_KIND, kind=row.kind),
    }
    return CriterionResult(
        criterion=criterion,
        title=Bilingual(zh, en),
        clause=clause,
        quote=quote,
        outcome=outcome,
        reason=reasons[outcome],
        weight=weight,
        required=criterion == "JZ-7.1.02",
        value=value if decided else None,
        bound=Bound.AT_LEAST if number and outcome is Outcome.MET else Bound.EXACT,
        unit=Unit.MBIT_S if number else Unit.YES_NO,
        statistic="p50" if number else "latest",
        operator="at_least" if number else "equals",
        threshold=[100.0] if number else [True],
        measure="bandwidth.download_line_mbit_s" if number else "wired.egress_is_wired",
        samples=12 if decided else 0,
        measured_at=now - timedelta(hours=26 + place) if decided else None,
        report_ids=[report_id(row.id, n) for n in range(3)] if decided else [],
        provenance=Provenance.AGENT_MEASURED if decided else None,
        gain=0.0 if outcome in (Outcome.MET, Outcome.NOT_APPLICABLE) else 7.1 * weight,
        effort=("low", "medium", "high")[place % 3],
        fix=Bilingual(
            "向运营商申请把出口带宽提升到 100 Mbit/s 以上，并在网关上核对限速配置；更换百兆网线和百兆交换机。",
            "Ask the provider for at least 100 Mbit/s, and look for a rate limit on the gateway.",
        ),
        verify_by_hand=Bilingual(
            "在网关旁用网线接一台电脑，放学后测速三次。", "Wire a computer to the gateway and measure three times."
        ),
        waiver=Waiver(criterion=criterion, reason="校舍改建", approved_by="教育局", expires=now + timedelta(days=60))
        if waived
        else None,
    )


def _figures(verdict: Verdict, random: Random) -> tuple[float, float | None, float, float]:
    if verdict is Verdict.MEETS:
        floor = round(random.uniform(80, 100), 1)
        return floor, round(min(100.0, floor + random.uniform(0, 100 - floor)), 1), 100.0, round(random.uniform(70, 100), 1)
    if verdict is Verdict.FALLS_SHORT:
        floor = round(random.uniform(0, 60), 1)
        return floor, round(floor + 8.3, 1), round(floor + 16.6, 1), round(random.uniform(70, 100), 1)
    return 35.7, 62.5, 78.6, 57.1


def _target(
    target: str, zh: str, en: str, threshold: float, deadline: str, counts: dict[Verdict, int], total: int
) -> TargetState:
    met, undecided = counts[Verdict.MEETS], counts[Verdict.UNDECIDED]
    needed = -int(-threshold * total // 100)
    low = round(met * 100 / total, 1) if total else None
    high = round((met + undecided) * 100 / total, 1) if total else None
    outcome = Outcome.UNKNOWN
    if total and met >= needed:
        outcome = Outcome.MET
    elif total and met + undecided < needed:
        outcome = Outcome.UNMET
    return TargetState(
        id=target,
        pack="cn-henan-jiaozuo-2019",
        title=Bilingual(zh, en),
        quote="到2022年，全市80%以上的学校达到数字校园标准。",
        denominator=Bilingual("全部学校", "all schools"),
        threshold_percent=threshold,
        deadline=deadline,
        total=total,
        met=met,
        unmet=counts[Verdict.FALLS_SHORT],
        undecided=undecided,
        needed=needed,
        share_low=low,
        share_high=high,
        outcome=outcome,
    )
