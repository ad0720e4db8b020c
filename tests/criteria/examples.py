"""Facts and criteria for the tables of this folder."""

from datetime import UTC, datetime, timedelta
from typing import Any

from contract.message import Bilingual
from contract.outcome import CheckStatus
from contract.reason import Reason
from contract.school import School, SchoolKind
from contract.units import Unit
from criteria.facts import Facts, RunState, Sample
from criteria.pack import Applies, Cite, Criterion, Expect, Issued, Kind, Measure, Pack, RuleBy, Statistic

NOW = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)
SPEED = "bandwidth.download_mbit_s"


def school(**more: Any) -> School:
    return School(**{"id": "s1", "name": "示例小学", "county": "示例县", "kind": SchoolKind.PRIMARY, **more})


def sample(value: Any, days: float = 1, **more: Any) -> Sample:
    """A sample of its own report, so many days before NOW."""
    given = {"unit": Unit.MBIT_S, "agent_id": "a1", "name": SPEED, **more}
    at = NOW - timedelta(days=days)
    report = given.pop("report_id", f"r-{days}-{value}")
    return Sample(value=value, at=at, report_id=report, check="bandwidth", check_version=1, **given)


def facts(*samples: Sample, **more: Any) -> Facts:
    found: dict[str, list[Sample]] = {}
    for item in samples:
        found.setdefault(item.name, []).append(item)
    return Facts(school=school(**more), samples=found)


def broken(status: CheckStatus, reason: Reason | None = None) -> Facts:
    """A school whose newest run of the check went like that, and that has no sample."""
    return Facts(school=school(), runs={"bandwidth": RunState(check="bandwidth", status=status, at=NOW, reason=reason)})


def measure(**more: Any) -> Measure:
    return Measure(**{"name": SPEED, "unit": Unit.MBIT_S, "statistic": Statistic.P90, **more})


def criterion(**more: Any) -> Criterion:
    given = {
        "id": "A.1",
        "title": Bilingual("出口带宽", "Egress"),
        "cite": Cite(clause="一", quote="出口带宽", certainty="seen"),
        "level": "school",
        "applies": Applies(kinds=list(SchoolKind)),
        "type": Kind.MEASURED,
        "weight": 1,
        "measure": measure(),
        "expect": Expect(at_least=100),
    }
    return Criterion(**{**given, **more})


def yes_no(**more: Any) -> Criterion:
    """A criterion that wants a yes."""
    given = {"name": SPEED, "unit": Unit.YES_NO, "statistic": Statistic.ANY_TRUE, **more}
    return criterion(measure=measure(**given), expect=Expect(equals=True))


def pack(*criteria: Criterion, **more: Any) -> Pack:
    document = Issued(issuer="某局", title="示例标准", number=None, issued=None, in_force_from=NOW.date(), in_force_to=None)
    given = {
        "id": "example",
        "version": "1",
        "title": Bilingual("示例", "Example"),
        "document": document,
        "certainty": "seen",
        "pass_mark": 60,
        "min_coverage": 80,
        "gates": RuleBy(by="ours", note=Bilingual("测试", "test")),
        "criteria": list(criteria),
    }
    return Pack(**{**given, **more})
