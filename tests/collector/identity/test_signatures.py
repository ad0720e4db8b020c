"""A key that an agent enrolled is asked for with each report; two machines with one identity are seen and shown."""

import base64
import gzip
import json
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from collector.store import agents, reports
from collector.store.schema import agent
from contract.signing import CHAIN_HEADER, SIGNATURE_HEADER, signed_bytes
from tests.collector.conftest import Server, a_report

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def enrolled(server: Server, *, key: bool = True) -> str:
    public = text(KEY.public_key().public_bytes_raw()) if key else None
    row = {"school_id": "S1", "agent_id": "a1", "install_id": "0" * 32, "enrolled_at": server.now(), "public_key": public}
    server.store.write(lambda connection, rows: [connection.execute(insert(agent).values(**rows[0]))], [row])
    return server.token("agent", "S1", "a1")


class Machine:
    """An installation: what it keeps between two reports."""

    def __init__(self, server: Server, token: str, chain: str = "", key: Ed25519PrivateKey = KEY) -> None:
        self.server, self.token, self.chain, self.key = server, token, chain, key

    def send(self, number: int, *, keep: bool = True) -> requests.Response:
        found = a_report(number)
        body = gzip.compress(json.dumps(found).encode(), mtime=0)
        message = signed_bytes("a1", found["report_id"], number, self.chain, body)
        headers = {SIGNATURE_HEADER: f"ed25519 {text(self.key.sign(message))}"}
        headers |= {CHAIN_HEADER: self.chain} if self.chain else {}
        answer = self.server.post_raw(body, self.token, **headers)
        if keep and answer.ok:
            self.chain = answer.json()["chain"]
        return answer

    @property
    def row(self) -> Any:
        with self.server.store.reading() as connection:
            return agents.of_school(connection, "S1")[0]


def test_a_signed_report_is_taken_and_moves_the_chain_on(server: Server) -> None:
    machine = Machine(server, enrolled(server))
    chains = [machine.send(number).json()["chain"] for number in range(1, 5)]
    assert len(set(chains)) == 4
    assert (machine.row.signed, machine.row.cloned, machine.row.revoked) == (True, False, False)


@pytest.mark.parametrize("header", [None, "", "ed25519 ", "ed25519 AAAA", "rsa " + "A" * 86, "ed25519 " + "A" * 86])
def test_a_report_without_the_right_signature_is_refused_and_not_stored(server: Server, header: str | None) -> None:
    token = enrolled(server)
    answer = server.post(a_report(), token, **({} if header is None else {SIGNATURE_HEADER: header}))
    assert answer.status_code == 403
    assert answer.json()["code"] in ("problem.signature_missing", "problem.signature_wrong")
    with server.store.reading() as connection:
        assert reports.count(connection) == 0


def test_another_key_and_a_changed_body_are_refused(server: Server) -> None:
    token = enrolled(server)
    assert Machine(server, token, key=OTHER).send(1).json()["code"] == "problem.signature_wrong"
    found = a_report(2)
    signature = KEY.sign(signed_bytes("a1", found["report_id"], 2, "", gzip.compress(json.dumps(found).encode(), mtime=0)))
    found["duration_s"] = 21.0
    changed = gzip.compress(json.dumps(found).encode(), mtime=0)
    assert server.post_raw(changed, token, **{SIGNATURE_HEADER: f"ed25519 {text(signature)}"}).status_code == 403


def test_an_agent_without_a_key_is_marked_and_served(server: Server) -> None:
    machine = Machine(server, enrolled(server, key=False))
    assert server.post(a_report(), machine.token).status_code == 201
    assert machine.row.signed is False


def test_a_lost_answer_is_no_clone(server: Server) -> None:
    machine = Machine(server, enrolled(server))
    machine.send(1)
    machine.send(2, keep=False)  # its answer is lost
    assert machine.send(2).json()["duplicate"] is True  # the same again: told where the chain stands
    machine.send(3, keep=False)
    assert machine.send(4).json()["cloned"] is False  # or gives up waiting and goes on
    assert machine.send(5).json()["cloned"] is False
    assert machine.row.cloned is False


def test_two_machines_with_one_identity_are_seen_and_both_still_served(server: Server) -> None:
    one = Machine(server, enrolled(server))
    one.send(1)
    two = Machine(server, one.token, one.chain)
    answers = [machine.send(number) for number, machine in enumerate([one, two, one, two], start=2)]
    assert {answer.status_code for answer in answers} == {201}
    assert answers[-1].json()["cloned"] is True
    assert one.row.cloned is True
    with server.store.reading() as connection:
        assert reports.count(connection) == 5


def test_a_machine_set_back_to_an_old_image_is_seen_at_once(server: Server) -> None:
    machine = Machine(server, enrolled(server))
    machine.send(1)
    old = machine.chain
    for number in range(2, 5):
        machine.send(number)
    machine.chain = old
    assert machine.send(5).json()["cloned"] is True


def test_a_revoked_agent_is_out_from_the_next_request_on(server: Server) -> None:
    machine = Machine(server, enrolled(server))
    assert machine.send(1).status_code == 201
    assert server.store.write(agents.revoke, [("S1", "a1", server.now())]) == [True]
    assert machine.send(2).status_code == 401
    assert machine.row.revoked is True
    assert server.store.write(agents.revoke, [("S1", "a1", server.now())]) == [False]


def test_what_is_no_key_cannot_be_enrolled(server: Server) -> None:
    body = {"code": "0000000000", "install_id": "0" * 32, "public_key": "!" * 43}
    sent = json.dumps(body).encode()
    answer = server.post_raw(sent, None, "/v1/enrol", Content_Encoding="")
    assert answer.status_code == 422
