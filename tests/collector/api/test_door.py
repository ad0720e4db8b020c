"""Each request has a number, refusals are in the log without secrets, and the figures count by route."""

import json
import logging

import pytest

from tests.collector.conftest import Server, bearer


def test_the_number_of_the_proxy_is_kept_and_a_strange_one_replaced(shared: Server) -> None:
    for sent, kept in (("abc-1.2", True), ("x" * 65, False), ("a b", False)):
        answer = shared.session.get(shared.url + "/healthz", headers={"X-Request-Id": sent}, timeout=10)
        assert (answer.headers["X-Request-Id"] == sent) is kept
        assert answer.headers["X-Request-Id"]


def test_a_refusal_is_one_line_without_token_or_path(shared: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "collector.requests"):
        answer = shared.get("/v1/schools/S1-secret", "ca_viewer_all_" + "s" * 43)
        shared.get("/healthz")  # the line is written behind the answer, and before the connection's next request
    line = json.loads(next(record.getMessage() for record in caplog.records if record.name == "collector.requests"))
    assert (line["request"], line["status"]) == (answer.headers["X-Request-Id"], 401)
    assert line["route"] == "/v1/schools/{id}"
    assert "secret" not in json.dumps(line)


def test_the_figures_are_for_admins_and_count_by_route(shared: Server) -> None:
    shared.get("/v1/no/such/path/4711")
    shared.get("/healthz")
    shared.get("/healthz")  # a request counts once it has been answered
    answer = shared.session.get(shared.url + "/metrics", headers=bearer(shared.token("admin")), timeout=10)
    assert answer.status_code == 200
    assert 'campus_requests_total{method="GET",route="/healthz",status="200"}' in answer.text
    assert 'route="-",status="404"' in answer.text
    assert "4711" not in answer.text
