"""
Three schools of a simulated county, audited by the real commands, end to end.

A has 300 Mbit/s, both address families and twelve neighbours; B has 40 Mbit/s and IPv4 only; C cannot reach the
collector for a while. Everything is asked of the commands that a bureau would use.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.api import SchoolDetail, SchoolPage
from contract.exit_code import ExitCode
from contract.outcome import Outcome, Verdict
from contract.reason import ReasonCode
from contract.report import Report
from contract.score import CriterionResult
from contract.wire import decode
from locales.texts import Texts
from tests.e2e.county import URL, County, School, interpreter
from tests.testbed.namespaces import Bed

pytestmark = [pytest.mark.namespaces, pytest.mark.xdist_group("county")]

SCHOOLS = """\
id,name,county,kind,students,contract_mbit_s
A-01,示例县第一小学,示例县,小学,620,300
B-01,示例县第二初级中学,示例县,初中,1100,40
C-01,示例县第三小学,示例县,小学,240,100
"""

MOST_RUNS = 8
"""A busy machine may have been the limit in some runs; those decide nothing, and three others are waited for."""


class Audited:
    """The county after every school has done what its line allowed; kept for all the questions below."""

    def __init__(self, bed: Bed, folder: Path) -> None:
        self.folder = folder
        self.county = County(bed, folder)
        self.a = self.county.school(1, "A-01", mbit_s=300, ipv6=True, equipment=8, personal=4)
        self.b = self.county.school(2, "B-01", mbit_s=40, ipv6=False, equipment=1, personal=0)
        self.c = self.county.school(3, "C-01", mbit_s=120, ipv6=False, equipment=1, personal=0)
        register = folder / "schools.csv"
        register.write_text(SCHOOLS)
        self.county.serve()
        self.county.collector("schools", "import", str(register))
        for school in (self.a, self.b, self.c):
            self.enrol(school)
        self.ran_a = self.a.agent("run")
        self.viewer = self.folder / "viewer.token"
        self.viewer.write_text(json.loads(self.county.collector("token", "create", "--role", "viewer", "--json"))["token"])
        self.ran_b = [self.b.agent("run")]
        self.history_b = [self.result("B-01", "JZ-7.1.02")]
        while self.history_b[-1].outcome is not Outcome.UNMET and len(self.ran_b) < MOST_RUNS:
            self.ran_b.append(self.b.agent("run", "--only", "bandwidth"))
            self.history_b.append(self.result("B-01", "JZ-7.1.02"))
        self.county.cut(3)
        self.ran_c = [self.c.agent("run"), self.c.agent("run", "--only", "host")]
        self.county.mend(3)
        self.delivered_c = self.c.agent("deliver")
        self.delivered_again = self.c.agent("deliver")

    def enrol(self, school: School) -> None:
        code = json.loads(self.county.collector("enroll-code", school.id, "--json"))["code"]
        ended, _, problem = school.agent("enroll", URL, code)
        assert ended == ExitCode.DONE, problem

    def get(self, path: str) -> bytes:
        """What the collector answers to a viewer, asked from inside the network."""
        program = (
            "import sys, urllib.request as r;"
            "q = r.Request(sys.argv[1], headers={'Authorization': 'Bearer ' + open(sys.argv[2]).read()});"
            "sys.stdout.buffer.write(r.build_opener(r.ProxyHandler({})).open(q).read())"
        )
        return self.county.centre.run(interpreter(), "-c", program, URL + path, str(self.viewer)).encode()

    def school(self, school_id: str) -> SchoolDetail:
        return decode(self.get(f"/v1/schools/{school_id}"), SchoolDetail)

    def result(self, school_id: str, criterion: str) -> CriterionResult:
        (card,) = self.school(school_id).scorecards
        return next(result for result in card.results if result.criterion == criterion)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with Bed() as bed:
        yield Audited(bed, tmp_path_factory.mktemp("county"))


def test_a_run_ends_with_0_whatever_the_school_is_worth(audited: Audited) -> None:
    assert audited.ran_a[0] == ExitCode.DONE, audited.ran_a
    assert {ran[0] for ran in audited.ran_b} == {ExitCode.DONE}, audited.ran_b


def test_school_a_meets_the_standard(audited: Audited) -> None:
    row = audited.school("A-01").row
    assert (row.verdict, row.score) == (Verdict.MEETS, 100.0)
    assert row.floor is not None
    assert row.floor < 100
    assert row.ceiling == 100.0


def test_the_line_of_school_a_is_measured_for_what_it_is(audited: Audited) -> None:
    result = audited.result("A-01", "JZ-7.1.02")
    assert result.outcome is Outcome.MET
    # 300 Mbit/s counted at the IP level are 307.6 at layer 1; a busy machine may read less, never more.
    assert isinstance(result.value, int | float)
    assert 98.5 <= result.value <= 315


def test_school_a_is_seen_over_its_own_ipv6(audited: Audited) -> None:
    level = audited.school("A-01").row.ipv6_level
    assert level is not None
    assert level >= 4


def test_all_twelve_neighbours_of_school_a_are_counted_and_the_personal_ones_stay_private(audited: Audited) -> None:
    row = audited.school("A-01").row
    assert row.devices == 13  # and the gateway
    stored = b"".join(path.read_bytes() for path in (audited.folder / "collector").rglob("*") if path.is_file())
    sent = audited.a.agent("run", "--only", "inventory", "--no-deliver", "--json")
    report = decode(sent[1].encode(), Report)
    devices = next(run.devices for run in report.runs if run.check == "inventory")
    assert sum(device.personal for device in devices) == 4
    assert all(device.mac is None and not device.ipv4 and not device.ipv6 for device in devices if device.personal)
    assert b"da:a1:19" not in sent[1].encode()
    assert b"da:a1:19" not in stored


def test_school_b_falls_short_after_three_results_and_not_before(audited: Audited) -> None:
    *earlier, result = audited.history_b
    assert result.outcome is Outcome.UNMET
    assert result.samples >= 3
    assert [found.outcome for found in earlier] == [Outcome.UNKNOWN] * len(earlier)
    assert earlier[0].reason.code is ReasonCode.TOO_FEW_SAMPLES_TO_FAIL
    assert isinstance(result.value, int | float)
    assert 36 <= result.value <= 43
    assert audited.school("B-01").row.verdict is Verdict.FALLS_SHORT


def test_school_b_has_no_ipv6_and_that_is_not_held_against_a_school_of_its_kind(audited: Audited) -> None:
    assert audited.school("B-01").row.ipv6_level == 0
    assert audited.result("B-01", "JZ-7.1.06").outcome is Outcome.NOT_APPLICABLE


def test_an_agent_that_cannot_deliver_says_so_and_keeps_its_reports(audited: Audited) -> None:
    assert [ran[0] for ran in audited.ran_c] == [ExitCode.UNREACHABLE] * 2, audited.ran_c


def test_what_was_spooled_arrives_later_once_and_whole(audited: Audited) -> None:
    assert audited.delivered_c[0] == ExitCode.DONE, audited.delivered_c
    assert audited.delivered_again[0] == ExitCode.DONE
    reports = audited.school("C-01").reports
    assert sorted(report.sequence for report in reports) == [1, 2]
    assert len({report.report_id for report in reports}) == 2


def test_school_c_is_undecided_because_nothing_was_measured_through_its_line(audited: Audited) -> None:
    detail = audited.school("C-01")
    assert detail.row.verdict is Verdict.UNDECIDED
    assert detail.row.score is None
    result = audited.result("C-01", "JZ-7.1.02")
    assert result.outcome is Outcome.ERROR
    assert result.reason.code is ReasonCode.COLLECTOR_UNREACHABLE


def test_the_overview_lists_the_three_with_their_verdicts(audited: Audited) -> None:
    page = decode(audited.get("/v1/schools"), SchoolPage)
    assert [(row.id, row.verdict) for row in page.items] == [
        ("A-01", Verdict.MEETS),
        ("B-01", Verdict.FALLS_SHORT),
        ("C-01", Verdict.UNDECIDED),
    ]


def test_the_export_says_the_same(audited: Audited) -> None:
    path = audited.folder / "result.csv"
    audited.county.collector("export", "--format", "csv", str(path))
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    school, criterion, outcome = (
        Texts("en")(f"collector.export.column.{name}") for name in ("school_id", "criterion", "outcome")
    )
    egress = {row[school]: row[outcome] for row in rows if row[criterion] == "JZ-7.1.02"}
    assert egress == {"A-01": "met", "B-01": "unmet", "C-01": "error"}


def test_the_dashboard_shows_the_county_and_opens_a_school(audited: Audited) -> None:
    shown = audited.county.centre.run(
        interpreter(), "-m", "tests.e2e.dashboard_probe", URL, str(audited.viewer), "B-01", timeout=120
    )
    overview, school = shown.split("\f")
    for name, verdict in (("第一小学", "达标"), ("第二初级中学", "未达标"), ("第三小学", "待定")):
        (line,) = [line for line in overview.splitlines() if name in line]
        assert verdict in line
    (line,) = [line for line in school.splitlines() if "JZ-7.1.02" in line and "98.5" in line]
    assert "未达标" in line


def test_a_verdict_can_be_explained(audited: Audited) -> None:
    told = audited.county.collector("explain", "B-01", "JZ-7.1.02")
    assert "100兆级以上" in told
    assert "98.5" in told
