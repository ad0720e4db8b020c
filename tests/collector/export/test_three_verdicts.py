"""
A school with no report, one with only inconclusive tests, one with failing tests: apart in every form, each for its reason.

The pages and workbooks are opened as their readers open them.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import openpyxl  # type: ignore[import-untyped]
import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector.export.as_csv import as_csv
from collector.export.as_html import as_html
from collector.export.as_json import as_json
from collector.export.as_junit import as_junit
from collector.export.as_prometheus import as_prometheus
from collector.export.as_xlsx import as_xlsx
from collector.export.rows import Entry, Export
from contract.outcome import Bound, Outcome
from contract.outcome import Path as NetworkPath
from contract.reason import ReasonCode, because
from contract.score import CriterionResult, Scorecard
from contract.units import Unit
from criteria.facts import Facts, Sample
from criteria.pack import find
from criteria.score import score_school
from locales.texts import Texts
from tests.criteria.examples import NOW, facts, sample

ZONE, ZH, EN = ZoneInfo("Asia/Shanghai"), Texts("zh_CN"), Texts("en")
PACK = find("cn-henan-jiaozuo-2019")
LINE = "JZ-7.1.02"
EVIL = '=cmd|"/c calc"!A0<script>alert(1)</script>'


def line(mbit_s: float, days: float, **more: object) -> Sample:
    given = {"name": "bandwidth.download_line_mbit_s", "unit": Unit.MBIT_S, "path": NetworkPath.WAN, **more}
    return sample(mbit_s, days, **given)


WIFI = {"bound": Bound.AT_LEAST, "because": because(ReasonCode.MEASURED_OVER_WIFI)}
SCHOOLS: dict[str, Facts] = {
    "silent": facts(id="silent", name="从未上报小学"),
    "wifi": facts(*[line(61, day, **WIFI) for day in (1, 2, 3)], id="wifi", name="只有无线小学"),
    "slow": facts(*[line(38.2, day) for day in (1, 2, 3)], id="slow", name=EVIL),
}


def entry(given: Facts) -> Entry:
    return Entry(school=given.school, scorecards=[score_school(PACK, given, NOW)])


EXPORT = Export(made_at=NOW, software="campus-audit 0.1.0", schools=[entry(given) for given in SCHOOLS.values()])
TITLES = {PACK.id: PACK.title}


def card(school: str) -> Scorecard:
    return next(one.scorecards[0] for one in EXPORT.schools if one.school.id == school)


def result(school: str) -> CriterionResult:
    return next(one for one in card(school).results if one.criterion == LINE)


def page(school: str, texts: Texts = ZH) -> str:
    return as_html(EXPORT, next(one for one in EXPORT.schools if one.school.id == school), TITLES, texts, ZONE).decode()


def test_the_three_differ_by_verdict_or_outcome_and_each_by_its_reason() -> None:
    found = [(card(school).verdict.value, result(school).outcome, result(school).reason.code) for school in SCHOOLS]
    assert found == [
        ("undecided", Outcome.UNKNOWN, ReasonCode.NEVER_MEASURED),
        ("undecided", Outcome.UNKNOWN, ReasonCode.MEASURED_OVER_WIFI),
        ("falls_short", Outcome.UNMET, ReasonCode.BELOW_REQUIREMENT),
    ]
    assert len(set(found)) == 3


@pytest.mark.parametrize("texts", [ZH, EN], ids=["zh", "en"])
def test_they_differ_on_the_page(texts: Texts) -> None:
    rows = []
    for school in SCHOOLS:
        row = next(one for one in page(school, texts).split("<tr>") if f"<b>{LINE}</b>" in one)
        rows.append(re.sub(r"<blockquote.*?</blockquote>", "", row))
    for school, row in zip(SCHOOLS, rows, strict=True):
        assert texts(f"outcome.{result(school).outcome.value}") in row
        assert texts.say(result(school).reason) in row
    assert len(set(rows)) == 3
    assert texts("outcome.unmet") not in rows[0] + rows[1]


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    text = page("slow")
    assert EVIL not in text
    assert "&lt;script&gt;" in text
    assert not re.search(r"<script|<link|<img|<iframe|url\(|@import|\bsrc=|\bhref=|javascript:", text)


def test_a_page_has_every_criterion_with_its_quotation() -> None:
    text = page("silent")
    for one in card("silent").results:
        assert f"<b>{one.criterion}</b>" in text
    assert "到2020年，中小学校（含教学点）有线网络覆盖率达到100％" in text


def workbook(texts: Texts = ZH) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(as_xlsx(EXPORT, texts, ZONE)))


def test_they_differ_in_the_workbook() -> None:
    sheet = workbook()["指标"]
    head = [cell.value for cell in sheet[1]]
    rows = [dict(zip(head, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=2)]
    found = [(row["结论"], row["原因"]) for row in rows if row["指标编号"] == LINE]
    assert found == [(ZH(f"outcome.{result(school).outcome.value}"), ZH.say(result(school).reason)) for school in SCHOOLS]


def test_a_workbook_has_real_types_filters_and_no_formula() -> None:
    book = workbook()
    assert book.sheetnames == ["学校", "指标", "证据", "说明"]
    sheet = book["指标"]
    head = [cell.value for cell in sheet[1]]
    slow = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == "slow" and row[3].value == LINE)
    by_name = dict(zip(head, slow, strict=True))
    assert by_name["数值"].value == 38.2
    assert by_name["时间"].is_date
    assert by_name["时间"].value.isoformat() == (NOW - timedelta(days=1)).astimezone(ZONE).replace(tzinfo=None).isoformat()
    assert by_name["学校"].value == EVIL
    assert all(cell.data_type != "f" for one in book for row in one.iter_rows() for cell in row)
    assert sheet.auto_filter.ref == f"A1:T{sheet.max_row}"
    assert sheet.freeze_panes == "C2"


def test_nothing_decided_is_an_empty_cell_and_never_a_number() -> None:
    sheet = workbook()["学校"]
    head = [cell.value for cell in sheet[1]]
    row = dict(zip(head, (cell.value for cell in sheet[2]), strict=True))
    assert (row["学校编号"], row["得分"], row["覆盖率（%）"]) == ("silent", None, 0)


def test_they_differ_in_junit() -> None:
    root = ET.fromstring(as_junit(EXPORT, EN))
    found = []
    for suite in root:
        case = next(one for one in suite if one.get("name", "").startswith(LINE))
        found.append((case[0].tag, case[0].get("message")))
        assert int(suite.get("tests", 0)) == len(suite)
        assert [suite.get("failures"), suite.get("errors")] == [
            str(len(suite.findall("testcase/failure"))),
            str(len(suite.findall("testcase/error"))),
        ]
    assert [tag for tag, _ in found] == ["skipped", "skipped", "failure"]
    assert len({message for _, message in found}) == 3


def test_they_differ_in_prometheus() -> None:
    families = {one.name: one for one in text_string_to_metric_families(as_prometheus(EXPORT).decode())}
    found = {
        one.labels["school"]: (one.labels["outcome"], one.labels["reason"])
        for one in families["campus_outcome"].samples
        if one.labels["criterion"] == LINE
    }
    assert len(set(found.values())) == 3
    assert {one.labels["school"] for one in families["campus_score_percent"].samples} == {"slow"}


def test_they_differ_in_json_and_csv() -> None:
    data = json.loads(as_json(EXPORT))
    reasons = [
        next(one["reason"]["code"] for one in school["scorecards"][0]["results"] if one["criterion"] == LINE)
        for school in data["schools"]
    ]
    assert len(set(reasons)) == 3
    lines = [row for row in as_csv(EXPORT, EN, ZONE).decode("utf-8-sig").splitlines() if f",{LINE}," in row]
    assert len({EN.say(result(school).reason) for school in SCHOOLS}) == len(lines) == 3


FORMS: dict[str, Callable[[], bytes]] = {
    "xlsx": lambda: as_xlsx(EXPORT, ZH, ZONE),
    "html": lambda: page("slow").encode(),
    "junit": lambda: as_junit(EXPORT, ZH),
    "prometheus": lambda: as_prometheus(EXPORT),
    "json": lambda: as_json(EXPORT),
    "csv": lambda: as_csv(EXPORT, ZH, ZONE),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_input_gives_the_same_bytes(form: str) -> None:
    assert FORMS[form]() == FORMS[form]()


def test_no_part_of_the_workbook_carries_the_time_of_its_making() -> None:
    with zipfile.ZipFile(io.BytesIO(FORMS["xlsx"]())) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-01-15T12:00:00Z" in archive.read("docProps/core.xml")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_its_place_in_every_format(outcome: Outcome) -> None:
    assert ZH.entry(f"export.meaning.{outcome.value}")
    assert f'class="o {outcome.value}"' in page("silent")
