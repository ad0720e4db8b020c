"""The collector as witness: what it saw counts, what an agent says of itself does not."""

import copy
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Scope

from collector.api.witness import REMEMBERED_S, Sightings, vouch
from collector.identity.principal import Principal, Role
from collector.store.samples import facts_of
from contract.outcome import Provenance
from contract.report import Report
from contract.school import School, SchoolKind
from contract.wire import decode, encode
from tests.collector.conftest import START, Server, a_report, measurement

GLOBAL = "2400:da00:1:1::20"
AGENT = Principal(role=Role.AGENT, school_id="S1", agent_id="a1")


def request_from(peer: str, sightings: Sightings) -> Request:
    class State:
        pass

    class App:
        state = State()

    App.state.sightings = sightings  # type: ignore[attr-defined]
    scope: Scope = {"type": "http", "client": (peer, 1234), "headers": [], "app": App}
    return Request(scope)


def report(**more: Any) -> Report:
    plain = copy.deepcopy(a_report())
    ready = {**measurement("ipv6.ready", True, "yes/no", path="wan"), **more}
    plain["runs"].append({"check": "ipv6", "version": 2, "status": "ok", "measurements": [ready]})
    return decode(encode(plain), Report)


def word(found: Report) -> Provenance:
    return found.runs[-1].measurements[0].provenance


def sightings(at: list[float] | None = None) -> Sightings:
    moment = at or [0.0]
    return Sightings(lambda: moment[0])


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (GLOBAL, Provenance.SERVER_VERIFIED),
        ("203.0.113.9", Provenance.AGENT_MEASURED),
        ("::ffff:203.0.113.9", Provenance.AGENT_MEASURED),
        ("fd00::9", Provenance.AGENT_MEASURED),
        ("2002:cb00:7101::9", Provenance.AGENT_MEASURED),
    ],
)
def test_only_a_global_address_of_the_peer_makes_it_the_collectors_own_word(peer: str, expected: Provenance) -> None:
    assert word(vouch(request_from(peer, sightings()), AGENT, report())) is expected


def test_an_agent_cannot_claim_the_collectors_word() -> None:
    claimed = report(provenance="server_verified")
    assert word(claimed) is Provenance.SERVER_VERIFIED
    assert word(vouch(request_from("203.0.113.9", sightings()), AGENT, claimed)) is Provenance.AGENT_MEASURED


@pytest.mark.parametrize("more", [{"path": "lan"}, {"value": False}])
def test_what_stayed_inside_or_failed_is_not_vouched_for(more: dict[str, Any]) -> None:
    assert word(vouch(request_from(GLOBAL, sightings()), AGENT, report(**more))) is Provenance.AGENT_MEASURED


def test_an_agent_that_was_seen_a_moment_ago_may_post_over_ipv4() -> None:
    now = [0.0]
    seen = sightings(now)
    seen.note(AGENT, GLOBAL)
    assert word(vouch(request_from("203.0.113.9", seen), AGENT, report())) is Provenance.SERVER_VERIFIED
    now[0] = REMEMBERED_S + 1
    assert word(vouch(request_from("203.0.113.9", seen), AGENT, report())) is Provenance.AGENT_MEASURED


def test_the_witness_tells_an_agent_its_address_and_nobody_else(server: Server) -> None:
    token = server.token("agent", "S1", "a1")
    assert server.get("/v1/witness?fill=" + "x" * 1600, token).json() == {"address": "127.0.0.1"}
    assert server.get("/v1/witness").status_code == 401
    assert server.get("/v1/witness", server.token("viewer")).status_code == 403


def test_bulk_is_random_and_bounded(server: Server) -> None:
    token = server.token("agent", "S1", "a1")
    found = server.get("/v1/witness/6000", token).content
    assert len(found) == 6000
    assert len(set(found)) == 256
    assert server.get("/v1/witness/600000", token).status_code == 422


def test_the_stored_measurement_carries_what_the_collector_knows(server: Server) -> None:
    plain = a_report()
    ready = measurement("ipv6.ready", True, "yes/no", path="wan", provenance="server_verified")
    plain["runs"].append({"check": "ipv6", "version": 2, "status": "ok", "measurements": [ready]})
    assert server.post(plain, server.token("agent", "S1", "a1")).status_code == 201
    with server.store.reading() as connection:
        school = School(id="S1", name="示例一小", county="示例县", kind=SchoolKind.PRIMARY)
        facts = facts_of(connection, school, ["ipv6.ready"], START)
    assert [sample.provenance for sample in facts.samples["ipv6.ready"]] == [Provenance.AGENT_MEASURED]
