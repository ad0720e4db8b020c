"""Answers, their reviews and documents, waivers and explanations, over HTTP."""

import hashlib
import json
from typing import Any
from uuid import UUID

import pytest
import requests

from tests.collector.conftest import Server, a_report, bearer, report_id

PDF = b"%PDF-1.4 assessment"
DIGEST = hashlib.sha256(PDF).hexdigest()
PACK = "cn-henan-jiaozuo-2019"


def answer(criterion: str = "JZ-7.1.04", value: bool | None = True, **more: Any) -> dict[str, Any]:
    given = {"answered_on": "2026-03-02", "answered_by": "信息中心", "valid_until": "2027-03-01", "note": "见附件"}
    return {"criterion": criterion, "answer": value, **given, **more}


def form(*answers: dict[str, Any], number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "attestation_id": report_id(900 + number),
        "school_id": "S1",
        "pack": PACK,
        "answers": list(answers) or [answer()],
        **more,
    }


def send(server: Server, path: str, body: Any, token: str, method: str = "POST") -> requests.Response:
    headers = {"Content-Type": "application/json"} | bearer(token)
    return server.session.request(method, server.url + path, data=json.dumps(body), headers=headers, timeout=10)


def result(server: Server, token: str, criterion: str = "JZ-7.1.04") -> dict[str, Any]:
    card = server.get("/v1/schools/S1", token).json()["scorecards"][0]
    return next(item for item in card["results"] if item["criterion"] == criterion)


@pytest.fixture
def agent(server: Server) -> str:
    return server.token("agent", "S1", "a1")


@pytest.fixture
def admin(server: Server) -> str:
    return server.token("admin")


def test_an_answer_is_stored_once_and_judged_at_once(server: Server, agent: str, admin: str) -> None:
    first, again = (send(server, "/v1/attestations", form(), agent) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["duplicate"]
    assert result(server, admin)["outcome"] == "met"
    assert result(server, admin)["provenance"] == "attested"


def test_another_content_under_the_same_id_is_refused(server: Server, agent: str) -> None:
    send(server, "/v1/attestations", form(), agent)
    assert send(server, "/v1/attestations", form(answer(value=False)), agent).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (form(answer("JZ-7.1.05")), "$.answers[0].criterion"),  # of vocational schools
        (form(answer("JZ-7.2.04")), "$.answers[0].criterion"),  # the city counts it
        (form(answer(), answer()), "$.answers[1].criterion"),
        (form(answer(answered_on="2026-03-03")), "$.answers[0].answered_on"),
        (form(answer(valid_until="2026-03-01")), "$.answers[0].valid_until"),
        (form(answer(valid_until="2028-03-01")), "$.answers[0].valid_until"),
        (form(answer(note=" ")), "$.answers[0].note"),
        (form(pack="none"), "$.pack"),
        (form(answer(extra=1)), "$.answers[0]"),
        (form(answers=[]), "$.answers"),
    ],
)
def test_a_wrong_form_is_refused_by_the_name_of_its_field(server: Server, agent: str, body: Any, field: str) -> None:
    found = send(server, "/v1/attestations", body, agent)
    assert (found.status_code, found.json()["field"]) == (422, field)


def test_an_agent_answers_for_its_own_school_only(server: Server, agent: str) -> None:
    assert send(server, "/v1/attestations", form(school_id="S2"), agent).status_code == 403


def test_a_review_lies_over_the_answer_and_the_newest_holds(server: Server, agent: str, admin: str) -> None:
    send(server, "/v1/attestations", form(), agent)
    outcomes = []
    for decision, reason in (("rejected", "缺结论文件"), ("asked", "请补盖章页"), ("accepted", "")):
        body = {"pack": PACK, "criterion": "JZ-7.1.04", "attestation_id": report_id(901), "decision": decision}
        sent = send(server, "/v1/schools/S1/reviews", {**body, "reviewed_by": "县教育局", "reason": reason}, admin)
        assert sent.status_code == 201
        server.now.forward(minutes=1)
        found = result(server, admin)
        outcomes.append((found["outcome"], found["reason"]["code"], found.get("provenance")))
    assert outcomes == [
        ("manual", "attestation_rejected", None),
        ("manual", "attestation_asked", None),
        ("met", "attested_so", "reviewed"),
    ]


def test_a_refusal_needs_a_reason_and_a_viewer_may_not_review(server: Server, agent: str, admin: str) -> None:
    send(server, "/v1/attestations", form(), agent)
    body = {"pack": PACK, "criterion": "JZ-7.1.04", "attestation_id": report_id(901), "decision": "rejected"}
    body |= {"reviewed_by": "县教育局"}
    assert send(server, "/v1/schools/S1/reviews", body, admin).json()["field"] == "$.reason"
    assert send(server, "/v1/schools/S1/reviews", body, server.token("viewer")).status_code == 403
    other = {**body, "attestation_id": str(UUID(int=7)), "reason": "x"}
    assert send(server, "/v1/schools/S1/reviews", other, admin).status_code == 404


def test_an_answer_expires_by_itself(server: Server, agent: str, admin: str) -> None:
    send(server, "/v1/attestations", form(), agent)
    server.now.forward(days=365)
    assert result(server, admin)["reason"]["code"] == "attestation_expired"


def test_a_document_is_kept_by_its_digest_and_shown_to_staff_only(server: Server, agent: str, admin: str) -> None:
    document = {"name": "结论.pdf", "sha256": DIGEST, "bytes": len(PDF), "media_type": "application/pdf"}
    assert send(server, "/v1/attestations", form(answer(attachments=[document])), agent).json()["missing"] == [DIGEST]
    path = f"{server.url}/v1/attachments/{DIGEST}"
    put = server.session.put
    assert put(path, data=b"%PDF-other", headers=bearer(agent), timeout=10).status_code == 422
    assert put(path, data=b"<script>", headers=bearer(agent), timeout=10).status_code == 415
    assert put(path, data=b"%PDF-" + bytes(5 * 1024 * 1024), headers=bearer(agent), timeout=10).status_code == 413
    assert put(path, data=PDF, headers=bearer(agent), timeout=10).status_code == 204
    shown = server.get(f"/v1/schools/S1/attachments/{DIGEST}", admin)
    assert (shown.content, shown.headers["Content-Disposition"]) == (PDF, "attachment")
    assert server.get(f"/v1/schools/S1/attachments/{DIGEST}", agent).status_code == 403
    stranger = server.token("viewer", counties=("示例区",))
    assert server.get("/v1/schools/S1/attestations", stranger).status_code == 404


def waiver(**more: Any) -> dict[str, Any]:
    given = {"pack": PACK, "criterion": "JZ-7.1.02", "schools": ["S1"], "reason": "线路迁改", "approved_by": "县教育局"}
    return {**given, "approved_on": "2026-03-01", "expires": "2026-06-30", **more}


def test_a_waiver_shows_both_scores_until_it_ends(server: Server, agent: str, admin: str) -> None:
    for number in (1, 2, 3):
        server.post(a_report(number, download=20.0), agent)
        server.now.forward(minutes=1)
    made = send(server, "/v1/waivers", waiver(), admin)
    assert (made.status_code, made.json()["state"]) == (201, "in_force")
    assert send(server, "/v1/waivers", waiver(), admin).status_code == 200
    card = server.get("/v1/schools/S1", admin).json()["scorecards"][0]
    assert (card["score"], card["waived_score"]) == (50.0, 100.0)
    server.now.forward(days=121)
    card = server.get("/v1/schools/S1", admin).json()["scorecards"][0]
    assert "waived_score" not in card
    assert server.get("/v1/waivers", admin).json()["items"][0]["state"] == "expired"


def test_a_waiver_without_end_or_match_is_refused(server: Server, admin: str) -> None:
    assert send(server, "/v1/waivers", waiver(expires="2027-03-03"), admin).json()["field"] == "$.expires"
    assert send(server, "/v1/waivers", waiver(criterion="JZ-0"), admin).json()["field"] == "$.criterion"
    assert send(server, "/v1/waivers", waiver(), server.token("viewer")).status_code == 403


def test_a_withdrawn_waiver_stays_on_record(server: Server, admin: str) -> None:
    made = send(server, "/v1/waivers", waiver(), admin).json()["waiver_id"]
    server.now.forward(minutes=1)
    assert send(server, f"/v1/waivers/{made}", None, admin, "DELETE").status_code == 204
    assert send(server, f"/v1/waivers/{made}", None, admin, "DELETE").status_code == 404
    assert server.get("/v1/waivers", admin).json()["items"][0]["state"] == "withdrawn"


def test_an_explanation_names_what_was_used_and_what_was_left_out(server: Server, agent: str, admin: str) -> None:
    server.post(a_report(1, download=20.0), agent)
    server.now.forward(days=40)
    server.post(a_report(2, download=120.0), agent)
    server.now.forward(minutes=1)
    found = server.get("/v1/schools/S1/explain/JZ-7.1.02", admin).json()
    assert found["result"]["outcome"] == "met"
    assert (found["samples"][0]["value"], found["samples"][0]["used"]) == (120.0, True)
    assert all(item["excluded"]["code"] == "excluded.outside_window" for item in found["samples"][1:])
    assert server.get("/v1/schools/S1/explain/JZ-0", admin).status_code == 404
