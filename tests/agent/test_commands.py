"""The whole command against a collector on loopback: what is printed, what is kept, how it ends."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent import identity, lock
from agent.cli import main
from agent.config import SpoolSettings
from agent.spool import ParkReason, Spool
from contract.api import EnrolRequest, SchoolDetail, SchoolRow
from contract.outcome import CheckStatus
from contract.report import Report
from contract.school import School, SchoolKind
from contract.score import Scorecard
from contract.wire import decode, encode
from tests.agent.conftest import NOW, Answer, Collector, make_report

Run = Callable[..., tuple[int, str, str]]
ONLY = ("--only", "host")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAMPUS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CAMPUS_LANG", "en")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state"


@pytest.fixture
def agent(state: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*argv: str) -> tuple[int, str, str]:
        code = main(argv)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def enrolled(agent: Run, collector: Collector) -> Run:
    assert agent("enroll", collector.url, "7k2mx-9qftd")[0] == 0
    return agent


def spool_of(state: Path) -> Spool:
    return Spool(state / "spool", SpoolSettings())


def test_enrolment_keeps_private_credentials(agent: Run, collector: Collector, state: Path) -> None:
    code, out, err = agent("enroll", collector.url + "/", "7k2mx-9qftd")
    assert (code, err) == (0, "")
    assert "school school-1, agent agent-1" in out
    kept = identity.credentials(state)
    assert kept is not None
    assert kept.collector_url == collector.url
    assert stat.S_IMODE((state / identity.CREDENTIALS).stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert kept.token not in out


def test_enrolling_again_is_the_same_installation(enrolled: Run, collector: Collector) -> None:
    enrolled("enroll", collector.url, "7K2MX9QFTD")
    first, second = (decode(request.body, EnrolRequest) for request in collector.requests)
    assert first == second
    assert first.code == "7K2MX9QFTD"


@pytest.mark.parametrize(
    ("argv", "word"), [(("ftp://c", "7K2MX9QFTD"), "address"), (("https://c.example", "7K2"), "enrolment code")]
)
def test_nonsense_is_refused_before_anything_is_sent(agent: Run, argv: tuple[str, str], word: str) -> None:
    code, _, err = agent("enroll", *argv)
    assert code == 64
    assert word in err


def test_a_refused_code_keeps_nothing(agent: Run, collector: Collector, state: Path) -> None:
    collector.will(403, code="agent.uplink.status")
    code, _, err = agent("enroll", collector.url, "7K2MX9QFTD")
    assert code == 77
    assert err.startswith("error:")
    assert identity.credentials(state) is None


def test_reports_refused_for_the_old_credentials_are_sent_again_after_a_new_enrolment(
    enrolled: Run, collector: Collector, state: Path
) -> None:
    spool = spool_of(state)
    spool.park(spool.add(make_report(1)), ParkReason(status=401, at=NOW))
    spool.park(spool.add(make_report(2)), ParkReason(status=422, at=NOW))
    _, out, _ = enrolled("enroll", collector.url, "7K2MX9QFTD")
    assert "put back into the queue: 1" in out
    assert [entry.sequence for entry in spool.waiting()] == [1]


def test_a_run_without_enrolment_says_how_to_enrol(agent: Run) -> None:
    code, out, err = agent("run", *ONLY)
    assert (code, out) == (77, "")
    assert "campus-agent enroll URL CODE" in err


def test_a_run_without_enrolment_can_stay_on_this_machine(agent: Run, state: Path) -> None:
    code, out, _ = agent("run", "--no-deliver", *ONLY)
    assert code == 0
    assert "the report stays here" in out
    assert len(list((state / "history").iterdir())) == 1
    assert spool_of(state).waiting() == []


def test_a_run_measures_keeps_and_delivers(enrolled: Run, collector: Collector, state: Path) -> None:
    code, out, err = enrolled("run", *ONLY)
    assert (code, err) == (0, "")
    assert "Reports that the collector has received: 1." in out
    assert "not selected for this run" in out
    assert len(collector.accepted) == 1
    assert spool_of(state).waiting() == []


def test_json_is_the_report_and_nothing_else(enrolled: Run, collector: Collector) -> None:
    code, out, _ = enrolled("run", "--json", *ONLY)
    report = decode(out.encode(), Report)
    assert code == 0
    assert str(report.report_id) == collector.accepted[0]
    assert report.report_id.version == 7
    assert {run.check: run.status for run in report.runs}["host"] is CheckStatus.OK
    assert (report.school_id, report.agent_id, report.sequence) == ("school-1", "agent-1", 1)


def test_a_run_without_the_collector_ends_with_69_and_the_next_one_brings_both(
    enrolled: Run, collector: Collector, state: Path
) -> None:
    real = decode((state / identity.CREDENTIALS).read_bytes(), identity.Credentials)
    identity.keep_credentials(state, replace(real, collector_url="http://127.0.0.1:9"))
    code, out, _ = enrolled("run", *ONLY)
    assert code == 69
    assert "cannot reach the collector http://127.0.0.1:9: Connection refused\n" in out
    assert "Reports waiting on disk, not lost: 1." in out
    identity.keep_credentials(state, real)
    code, out, _ = enrolled("deliver", "--when-due")
    assert (code, collector.accepted) == (69, [])
    assert "too early to try again; nothing sent" in out
    code, out, _ = enrolled("run", "--json", "--no-deliver", *ONLY)
    assert decode(out.encode(), Report).spool.waiting == 1
    assert enrolled("deliver")[0] == 0
    assert len(collector.accepted) == 2


def test_the_report_is_on_disk_before_the_first_try(enrolled: Run, collector: Collector, state: Path) -> None:
    on_disk: list[int] = []
    original = collector.answer

    def look(request: object) -> Answer:
        on_disk.append(len(spool_of(state).waiting()))
        return original(request)  # type: ignore[arg-type]

    collector.answer = look  # type: ignore[method-assign]
    enrolled("run", *ONLY)
    assert on_disk == [1]


def test_no_deliver_spools_and_deliver_sends(enrolled: Run, collector: Collector) -> None:
    code, out, _ = enrolled("run", "--no-deliver", *ONLY)
    assert (code, collector.accepted) == (0, [])
    assert "reports waiting: 1" in out
    code, out, _ = enrolled("deliver")
    assert (code, len(collector.accepted)) == (0, 1)
    assert enrolled("deliver")[1] == "No reports are waiting.\n"


def test_a_refused_report_is_explained_and_can_be_sent_again(enrolled: Run, collector: Collector) -> None:
    collector.will(422, code="problem.that_nobody_knows")
    code, out, _ = enrolled("run", *ONLY)
    assert code == 75
    assert "Refused in a test (HTTP 422)" in out
    code, out, _ = enrolled("deliver", "--retry-parked")
    assert (code, len(collector.accepted)) == (0, 1)


def test_a_revoked_token_ends_with_77(enrolled: Run, collector: Collector) -> None:
    collector.will(401, code="agent.identity.not_enrolled")
    assert enrolled("run", *ONLY)[0] == 77


def test_an_unknown_check_is_a_wrong_command_line(enrolled: Run) -> None:
    code, _, err = enrolled("run", "--only", "host,nonsense")
    assert code == 64
    assert "nonsense" in err
    assert "host" in err


def test_a_second_run_leaves_the_first_alone(enrolled: Run, state: Path) -> None:
    with lock.held(state) as mine:
        assert mine
        code, out, err = enrolled("run", *ONLY)
    assert (code, out) == (0, "")
    assert f"process {os.getpid()}" in err


def test_the_lock_is_free_again_afterwards(state: Path) -> None:
    with lock.held(state) as first, lock.held(state) as second:
        assert (first, second) == (True, False)
    with lock.held(state) as third:
        assert third


def test_a_credential_that_others_can_read_stops_everything(enrolled: Run, state: Path) -> None:
    (state / "credentials.json").chmod(0o644)
    code, _, err = enrolled("run", *ONLY)
    assert code == 77
    assert "chmod 600" in err


SCHOOL = School(id="school-1", name="示例小学", county="示例县", kind=SchoolKind.PRIMARY, students=400)


def known_to(collector: Collector) -> None:
    row = SchoolRow(id=SCHOOL.id, name=SCHOOL.name, county=SCHOOL.county, kind=SCHOOL.kind)
    collector.school = encode(SchoolDetail(row=row, school=SCHOOL, scorecards=[], agents=[], reports=[]))


def test_a_preview_judges_by_the_register_and_remembers_it_offline(enrolled: Run, collector: Collector, state: Path) -> None:
    known_to(collector)
    enrolled("run", *ONLY)
    code, out, _ = enrolled("preview", "--json")
    scorecard = decode(out.encode(), Scorecard)
    assert (code, scorecard.school_id) == (0, "school-1")
    assert {result.criterion for result in scorecard.results}
    collector.school = None
    assert enrolled("preview")[0] == 0
    assert decode((state / "school.json").read_bytes(), School) == SCHOOL


def test_a_preview_works_without_any_collector(agent: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("agent: {school: {kind: 初中}}", encoding="utf-8")
    agent("run", "--no-deliver", *ONLY)
    code, out, _ = agent("preview", "--config", str(config))
    assert code == 0
    assert "local preview" in out


def test_a_preview_without_a_kind_of_school_says_what_is_missing(agent: Run) -> None:
    code, _, err = agent("preview")
    assert code == 78
    assert "agent.school.kind" in err


def test_fail_under_tells_too_low_from_not_yet_known(agent: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("agent: {school: {kind: 初中}}", encoding="utf-8")
    code, _, err = agent("run", "--no-deliver", *ONLY, "--fail-under", "60", "--config", str(config))
    assert code == 75
    assert "no score" in err


def test_a_ca_file_that_is_not_there_is_named(enrolled: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("agent: {collector: {ca_file: county.pem}}")
    code, _, err = enrolled("deliver", "--config", str(config))
    assert code == 78
    assert str(tmp_path / "county.pem") in err


def test_doctor_of_a_good_machine_ends_with_0(enrolled: Run) -> None:
    code, out, _ = enrolled("doctor", "--json")
    found = {item["area"]: item["state"] for item in json.loads(out)["findings"]}
    assert code == 0
    assert (found["identity"], found["collector"], found["clock"]) == ("good", "good", "good")
    assert {area for area in found if area.startswith("check:")}


def test_doctor_in_words_has_a_mark_on_every_line(enrolled: Run) -> None:
    _, out, _ = enrolled("doctor")
    assert all(line[0] in "✓!✗ " for line in out.splitlines()[2:])
