"""What dashboards read: pages, filters, one school, the roll-up, and who may see what."""

import pytest

from collector.scoring import Scoring
from tests.collector.conftest import Server, a_report


@pytest.fixture
def reporting(server: Server) -> Server:
    """S1 satisfies the pack's line criterion, S2 does not, S3 has never reported."""
    server.post(a_report(1, "S1", "a1", download=120.0), server.token("agent", "S1", "a1"))
    for number in range(2, 12):
        server.post(a_report(number, "S2", "b1", download=20.0), server.token("agent", "S2", "b1"))
        server.now.forward(hours=7)
    scoring: Scoring = server.app.state.scoring
    scoring.everything()
    return server


def ids(server: Server, query: str, token: str) -> list[str]:
    return [row["id"] for row in server.get(f"/v1/schools{query}", token).json()["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["S1", "S2", "S3"]),
        ("?county=示例县", ["S1", "S2"]),
        ("?verdict=falls_short", ["S2"]),
        ("?verdict=undecided&county=示例区", ["S3"]),
        ("?q=职校", ["S3"]),
        ("?q=S2", ["S2"]),
        ("?q=%25", []),
        ("?q=_", []),
        ("?after=S1", ["S2", "S3"]),
        ("?county=nowhere", []),
    ],
)
def test_the_overview_can_be_narrowed(reporting: Server, query: str, expected: list[str]) -> None:
    assert ids(reporting, query, reporting.token("viewer")) == expected


def test_pages_join_without_gap_or_overlap(reporting: Server) -> None:
    token, found, after = reporting.token("viewer"), [], ""
    while True:
        page = reporting.get(f"/v1/schools?limit=1&after={after}", token).json()
        assert page["total"] == 3
        found += [row["id"] for row in page["items"]]
        after = page.get("next", "")
        if not after:
            break
    assert found == ["S1", "S2", "S3"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("limit=²", "limit"),
        ("verdict=good", "verdict"),
        (f"q={'x' * 129}", "q"),
    ],
)
def test_a_wrong_query_is_refused_by_name(shared: Server, query: str, field: str) -> None:
    answer = shared.get(f"/v1/schools?{query}", shared.token("viewer"))
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_school_shows_its_evidence(reporting: Server) -> None:
    detail = reporting.get("/v1/schools/S2", reporting.token("viewer")).json()
    assert detail["school"]["name"] == "示例二中"
    assert detail["row"]["verdict"] == "falls_short"
    assert len(detail["reports"]) == 10
    line = next(item for item in detail["scorecards"][0]["results"] if item["criterion"] == "JZ-7.1.02")
    assert (line["outcome"], line["value"]) == ("unmet", 20.0)
    assert set(line["report_ids"]) <= {report["report_id"] for report in detail["reports"]}


def test_data_that_has_gone_stale_since_does_not_look_fresh(reporting: Server) -> None:
    reporting.now.forward(days=500)
    detail = reporting.get("/v1/schools/S2", reporting.token("viewer")).json()
    line = next(item for item in detail["scorecards"][0]["results"] if item["criterion"] == "JZ-7.1.02")
    assert (line["outcome"], line["reason"]["code"]) == ("unknown", "stale")
    assert detail["row"].get("verdict", "undecided") == "undecided"


def test_the_rollup_counts_the_silent_too(reporting: Server) -> None:
    rollup = reporting.get("/v1/rollup", reporting.token("viewer")).json()
    assert (rollup["schools"], rollup["reporting"]) == (3, 2)
    assert rollup["meets"] + rollup["falls_short"] + rollup["undecided"] == 3
    assert rollup["counties"] == ["示例区", "示例县"]
    line = next(target for target in rollup["targets"] if target["id"] == "JZ-7.1.02-T")
    assert (line["met"], line["unmet"]) == (1, 1)


def test_a_viewer_of_one_county_sees_nothing_of_another(reporting: Server) -> None:
    token = reporting.token("viewer", counties=("示例县",))
    assert ids(reporting, "", token) == ["S1", "S2"]
    assert reporting.get("/v1/schools?county=示例区", token).status_code == 403
    assert reporting.get("/v1/schools/S3", token).status_code == 404
    assert reporting.get("/v1/rollup?county=示例区", token).status_code == 403
    rollup = reporting.get("/v1/rollup", token).json()
    assert (rollup["schools"], rollup["counties"]) == (2, ["示例县"])


ROUTES = {
    "/healthz": {"none", "agent", "viewer", "admin"},
    "/v1/agent/score": {"agent"},
    "/v1/schools": {"viewer", "admin"},
    "/v1/schools/S1": {"viewer", "admin"},
    "/v1/rollup": {"viewer", "admin"},
}


@pytest.mark.parametrize("role", ["none", "agent", "viewer", "admin"])
@pytest.mark.parametrize("path", ROUTES)
def test_each_role_may_read_what_the_route_table_says(shared: Server, path: str, role: str) -> None:
    token = (
        {"none": None, "agent": shared.token("agent", "S1", "a1")}.get(role)
        if role in ("none", "agent")
        else shared.token(role)
    )
    expected = 200 if role in ROUTES[path] else 401 if role == "none" else 403
    assert shared.get(path, token).status_code == expected


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "problem.no_such_path"),
        ("GET", "/v1/schools/", 404, "problem.no_such_path"),
        ("DELETE", "/v1/schools", 405, "problem.method_not_allowed"),
        ("GET", "/v1/reports", 405, "problem.method_not_allowed"),
    ],
)
def test_what_is_not_there_is_a_problem_too(shared: Server, method: str, path: str, status: int, code: str) -> None:
    answer = shared.session.request(method, shared.url + path, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
