"""Nothing is lost, the folder stays within its bounds, and what had to go is counted."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import SpoolSettings
from agent.spool import Entry, Ledger, ParkReason, Spool, pack, unpack
from contract.reason import ReasonCode
from contract.report import Report, SpoolState
from contract.wire import encode
from tests.agent.conftest import NOW, make_report

REFUSED = ParkReason(status=422, at=NOW, code="problem.test", title="Refused in a test")


def spool_with(folder: Path, **limits: float) -> Spool:
    made = Spool(folder / "spool", SpoolSettings(**limits))  # type: ignore[arg-type]
    made.open()
    return made


def sequences(found: list[Entry]) -> list[int]:
    return [entry.sequence for entry in found]


def first_run(spool: Spool, entry: Entry) -> Report:
    return unpack(spool.body(entry))


def test_a_report_is_on_disk_as_it_will_be_posted(spool: Spool) -> None:
    report = make_report(1, evidence_bytes=100)
    entry = spool.add(report)
    assert gzip.decompress(entry.path.read_bytes()) == encode(report)
    assert spool.body(spool.waiting()[0]) == pack(report)


def test_reports_wait_in_the_order_of_their_numbers_whatever_the_clock_said(spool: Spool) -> None:
    for sequence, day in ((10, 0), (9, 900), (11, -900)):
        spool.add(make_report(sequence, day=day))
    assert sequences(spool.waiting()) == [9, 10, 11]


def test_a_delivered_report_is_gone(spool: Spool) -> None:
    entry = spool.add(make_report(1))
    spool.delivered(entry)
    assert spool.waiting() == []


def test_a_parked_report_lies_beside_its_reason_and_can_be_queued_again(spool: Spool) -> None:
    spool.park(spool.add(make_report(1)), REFUSED)
    assert spool.waiting() == []
    assert [(entry.sequence, reason) for entry, reason in spool.parked()] == [(1, REFUSED)]
    assert spool.requeue() == 1
    assert sequences(spool.waiting()) == [1]
    assert list(spool.parked_folder.iterdir()) == []


def test_only_reports_refused_with_given_statuses_are_queued_again(spool: Spool) -> None:
    for sequence, status in ((1, 401), (2, 422)):
        reason = ParkReason(status=status, at=NOW)
        spool.park(spool.add(make_report(sequence)), reason)
    assert spool.requeue({401, 403}) == 1
    assert sequences(spool.waiting()) == [1]


def test_the_oldest_reports_go_when_there_are_too_many_and_are_counted(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, max_files=3)
    for sequence in range(1, 6):
        spool.add(make_report(sequence))
    assert sequences(spool.waiting()) == [3, 4, 5]
    assert spool.state() == SpoolState(waiting=3, parked=0, dropped=2)


def test_a_refused_report_goes_before_one_that_can_still_be_delivered(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, max_files=2)
    spool.add(make_report(1))
    spool.park(spool.add(make_report(2)), REFUSED)
    spool.add(make_report(3))
    assert sequences(spool.waiting()) == [1, 3]
    assert list(spool.parked_folder.iterdir()) == []


def test_evidence_goes_before_any_report_does(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, max_megabytes=0.3)
    for sequence in range(1, 6):
        spool.add(make_report(sequence, evidence_bytes=80_000))
    waiting = spool.waiting()
    assert sequences(waiting) == [1, 2, 3, 4, 5]
    assert [entry.trimmed for entry in waiting] == [True, True, False, False, False]
    assert spool.ledger() == Ledger(trimmed=2)


def test_a_report_that_lost_its_evidence_says_so_and_keeps_its_values(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, max_megabytes=0.1)
    original = make_report(1, evidence_bytes=80_000)
    spool.add(original)
    spool.add(make_report(2, evidence_bytes=80_000))
    trimmed = first_run(spool, spool.waiting()[0])
    assert trimmed.report_id == original.report_id
    assert trimmed.runs[0].measurements == original.runs[0].measurements
    assert trimmed.runs[0].evidence["left_out_bytes"] > 160_000
    assert trimmed.runs[0].reason is not None
    assert trimmed.runs[0].reason.code is ReasonCode.EVIDENCE_TOO_LARGE


def test_reports_go_by_size_only_when_no_evidence_is_left(tmp_path: Path) -> None:
    one = len(pack(make_report(1)))
    spool = spool_with(tmp_path, max_megabytes=2.5 * one / 1e6)
    for sequence in range(1, 5):
        spool.add(make_report(sequence))
    assert sequences(spool.waiting()) == [3, 4]
    assert spool.state().dropped == 2


def test_the_newest_report_stays_however_small_the_limit(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, max_megabytes=0.000_001)
    spool.add(make_report(1, evidence_bytes=1000))
    assert sequences(spool.waiting()) == [1]
    assert spool.state().dropped == 0


def test_reports_older_than_the_days_go(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, max_days=14)
    for sequence in range(1, 21):
        spool.add(make_report(sequence, day=sequence))
    assert sequences(spool.waiting()) == list(range(7, 21))


@pytest.mark.parametrize("jump", [1100, -1100])
def test_a_clock_that_jumps_three_years_loses_nothing(tmp_path: Path, jump: int) -> None:
    spool = spool_with(tmp_path, max_days=14)
    spool.add(make_report(1))
    spool.add(make_report(2, day=jump))
    spool.add(make_report(3, day=1))
    assert sequences(spool.waiting()) == [1, 2, 3]


def test_a_file_that_is_no_report_does_not_stand_in_the_way(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, max_megabytes=0.000_3)
    entry = spool.add(make_report(1))
    entry.path.write_bytes(b"\x00" * 5000)
    spool.add(make_report(2))
    assert sequences(spool.waiting()) == [2]
    assert spool.state().dropped == 1


def test_unfinished_files_of_a_killed_writer_are_swept_up(spool: Spool) -> None:
    part = spool.folder / ".0000000001_20260302_x.json.gz.77.part"
    part.write_bytes(b"half")
    spool.open()
    assert not part.exists()
    assert spool.waiting() == []


def test_the_reason_beside_a_parked_report_can_be_read_by_a_person(spool: Spool) -> None:
    spool.park(spool.add(make_report(1)), REFUSED)
    beside = next(spool.parked_folder.glob("*.reason.json"))
    assert json.loads(beside.read_text())["title"] == "Refused in a test"


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 4000), min_size=1, max_size=12),
    files=st.integers(1, 8),
    kilobytes=st.integers(1, 20),
)
def test_whatever_comes_bounds_hold_and_every_report_is_there_or_counted(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], files: int, kilobytes: int
) -> None:
    spool = spool_with(tmp_path_factory.mktemp("spool"), max_files=files, max_megabytes=kilobytes / 1000)
    for sequence, size in enumerate(sizes, 1):
        spool.add(make_report(sequence, evidence_bytes=size))
    waiting = spool.waiting()
    assert len(waiting) + spool.state().dropped == len(sizes)
    assert len(waiting) <= files
    assert len(waiting) == 1 or sum(entry.path.stat().st_size for entry in waiting) <= kilobytes * 1000
    assert sequences(waiting) == list(range(len(sizes) - len(waiting) + 1, len(sizes) + 1))
