"""Every role at every route, of the own school and of another. A route that is not in the table fails the test."""

import itertools
import re

import pytest
from starlette.routing import Route

from tests.collector.conftest import Server

NOBODY: frozenset[str] = frozenset()
ANYONE = frozenset({"none", "agent", "viewer", "admin"})
AGENT, READERS, ADMIN = frozenset({"agent"}), frozenset({"viewer", "admin"}), frozenset({"admin"})
MAY = {
    "GET /healthz": ANYONE,
    "GET /metrics": ADMIN,
    "POST /v1/enrol": ANYONE,
    "POST /v1/reports": AGENT,
    "GET /v1/agent/score": AGENT,
    "GET /v1/agent/attestations": AGENT,
    "POST /v1/attestations": AGENT,
    "PUT /v1/attachments/{sha256}": AGENT,
    "GET /v1/schools": READERS,
    "GET /v1/schools/{id}": READERS,
    "GET /v1/schools/{id}/explain/{criterion}": READERS,
    "GET /v1/schools/{id}/attestations": READERS,
    "GET /v1/schools/{id}/attachments/{sha256}": READERS,
    "POST /v1/schools/{id}/reviews": ADMIN,
    "GET /v1/schools/{id}/website": READERS,
    "GET /v1/rollup": READERS,
    "GET /v1/waivers": READERS,
    "POST /v1/waivers": ADMIN,
    "DELETE /v1/waivers/{id}": ADMIN,
    "POST /v1/slots": AGENT,
    "DELETE /v1/slots/{slot}": AGENT,
    "POST /v1/speed/sessions": AGENT,
    "GET /v1/speed/sessions/{session}": AGENT,
    "DELETE /v1/speed/sessions/{session}": AGENT,
    "GET /v1/speed/down/{session}": AGENT,
    "POST /v1/speed/up/{session}": AGENT,
    "GET /v1/speed/ping": AGENT,
    "GET /v1/witness": AGENT,
    "GET /v1/witness/{size:int}": AGENT,
}
OF_A_SCHOOL = [key for key in MAY if "/schools/{id}" in key]
PUT_IN = {"id": "S1", "size:int": "1"}


def routes(server: Server) -> list[str]:
    found = []
    for route in server.app.routes:
        assert isinstance(route, Route)
        found += [f"{method} {route.path}" for method in sorted(route.methods or {"GET"}) if method != "HEAD"]
    return found


@pytest.fixture(scope="module")
def tokens(shared: Server) -> dict[str, str | None]:
    return {
        "none": None,
        "agent": shared.token("agent", "S1", "a1"),
        "viewer": shared.token("viewer"),
        "admin": shared.token("admin"),
        "elsewhere": shared.token("viewer", counties=("示例区",)),
    }


def answer(server: Server, key: str, token: str | None, **names: str) -> int:
    method, _, path = key.partition(" ")
    filled = re.sub(r"{([^}]+)}", lambda match: (PUT_IN | names).get(match[1], "x" * 64), path)
    headers = {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    body = b"" if method == "GET" else b"{"
    return server.session.request(method, server.url + filled, data=body, headers=headers, timeout=10).status_code


def test_the_table_names_every_route_and_no_other(shared: Server) -> None:
    assert sorted(routes(shared)) == sorted(key for key in MAY)


@pytest.mark.parametrize(("key", "role"), itertools.product(MAY, sorted(ANYONE)))
def test_each_role_is_let_in_where_the_table_says(
    shared: Server, tokens: dict[str, str | None], key: str, role: str
) -> None:
    status = answer(shared, key, tokens[role])
    if role in MAY[key]:
        assert status not in (401, 403) or (key == "POST /v1/enrol" and status == 403)
        assert status < 500
    else:
        assert status == (401 if role == "none" else 403)


@pytest.mark.parametrize("key", [key for key in OF_A_SCHOOL if "viewer" in MAY[key]])
def test_a_school_of_another_county_is_as_if_it_were_not_there(
    shared: Server, tokens: dict[str, str | None], key: str
) -> None:
    assert answer(shared, key, tokens["elsewhere"], id="S1") == answer(shared, key, tokens["elsewhere"], id="S99") == 404
