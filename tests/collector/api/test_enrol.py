"""A one-time code becomes an agent, once."""

from datetime import timedelta

import pytest
import requests

from collector.identity.code import code_digest
from collector.store import agents
from collector.store.agents import NewCode
from tests.collector.conftest import Server, a_report

CODE = "7K2MX-9QFTD"
INSTALL, OTHER = "0" * 31 + "1", "0" * 31 + "2"


@pytest.fixture
def enrolling(server: Server) -> Server:
    """A server that has handed out :data:`CODE` to S1, good for 14 days."""
    new = NewCode(
        school_id="S1",
        digest=code_digest(CODE),
        created_at=server.now(),
        expires_at=server.now() + timedelta(days=14),
    )
    server.store.write(agents.add_codes, [new])
    return server


def enrol(server: Server, code: str = CODE, install: str = INSTALL) -> requests.Response:
    return server.session.post(f"{server.url}/v1/enrol", json={"code": code, "install_id": install}, timeout=10)


def test_a_code_gives_credentials_that_work(enrolling: Server) -> None:
    answer = enrol(enrolling).json()
    assert answer["school_id"] == "S1"
    assert answer["token"].startswith("ca_agent_S1_")
    assert answer["collector_time"] == "2026-03-02T01:00:00Z"
    assert enrolling.post(a_report(agent=answer["agent_id"]), answer["token"]).status_code == 201


def test_the_same_installation_gets_the_same_agent_again_and_its_lost_token_is_void(enrolling: Server) -> None:
    lost, again = enrol(enrolling).json(), enrol(enrolling, CODE.lower().replace("-", " ")).json()
    assert again["agent_id"] == lost["agent_id"]
    assert enrolling.get("/v1/agent/score", again["token"]).status_code == 200
    assert enrolling.get("/v1/agent/score", lost["token"]).status_code == 401
    with enrolling.store.reading() as connection:
        assert [agent.agent_id for agent in agents.of_school(connection, "S1")] == [lost["agent_id"]]


def test_a_retry_works_even_after_the_code_has_expired(enrolling: Server) -> None:
    first = enrol(enrolling).json()
    enrolling.now.forward(days=15)
    assert enrol(enrolling).json()["agent_id"] == first["agent_id"]


@pytest.mark.parametrize(
    ("code", "install", "days", "problem"),
    [
        ("7K2MX-9QFTE", INSTALL, 0, "problem.code_unknown"),
        (CODE, OTHER, 0, "problem.code_used"),
        (CODE, OTHER, 20, "problem.code_used"),
    ],
)
def test_another_code_or_installation_is_refused(
    enrolling: Server, code: str, install: str, days: int, problem: str
) -> None:
    enrol(enrolling)
    enrolling.now.forward(days=days)
    answer = enrol(enrolling, code, install)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (403, problem, "$.code")


def test_an_expired_code_is_refused(enrolling: Server) -> None:
    enrolling.now.forward(days=14)
    assert enrol(enrolling).json()["code"] == "problem.code_expired"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"code": CODE}, 422, "$"),
        ({"code": CODE, "install_id": "X"}, 422, "$.install_id"),
        ({"code": "'; DROP TABLE school", "install_id": INSTALL}, 422, "$.code"),
        ({"code": CODE, "install_id": INSTALL, "more": "x" * 5000}, 413, "$"),
    ],
)
def test_a_malformed_request_is_refused_by_name(enrolling: Server, body: dict[str, str], status: int, field: str) -> None:
    answer = enrolling.session.post(f"{enrolling.url}/v1/enrol", json=body, timeout=10)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


def test_two_installations_at_once_cannot_both_have_the_code(enrolling: Server) -> None:
    answers = [enrol(enrolling, install=f"{number:032x}").status_code for number in range(5)]
    assert sorted(answers) == [200, 403, 403, 403, 403]
