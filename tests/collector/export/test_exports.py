"""Exports say by themselves what they are, and no spreadsheet computes them."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.export.as_csv import COLUMNS, as_csv, harmless
from collector.export.as_json import as_json
from collector.export.rows import Entry, Export
from contract.message import Bilingual
from contract.outcome import Bound, Outcome, Provenance, Verdict
from contract.reason import ReasonCode, because
from contract.school import School, SchoolKind
from contract.score import CriterionResult, Scorecard
from contract.units import Unit
from contract.wire import decode
from locales.texts import LANGUAGES, Texts

GOLDEN = Path(__file__).parents[1] / "golden"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))
RESULT = CriterionResult(
    criterion="X-1",
    title=Bilingual("出口带宽", "Internet line"),
    clause="二（七）1",
    quote="网络出口带宽达到100兆级以上",
    outcome=Outcome.UNMET,
    reason=because(ReasonCode.BELOW_REQUIREMENT),
    weight=2,
    required=True,
    value=42.5,
    bound=Bound.EXACT,
    unit=Unit.MBIT_S,
    statistic="p50",
    operator="at_least",
    threshold=[98.5],
    measure="bandwidth.download_line_mbit_s",
    samples=3,
    measured_at=AT - timedelta(days=1),
    report_ids=["0192f0c4-0000-7000-8000-000000000001"],
    provenance=Provenance.AGENT_MEASURED,
    gain=50.0,
)
CARD = Scorecard(
    pack="example",
    pack_version="1",
    scoring_digest="d" * 64,
    school_id="S1",
    scored_at=AT,
    verdict=Verdict.FALLS_SHORT,
    score=0.0,
    coverage=100.0,
    floor=0.0,
    ceiling=0.0,
    pass_mark=80.0,
    min_coverage=80.0,
    weight_met=0,
    weight_unmet=2,
    weight_applicable=2,
    results=[RESULT],
)
SCHOOL = School(id="S1", name='=HYPERLINK("http://example.test")', county="示例县", kind=SchoolKind.PRIMARY)
EXPORT = Export(made_at=AT, software="campus-audit 0.1.0", schools=[Entry(school=SCHOOL, scorecards=[CARD])])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_csv_is_as_agreed(language: str) -> None:
    assert as_csv(EXPORT, Texts(language), CHINA) == (GOLDEN / f"export-{language}.csv").read_bytes()


def test_the_json_is_as_agreed() -> None:
    assert as_json(EXPORT) == (GOLDEN / "export.json").read_bytes()


def test_the_csv_opens_in_excel_and_reads_back() -> None:
    raw = as_csv(EXPORT, Texts("en"), CHINA)
    assert raw.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert len(header) == len(row) == len(COLUMNS)
    assert row[1] == "'" + SCHOOL.name


def test_the_json_decodes_to_what_was_exported() -> None:
    assert decode(as_json(EXPORT), Export) == EXPORT
    assert json.loads(as_json(EXPORT))["schools"][0]["scorecards"][0]["results"][0]["outcome"] == "unmet"


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    made = harmless(text)
    assert made.endswith(text)
    first = made[:1]
    assert first not in ("=", "+", "@", "\t", "\r")
    if first == "-":
        float(made)  # a negative number may stay one


@pytest.mark.parametrize("cell", ["-1", "-12.5", "=1+1", "+1", "@SUM(A1)", "-1+1", "\tx", "达标", ""])
def test_only_what_a_spreadsheet_would_run_is_marked(cell: str) -> None:
    assert harmless(cell) == ("'" + cell if cell in ("=1+1", "+1", "@SUM(A1)", "-1+1", "\tx") else cell)
