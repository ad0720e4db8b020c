"""The form as the agent makes, checks and sends it, against a real collector."""

from datetime import date
from pathlib import Path

import pytest

from agent.attest import gather, send
from agent.uplink import Uplink
from contract.document import DocumentError
from contract.school import School, SchoolKind
from criteria.form import blank, check_form, questions, read_form
from criteria.pack import find
from locales.texts import LANGUAGES, Texts
from tests.collector.conftest import Server

PACK = find("cn-henan-jiaozuo-2019")
SCHOOL = School(id="S1", name='示例"一小\n- criterion: X', county="示例县", kind=SchoolKind.PRIMARY, students=400)
TODAY = date(2026, 3, 2)
ASKED = 'criterion: "JZ-7.1.04"\n    answer: null'
PDF = b"%PDF-1.4 assessment"


def form(**changes: str) -> str:
    text = blank(PACK, SCHOOL, {}, Texts("zh_CN"), TODAY)
    for old, new in {ASKED: 'criterion: "JZ-7.1.04"\n    answer: true', **changes}.items():
        assert old in text
        text = text.replace(old, new)
    head, _, tail = text.partition('criterion: "JZ-7.1.04"')
    return head + 'criterion: "JZ-7.1.04"' + tail.replace("attachments: []", "attachments: [结论.pdf]", 1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(SchoolKind))
def test_a_blank_form_can_be_read_again_and_asks_what_is_asked_of_the_kind(language: str, kind: SchoolKind) -> None:
    school = School(id="S1", name="示例", county="示例县", kind=kind, students=50)
    read = read_form(blank(PACK, school, {}, Texts(language), TODAY), "form.yaml").value
    assert [item.criterion for item in read.answers] == [item.id for item in questions(PACK, school)]
    assert read.answers


def test_all_faults_of_a_form_come_at_once_with_their_lines(tmp_path: Path) -> None:
    text = form()
    (tmp_path / "结论.pdf").write_bytes(b"MZ no document")
    with pytest.raises(DocumentError) as refused:
        gather(read_form(text, "form.yaml"), PACK, tmp_path)
    assert [fault.problem.code for fault in refused.value.faults] == ["attest.attachment_type"]
    (tmp_path / "结论.pdf").write_bytes(PDF)
    wrong = text.replace('school: "S1"', "school: S9").replace("answered_on: 2026-03-02", "answered_on: 2026-03-09")
    document = read_form(wrong, "form.yaml")
    answers, _ = gather(document, PACK, tmp_path)
    with pytest.raises(DocumentError) as refused:
        check_form(document, PACK, SCHOOL, answers, TODAY)
    codes = {fault.problem.code for fault in refused.value.faults}
    assert codes == {"attest.other_school", "attest.in_the_future"}
    assert len({fault.line for fault in refused.value.faults}) > 2


def test_a_form_is_sent_with_its_documents_and_prefills_the_next_one(server: Server, tmp_path: Path) -> None:
    (tmp_path / "结论.pdf").write_bytes(PDF)
    document = read_form(form(), "form.yaml")
    answers, files = gather(document, PACK, tmp_path)
    check_form(document, PACK, SCHOOL, answers, TODAY)
    with Uplink(server.url, token=server.token("agent", "S1", "a1")) as uplink:
        receipt = send(uplink, document.value, answers, files, lambda: 1_772_400_000_000)
        kept = uplink.attestations()
    assert len(receipt.missing) == 1
    last = {item.answer.criterion: item for item in kept.items}
    again = blank(PACK, SCHOOL, last, Texts("zh_CN"), TODAY)
    assert 'criterion: "JZ-7.1.04"\n    answer: true' in again
    assert "结论.pdf" in again
