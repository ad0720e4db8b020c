"""
A made-up county, so that anybody can look before installing agents. Names of counties and schools are invented.

Samples are drawn at random from a seed; everything after them is the real thing: the shipped pack judges and scores, so that
reasons, gains and targets on the screen are those a collector would give.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from threading import Lock
from uuid import UUID

from contract.api import AgentRow, Gap, ReportRow, Rollup, SchoolDetail, SchoolPage, SchoolRow
from contract.outcome import Bound, Outcome, Verdict
from contract.outcome import Path as NetworkPath
from contract.reason import ReasonCode, because
from contract.report import Value
from contract.school import School, SchoolKind
from contract.score import Scorecard
from contract.units import Unit
from criteria.facts import Facts, Sample
from criteria.pack import Pack, find
from criteria.score import score_school
from criteria.target import judge_targets

PACK = "cn-henan-jiaozuo-2019"
COUNTIES = ("示例东县", "示例西县", "示例南县", "示例北区", "示例湖区", "示例山市")
PLACES = (
    *("柳林", "清河", "云台", "东关", "西村", "南桥", "北塘", "大高", "小官", "石岸"),
    *("七里", "五里", "王屯", "李庄", "张湾", "周寨", "新安", "永丰", "长乐", "光明"),
)
KINDS = (
    (SchoolKind.PRIMARY, "小学", 9),
    (SchoolKind.JUNIOR, "初级中学", 4),
    (SchoolKind.NINE_YEAR, "九年一贯制学校", 2),
    (SchoolKind.SENIOR, "高级中学", 1),
    (SchoolKind.VOCATIONAL, "职业中专", 1),
    (SchoolKind.TEACHING_POINT, "教学点", 3),
)
REPORTING_DAYS = 30


@dataclass(frozen=True, slots=True)
class Character:
    """What is so about a school, before anything is measured. ``silent_days`` None never reported."""

    school: School
    line_mbit_s: float
    wired: bool
    ipv6_level: int
    devices: int
    silent_days: float | None
    on_wifi: bool


class DemoCounty:
    """``size`` schools; a :class:`tui.client.Client` that answers from memory, without any network."""

    address = "demo"

    def __init__(self, now: datetime, size: int = 300, seed: int = 2019) -> None:
        self._now = now
        self._random = Random(seed)  # noqa: S311 - nothing here is a secret
        self._lock = Lock()
        self._characters = {item.school.id: item for item in (self._character(number) for number in range(size))}

    def pages(self) -> Iterator[SchoolPage]:
        """All in one page."""
        items = [self._row(item, self._cards[item.school.id]) for item in self._characters.values()]
        yield SchoolPage(items=items, total=len(items))

    def rollup(self) -> Rollup:
        """Sums and the pack's own targets."""
        verdicts = [card.verdict for card in self._cards.values()]
        fresh = [c for c in self._characters.values() if c.silent_days is not None and c.silent_days <= REPORTING_DAYS]
        pairs = [(item.school, self._cards[school_id]) for school_id, item in self._characters.items()]
        return Rollup(
            schools=len(verdicts),
            reporting=len(fresh),
            reporting_days=REPORTING_DAYS,
            meets=verdicts.count(Verdict.MEETS),
            falls_short=verdicts.count(Verdict.FALLS_SHORT),
            undecided=verdicts.count(Verdict.UNDECIDED),
            targets=judge_targets(self._pack, pairs, self._now),
            counties=list(COUNTIES),
            as_of=self._now,
        )

    def school(self, school_id: str) -> SchoolDetail:
        """One school; asked for by ids of :meth:`pages` only."""
        item, card = self._characters[school_id], self._cards[school_id]
        return SchoolDetail(
            row=self._row(item, card),
            school=item.school,
            scorecards=[card],
            agents=self._agents(item),
            reports=self._reports(item),
        )

    @property
    def _cards(self) -> dict[str, Scorecard]:
        with self._lock:  # schools and sums are asked for by two threads
            return self._scored

    @cached_property
    def _pack(self) -> Pack:
        return find(PACK)

    @cached_property
    def _scored(self) -> dict[str, Scorecard]:
        return {key: score_school(self._pack, self._facts(item), self._now) for key, item in self._characters.items()}

    def _character(self, number: int) -> Character:
        random = self._random
        kind, ending, _ = random.choices(KINDS, weights=[weight for _, _, weight in KINDS])[0]
        county = random.choice(COUNTIES)
        rural = kind in (SchoolKind.TEACHING_POINT, SchoolKind.PRIMARY) and random.random() < 0.4  # noqa: PLR2004
        contract = random.choice([50.0, 100.0, 100.0] if rural else [100.0, 200.0, 300.0, 500.0, 1000.0])
        silent = random.choices([random.uniform(0, 2), random.uniform(7, 29), random.uniform(31, 80), None], [85, 6, 4, 5])[
            0
        ]
        return Character(
            school=School(
                id=f"demo-{number + 1:04d}",
                name=f"{county}{random.choice(PLACES)}{random.choice(('', '第一', '第二', '中心', '实验', '希望'))}{ending}",
                county=county,
                kind=kind,
                students=random.randint(20, 160) if kind is SchoolKind.TEACHING_POINT else random.randint(180, 3200),
                classes=random.randint(2, 60),
                contract_mbit_s=contract,
            ),
            line_mbit_s=contract * random.choice([0.42, 0.93, 0.99, 1.0, 1.01]),
            wired=random.random() > 0.04,  # noqa: PLR2004
            ipv6_level=random.choices([0, 1, 2, 4, 6, 8], [20, 10, 10, 15, 15, 30])[0],
            devices=random.randint(3, 640),
            silent_days=silent,
            on_wifi=random.random() < 0.06,  # noqa: PLR2004
        )

    def _facts(self, item: Character) -> Facts:
        """Up to eight nights of measurements."""
        random = Random(f"facts/{item.school.id}")  # noqa: S311
        samples: dict[str, list[Sample]] = {}
        if item.silent_days is not None:
            for night in range(8):
                at = self._now - timedelta(days=item.silent_days + night, minutes=random.randint(0, 240))
                speed = round(min(item.line_mbit_s * random.uniform(0.97, 1.0), 941.0), 1)
                values: Sequence[tuple[str, Value, Unit]] = (
                    ("wired.egress_is_wired", item.wired, Unit.YES_NO),
                    ("bandwidth.download_line_mbit_s", speed, Unit.MBIT_S),
                    ("bandwidth.download_mbit_s", round(speed * 0.949, 1), Unit.MBIT_S),
                    ("ipv6.ready", item.ipv6_level >= 5, Unit.YES_NO),  # noqa: PLR2004 - native, route, AAAA, TCP
                )
                for name, value, unit in values:
                    samples.setdefault(name, []).append(_sample(item, name, value, unit, at, night))
        return Facts(school=item.school, samples=samples)

    def _row(self, item: Character, card: Scorecard) -> SchoolRow:
        heard = item.silent_days is not None
        return SchoolRow(
            id=item.school.id,
            name=item.school.name,
            county=item.school.county,
            kind=item.school.kind.value,
            verdict=card.verdict,
            score=card.score,
            floor=card.floor,
            ceiling=card.ceiling,
            coverage=card.coverage,
            last_report_at=None if item.silent_days is None else self._now - timedelta(days=item.silent_days),
            worst_gap=_gap(card),
            download_mbit_s=round(item.line_mbit_s * 0.949, 1) if heard else None,
            upload_mbit_s=round(item.line_mbit_s * 0.4, 1) if heard else None,
            ipv6_level=item.ipv6_level if heard else None,
            devices=item.devices if heard else None,
        )

    def _agents(self, item: Character) -> list[AgentRow]:
        if item.silent_days is None:
            return []
        seen = self._now - timedelta(days=item.silent_days)
        return [
            AgentRow(
                agent_id=f"{item.school.id}-pc1",
                enrolled_at=self._now - timedelta(days=120),
                last_seen_at=seen,
                version="demo",
                clock_offset_s=0.3,
            )
        ]

    def _reports(self, item: Character) -> list[ReportRow]:
        if item.silent_days is None:
            return []
        times = [self._now - timedelta(days=item.silent_days + night) for night in range(8)]
        return [
            ReportRow(
                report_id=_report_id(item, night),
                agent_id=f"{item.school.id}-pc1",
                received_at=at,
                started_at=at - timedelta(minutes=2),
                bytes=9000 + 137 * night,
                sequence=8 - night,
            )
            for night, at in enumerate(times)
        ]


def _sample(item: Character, name: str, value: Value, unit: Unit, at: datetime, night: int) -> Sample:
    limited = item.on_wifi and name.startswith("bandwidth.")
    return Sample(
        name=name,
        value=value,
        unit=unit,
        at=at,
        report_id=_report_id(item, night),
        agent_id=f"{item.school.id}-pc1",
        check=name.partition(".")[0],
        check_version=99,
        bound=Bound.AT_LEAST if limited else Bound.EXACT,
        because=because(ReasonCode.MEASURED_OVER_WIFI) if limited else None,
        path=NetworkPath.WAN,
    )


def _report_id(item: Character, night: int) -> str:
    random = Random(f"report/{item.school.id}/{night}")  # noqa: S311
    return str(UUID(int=random.getrandbits(128), version=4))


def _gap(card: Scorecard) -> Gap | None:
    """As the collector does: the first of the fixes, unmet ones before open ones."""
    results = {result.criterion: result for result in card.results}
    open_ = [results[criterion] for criterion in card.fixes if criterion in results]
    worst = next((result for result in open_ if result.outcome is Outcome.UNMET), open_[0] if open_ else None)
    return None if worst is None else Gap(criterion=worst.criterion, title=worst.title, outcome=worst.outcome)
