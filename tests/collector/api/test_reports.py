"""Reports come in once, whatever the network does."""

import json
from concurrent.futures import ThreadPoolExecutor

import requests

from collector.scoring import Scoring
from collector.store import reports
from tests.collector.conftest import Server, a_report, bearer, report_id


def stored(server: Server) -> int:
    with server.store.reading() as connection:
        return reports.count(connection)


def test_a_new_report_is_answered_with_201_and_its_receipt(server: Server) -> None:
    answer = server.post(a_report(), server.token("agent", "S1", "a1"))
    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt.items() >= {"report_id": report_id(1), "received_at": "2026-03-02T01:00:00Z", "duplicate": False}.items()


def test_the_same_report_again_is_answered_with_200_and_counted_once(server: Server) -> None:
    token = server.token("agent", "S1", "a1")
    server.post(a_report(), token)
    server.now.forward(hours=1)
    again = server.post(a_report(), token)
    assert again.status_code == 200
    receipt = again.json()
    assert receipt.items() >= {"report_id": report_id(1), "received_at": "2026-03-02T01:00:00Z", "duplicate": True}.items()
    assert stored(server) == 1


def test_a_retry_may_be_packed_anew(server: Server) -> None:
    token = server.token("agent", "S1", "a1")
    server.post(a_report(), token)
    plain = json.dumps(a_report()).encode()
    assert server.post_raw(plain, token, Content_Encoding="identity").status_code == 200


def test_another_body_under_the_same_id_is_refused_and_changes_nothing(server: Server) -> None:
    token = server.token("agent", "S1", "a1")
    server.post(a_report(download=120.0), token)
    answer = server.post(a_report(download=10.0), token)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "problem.id_taken", "$.report_id")
    with server.store.reading() as connection:
        body = reports.body(connection, "S1", report_id(1))
    assert body == json.dumps(a_report(download=120.0)).encode()


def test_the_same_id_in_two_schools_is_two_reports(server: Server) -> None:
    server.post(a_report(1, "S1", "a1"), server.token("agent", "S1", "a1"))
    answer = server.post(a_report(1, "S2", "b1"), server.token("agent", "S2", "b1"))
    assert answer.status_code == 201
    assert stored(server) == 2


def test_many_copies_sent_at_once_are_stored_once(server: Server) -> None:
    token = server.token("agent", "S1", "a1")

    def send(_: int) -> int:
        return requests.post(
            f"{server.url}/v1/reports",
            data=json.dumps(a_report()),
            headers={"Content-Type": "application/json"} | bearer(token),
            timeout=30,
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(send, range(32)))
    assert statuses == [200] * 31 + [201]
    assert stored(server) == 1


def test_the_body_is_kept_to_the_byte(server: Server) -> None:
    raw = b" " + json.dumps(a_report(), indent=3, ensure_ascii=False).encode() + b"\n"
    server.post_raw(raw, server.token("agent", "S1", "a1"), Content_Encoding="identity")
    with server.store.reading() as connection:
        assert reports.body(connection, "S1", report_id(1)) == raw


def test_the_agents_clock_is_noted_and_not_believed(server: Server) -> None:
    token = server.token("agent", "S1", "a1")
    report = {**a_report(), "started_at": "2031-01-01T00:00:00+08:00"}
    assert server.post(report, token, Date="Mon, 02 Mar 2026 01:05:00 GMT").status_code == 201
    with server.store.reading() as connection:
        row = reports.newest(connection, "S1")[0]
    assert row.received_at == server.now()
    assert row.started_at.year == 2030  # 2031 at +08:00 is 2030 in UTC
    detail = server.get("/v1/agent/score", token).json()
    assert detail["row"]["last_report_at"] == "2026-03-02T01:00:00Z"


def test_a_report_answered_with_201_is_in_the_next_score(server: Server) -> None:
    token = server.token("agent", "S1", "a1")
    server.post(a_report(download=120.0), token)
    outcomes = {
        r["criterion"]: r["outcome"] for r in server.get("/v1/agent/score", token).json()["scorecards"][0]["results"]
    }
    assert outcomes["JZ-7.1.02"] == "met"


def test_the_overview_follows_without_being_asked(server: Server) -> None:
    server.post(a_report(), server.token("agent", "S1", "a1"))
    scoring: Scoring = server.app.state.scoring
    scoring.catch_up()
    row = server.get("/v1/schools?q=S1", server.token("viewer")).json()["items"][0]
    assert row["download_mbit_s"] == 120.0
    assert row["coverage"] > 0
