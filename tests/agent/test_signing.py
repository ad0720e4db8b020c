"""Every report carries a signature that its agent's public key confirms, and the chain of the receipt before."""

import json
import os
import random
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent import durable, identity, signing
from agent.config import SpoolSettings
from agent.deliver import deliver
from agent.signing import Signer
from agent.spool import Spool, unpack
from agent.uplink import Uplink
from contract.api import EnrolRequest, Receipt
from contract.signing import CHAIN_HEADER, SIGNATURE_HEADER, signed_bytes
from contract.wire import decode, encode
from tests.agent.conftest import NOW, TOKEN, Answer, Collector, Request, make_report

KEY = signing.make_key(random.Random(7).randbytes)


def confirm(request: Request, sequence: int, report_id: str, agent_id: str = "agent-1", *, public: str) -> None:
    """Raise unless the signature under a request is the key's."""
    kind, _, text = request.headers[SIGNATURE_HEADER].partition(" ")
    assert kind == "ed25519"
    chain = request.headers.get(CHAIN_HEADER, "")
    message = signed_bytes(agent_id, report_id, sequence, chain, request.body)
    Ed25519PublicKey.from_public_bytes(signing._bytes(public)).verify(signing._bytes(text), message)


def send(spool: Spool, collector: Collector, signer: Signer) -> None:
    with Uplink(collector.url, token=TOKEN, timeout_s=5) as uplink:
        deliver(spool, uplink, signer, wall=lambda: NOW, rng=random.Random(1))


def receipt(report_id: str, chain: str, *, cloned: bool = False) -> Answer:
    told = {"report_id": report_id, "received_at": "2026-03-02T22:10:00Z", "chain": chain, "cloned": cloned}
    return Answer(201, json.dumps(told).encode())


def test_a_report_is_signed_over_its_bytes_and_its_chain(spool: Spool, collector: Collector, tmp_path: Path) -> None:
    ids = [spool.add(make_report(number)).report_id for number in (1, 2, 3)]
    collector.script += [receipt(ids[0], "first"), receipt(ids[1], "second")]
    send(spool, collector, Signer(tmp_path, "agent-1", KEY))
    assert [request.headers.get(CHAIN_HEADER) for request in collector.requests] == [None, "first", "second"]
    for number, request in enumerate(collector.requests):
        confirm(request, number + 1, ids[number], public=signing.public_key(KEY))
    forged = Request("POST", "/", collector.requests[0].headers, collector.requests[0].body + b" ")
    with pytest.raises(InvalidSignature):
        confirm(forged, 1, ids[0], public=signing.public_key(KEY))


def test_the_chain_outlives_the_process_and_ends_with_the_identity(tmp_path: Path) -> None:
    signer = Signer(tmp_path, "agent-1", KEY)
    signer.received(Receipt(report_id="r", received_at=NOW, chain="kept"))
    assert Signer(tmp_path, "agent-1", KEY).last().chain == "kept"
    assert Signer(tmp_path, "agent-2", KEY).last().chain == ""


def test_a_receipt_without_a_chain_leaves_the_old_one(tmp_path: Path) -> None:
    signer = Signer(tmp_path, "agent-1", KEY)
    signer.received(Receipt(report_id="r", received_at=NOW, chain="kept"))
    signer.received(Receipt(report_id="s", received_at=NOW))
    assert signer.last().chain == "kept"


def test_an_agent_without_a_key_sends_its_token_only(spool: Spool, collector: Collector, tmp_path: Path) -> None:
    report_id = spool.add(make_report(1)).report_id
    collector.script.append(receipt(report_id, "next"))
    spool.add(make_report(2))
    send(spool, collector, Signer(tmp_path, "agent-1", None))
    assert [SIGNATURE_HEADER in request.headers for request in collector.requests] == [False, False]
    assert collector.requests[1].headers[CHAIN_HEADER] == "next"


def test_the_date_of_sending_goes_with_every_request(spool: Spool, collector: Collector, tmp_path: Path) -> None:
    spool.add(make_report(1))
    with Uplink(collector.url, token=TOKEN, timeout_s=5, wall=lambda: NOW) as uplink:
        deliver(spool, uplink, Signer(tmp_path, "agent-1", KEY), wall=lambda: NOW, rng=random.Random(1))
    assert collector.requests[0].headers["Date"] == "Mon, 02 Mar 2026 22:10:00 GMT"


def test_an_installation_has_a_key_that_stays(tmp_path: Path) -> None:
    first = identity.installation(tmp_path, os.urandom)
    assert first.key is not None
    assert identity.installation(tmp_path, os.urandom) == first
    assert (tmp_path / identity.INSTALLATION).stat().st_mode & 0o777 == 0o600


def test_an_installation_from_before_keys_is_given_one(tmp_path: Path) -> None:
    old = identity.Installation(install_id="ab" * 16, privacy_key="cd" * 32)
    durable.write(tmp_path / identity.INSTALLATION, encode(old))
    found = identity.installation(tmp_path, os.urandom)
    assert (found.install_id, found.privacy_key) == (old.install_id, old.privacy_key)
    assert found.key is not None


def enrolled(state: Path, install: identity.Installation) -> None:
    given = identity.Credentials(
        collector_url="http://127.0.0.1:9",
        agent_id="agent-1",
        school_id="school-1",
        token=TOKEN,
        enrolled_at=NOW,
        install_id=install.install_id,
        key=install.key,
    )
    identity.keep_credentials(state, given)


def test_a_renewed_installation_is_another_one_with_the_schools_key_for_devices(tmp_path: Path) -> None:
    old = identity.installation(tmp_path, os.urandom)
    enrolled(tmp_path, old)
    new = identity.renewed(tmp_path, os.urandom)
    assert new.install_id != old.install_id
    assert new.key not in (None, old.key)
    assert new.privacy_key == old.privacy_key


def test_an_enrolment_whose_answer_was_lost_is_asked_for_again_not_anew(tmp_path: Path) -> None:
    enrolled(tmp_path, identity.installation(tmp_path, os.urandom))
    new = identity.renewed(tmp_path, os.urandom)
    assert identity.renewed(tmp_path, os.urandom) == new
    kept = identity.credentials(tmp_path)
    assert kept is not None
    assert kept.key != new.key, "the old identity stays whole until the new one is given"


def test_waiting_reports_follow_the_machine_to_its_new_identity(spool: Spool) -> None:
    spool.add(make_report(1))
    assert spool.readdress("school-2", "agent-2") == 0
    assert spool.readdress("school-1", "agent-2") == 1
    [entry] = spool.waiting()
    report = unpack(spool.body(entry))
    assert (report.agent_id, str(report.report_id)) == ("agent-2", entry.report_id)
    assert spool.readdress("school-1", "agent-2") == 0


def test_enrolment_shows_the_public_key_only(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from agent.cli import main

    monkeypatch.setenv("CAMPUS_STATE", str(tmp_path / "state"))
    assert main(["enroll", collector.url, "7K2MX9QFTD"]) == 0
    asked = decode(collector.requests[0].body, EnrolRequest)
    kept = identity.credentials(tmp_path / "state")
    assert kept is not None
    assert kept.key is not None
    assert asked.public_key == signing.public_key(kept.key)
    assert kept.key not in collector.requests[0].body.decode() + capsys.readouterr().out
    assert main(["run", "--only", "host"]) == 0
    report_id, sequence = collector.accepted[0], 1
    confirm(collector.requests[-1], sequence, report_id, public=asked.public_key or "")
    assert main(["enroll", collector.url, "7K2MX9QFTE", "--again"]) == 0
    again = decode(collector.requests[-1].body, EnrolRequest)
    assert again.install_id != asked.install_id
    assert again.public_key not in (None, asked.public_key)


def test_a_clone_is_told_with_the_command_that_cures_it(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from agent.cli import main

    monkeypatch.setenv("CAMPUS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CAMPUS_LANG", "en")
    main(["enroll", collector.url, "7K2MX9QFTD"])
    main(["run", "--only", "host", "--no-deliver"])
    [entry] = Spool(tmp_path / "state" / "spool", SpoolSettings()).waiting()
    collector.script.append(receipt(entry.report_id, "x", cloned=True))
    capsys.readouterr()
    assert main(["deliver"]) == 0
    assert "campus-agent enroll URL CODE --again" in capsys.readouterr().out
    assert main(["doctor"]) == 77
    assert "another machine with this identity" in capsys.readouterr().out
