"""The waiver file: every fault at once, and what is about to end."""

from datetime import timedelta
from pathlib import Path

import pytest

from contract.document import DocumentError
from criteria.errors import CriteriaError
from criteria.waiver import expiring, load_waivers, read_waivers
from tests.criteria.examples import NOW

GOOD = """\
waivers:
  - pack: cn-henan-jiaozuo-2019
    criterion: JZ-7.1.02
    schools: [s1, s2]
    reason: 线路改造
    approved_by: 县教育局
    approved_on: 2026-01-01
    expires: 2026-02-01
"""


def test_it_reads_entries_with_their_last_day() -> None:
    [entry] = read_waivers(GOOD, "waivers.yaml")
    assert entry.schools == ["s1", "s2"]
    assert entry.expires_at.isoformat() == "2026-02-02T00:00:00+08:00"


def test_it_lists_every_fault_with_its_line() -> None:
    text = GOOD + GOOD.removeprefix("waivers:\n").replace("2026-02-01", "2027-06-01")
    text += GOOD.removeprefix("waivers:\n").replace("2026-02-01", "2025-12-31").replace("[s1, s2]", "[s3]")
    with pytest.raises(DocumentError) as caught:
        read_waivers(text, "waivers.yaml")
    assert [(fault.line, fault.problem.code) for fault in caught.value.faults] == [
        (11, "waiver.twice"),
        (11, "waiver.twice"),
        (15, "waiver.longer_than_a_year"),
        (22, "waiver.expires_before_approval"),
    ]


def test_an_entry_without_an_end_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"waivers\[0\]\.expires: document\.missing_key"):
        read_waivers(GOOD.replace("    expires: 2026-02-01\n", ""), "waivers.yaml")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CriteriaError, match=r"document\.unreadable"):
        load_waivers(tmp_path / "none.yaml")


def test_it_names_those_that_end_soon() -> None:
    entries = read_waivers(GOOD, "waivers.yaml")
    assert expiring(entries, NOW) == entries
    assert expiring(entries, NOW, within_days=10) == []
    assert expiring(entries, NOW + timedelta(days=30)) == []
