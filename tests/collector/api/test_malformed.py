"""What comes over the network is hostile until proven otherwise: the right 4xx, the field named, nothing stored."""

import gzip
import io
import json
import logging
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from collector.store import reports
from tests.collector.conftest import Server, a_report, bearer


def packed(value: Any) -> bytes:
    return gzip.compress(json.dumps(value).encode())


def changed(**fields: Any) -> bytes:
    return packed({**a_report(), **fields})


def text(old: str, new: str) -> bytes:
    """The report with a piece of its JSON text replaced."""
    plain = json.dumps(a_report())
    assert old in plain
    return gzip.compress(plain.replace(old, new).encode("utf-8", "surrogatepass"))


def with_measurement(**fields: Any) -> bytes:
    report = a_report()
    report["runs"][0]["measurements"][0] |= fields
    return packed(report)


def bomb(size: int) -> bytes:
    """Gzip of ``size`` noughts, without ever holding them."""
    machine = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"0" * (1 << 20)
    out = io.BytesIO()
    for _ in range(size >> 20):
        out.write(machine.compress(block))
    out.write(machine.flush())
    return out.getvalue()


@dataclass(frozen=True)
class Case:
    """A body, how it is sent, and what must come back."""

    name: str
    body: Callable[[], bytes]
    status: int
    code: str
    field: str | None
    token: str = "agent"
    headers: tuple[tuple[str, str], ...] = ()


DEEP = b'{"evidence":' * 100_000
CASES = [
    Case("gzip cut in the middle", lambda: packed(a_report())[:-40], 400, "problem.truncated_gzip", "$"),
    Case("gzip without its check sum", lambda: packed(a_report())[:-8], 400, "problem.truncated_gzip", "$"),
    Case("gzip with bytes behind it", lambda: packed(a_report()) + b"more", 400, "problem.trailing_bytes", "$"),
    Case("two gzip members", lambda: packed(a_report()) * 2, 400, "problem.trailing_bytes", "$"),
    Case("gzip with a wrong check sum", lambda: packed(a_report())[:-8] + b"\0" * 8, 400, "problem.bad_gzip", "$"),
    Case("not gzip", lambda: b"{}", 400, "problem.bad_gzip", "$"),
    Case("a bomb within the sent limit", lambda: bomb(64 << 20), 413, "problem.inflates_too_large", "$"),
    Case("more than the sent limit", lambda: b"0" * (2 << 20), 413, "problem.too_large", "$"),
    Case("an empty body", lambda: b"", 400, "problem.truncated_gzip", "$"),
    Case("an empty plain body", lambda: b"", 400, "wire.not_json", "$", headers=(("Content-Encoding", "identity"),)),
    Case("not JSON", lambda: gzip.compress(b"<report/>"), 400, "wire.not_json", "$"),
    Case("JSON cut short", lambda: gzip.compress(json.dumps(a_report()).encode()[:-1]), 400, "wire.not_json", "$"),
    Case("text behind the JSON", lambda: gzip.compress(json.dumps(a_report()).encode() + b"x"), 400, "wire.not_json", "$"),
    Case(
        "a byte order mark",
        lambda: gzip.compress(b"\xef\xbb\xbf" + json.dumps(a_report()).encode()),
        400,
        "wire.not_json",
        "$",
    ),
    Case(
        "invalid UTF-8",
        lambda: gzip.compress(json.dumps(a_report()).encode().replace(b"Linux", b"\xff\xfe")),
        400,
        "wire.not_json",
        "$",
    ),
    Case("a raw control character in a text", lambda: text('"Linux"', '"Li\nnux"'), 400, "wire.not_json", "$"),
    Case("NaN", lambda: text("120.0", "NaN"), 400, "wire.not_json", "$"),
    Case("Infinity", lambda: text("120.0", "Infinity"), 400, "wire.not_json", "$"),
    Case(
        "a number beyond a double",
        lambda: text("120.0", "1e999"),
        422,
        "wire.invalid_field",
        "$.runs[1].measurements[0].value",
    ),
    Case("deep nesting", lambda: gzip.compress(DEEP), 400, "wire.not_json", "$"),
    Case(
        "deep nesting in evidence",
        lambda: text('"runs": [{', '"runs": [{"evidence":{"x":' + "[" * 5000 + "]" * 5000 + "},"),
        400,
        "wire.not_json",
        "$",
    ),
    Case("an array", lambda: packed([a_report()]), 422, "wire.invalid_field", "$"),
    Case("null", lambda: packed(None), 422, "wire.invalid_field", "$"),
    Case(
        "a field missing",
        lambda: packed({k: v for k, v in a_report().items() if k != "runs"}),
        422,
        "wire.invalid_field",
        "$",
    ),
    Case("a text for a number", lambda: changed(sequence="7"), 422, "wire.invalid_field", "$.sequence"),
    Case("a fraction for a count", lambda: changed(sequence=7.5), 422, "wire.invalid_field", "$.sequence"),
    Case("a number too large to count", lambda: changed(sequence=2**63), 422, "wire.invalid_field", "$.sequence"),
    Case(
        "a huge whole number",
        lambda: text('"sequence": 1', '"sequence": ' + "9" * 400),
        422,
        "wire.invalid_field",
        "$.sequence",
    ),
    Case(
        "a huge measured value",
        lambda: with_measurement(value=1e16),
        422,
        "wire.invalid_field",
        "$.runs[0].measurements[0].value",
    ),
    Case(
        "a list for a value",
        lambda: with_measurement(value=[1]),
        422,
        "wire.invalid_field",
        "$.runs[0].measurements[0].value",
    ),
    Case(
        "an unknown unit",
        lambda: with_measurement(unit="furlong"),
        422,
        "wire.invalid_field",
        "$.runs[0].measurements[0].unit",
    ),
    Case(
        "a measure named badly",
        lambda: with_measurement(name="Wired"),
        422,
        "wire.invalid_field",
        "$.runs[0].measurements[0].name",
    ),
    Case(
        "a text too long",
        lambda: with_measurement(subject="x" * 257),
        422,
        "wire.invalid_field",
        "$.runs[0].measurements[0].subject",
    ),
    Case(
        "an unknown reason",
        lambda: with_measurement(because={"code": "bad_luck"}),
        422,
        "wire.invalid_field",
        "$.runs[0].measurements[0].because.code",
    ),
    Case("a negative duration", lambda: changed(duration_s=-1), 422, "wire.invalid_field", "$.duration_s"),
    Case(
        "a time without a zone", lambda: changed(started_at="2026-03-02T08:00:00"), 422, "wire.invalid_field", "$.started_at"
    ),
    Case(
        "a day that does not exist",
        lambda: changed(started_at="2026-02-30T08:00:00Z"),
        422,
        "wire.invalid_field",
        "$.started_at",
    ),
    Case("no UUID", lambda: changed(report_id="1"), 422, "wire.invalid_field", "$.report_id"),
    Case("another schema", lambda: changed(schema=99), 422, "wire.invalid_field", "$.schema"),
    Case(
        "too many runs",
        lambda: changed(runs=[{"check": f"c{n}", "version": 1, "status": "ok"} for n in range(65)]),
        422,
        "wire.invalid_field",
        "$.runs",
    ),
    Case("a check twice", lambda: changed(runs=a_report()["runs"] * 2), 422, "problem.check_twice", "$.runs[2].check"),
    Case("a path for a school", lambda: changed(school_id="../S1"), 422, "wire.invalid_field", "$.school_id"),
    Case("an unknown school", lambda: changed(school_id="S9"), 422, "problem.unknown_school", "$.school_id"),
    Case("another school's report", lambda: changed(school_id="S2"), 403, "problem.other_school", "$.school_id"),
    Case("another agent's report", lambda: changed(agent_id="a2"), 403, "problem.other_agent", "$.agent_id"),
    Case("no token", lambda: packed(a_report()), 401, "problem.token_missing", None, token="none"),
    Case("an unknown token", lambda: packed(a_report()), 401, "problem.token_unknown", None, token="unknown"),
    Case("an expired token", lambda: packed(a_report()), 401, "problem.token_expired", None, token="expired"),
    Case("a revoked token", lambda: packed(a_report()), 401, "problem.token_unknown", None, token="revoked"),
    Case("another school's token", lambda: packed(a_report()), 403, "problem.other_school", "$.school_id", token="other"),
    Case("a viewer's token", lambda: packed(a_report()), 403, "problem.role_not_allowed", None, token="viewer"),
    Case(
        "another content type",
        lambda: packed(a_report()),
        415,
        "problem.wrong_type",
        "Content-Type",
        headers=(("Content-Type", "text/plain"),),
    ),
    Case(
        "no content type",
        lambda: packed(a_report()),
        415,
        "problem.wrong_type",
        "Content-Type",
        headers=(("Content-Type", ""),),
    ),
    Case(
        "another encoding",
        lambda: packed(a_report()),
        415,
        "problem.wrong_encoding",
        "Content-Encoding",
        headers=(("Content-Encoding", "br"),),
    ),
]


def token_of(server: Server, kind: str) -> str | None:
    match kind:
        case "none":
            return None
        case "unknown":
            return "ca_agent_S1_" + "x" * 43
        case "expired":
            return server.token("agent", "S1", "a1", expires_at=server.now())
        case "revoked":
            return server.token("agent", "S1", "a1", revoked_at=server.now())
        case "other":
            return server.token("agent", "S2", "b1")
        case "viewer":
            return server.token("viewer")
    return server.token("agent", "S1", "a1")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_is_refused_by_name_and_nothing_is_stored(case: Case, shared: Server, caplog: pytest.LogCaptureFixture) -> None:
    before = stored(shared)
    headers = {name.replace("-", "_"): value for name, value in case.headers}
    answer = shared.post_raw(case.body(), token_of(shared, case.token), **headers)
    found = answer.json()
    assert (answer.status_code, found["code"], found.get("field")) == (case.status, case.code, case.field), found
    assert answer.headers["content-type"] == "application/problem+json"
    assert found["title"] != found["code"]  # every refusal has words
    assert stored(shared) == before
    assert shared.get("/healthz").status_code == 200
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def stored(server: Server) -> int:
    with server.store.reading() as connection:
        return reports.count(connection)


def test_the_report_that_the_cases_are_made_of_is_itself_accepted(shared: Server) -> None:
    assert shared.post(a_report(), shared.token("agent", "S1", "a1")).status_code == 201


def test_ten_gigabytes_of_noughts_are_refused_without_being_unpacked(shared: Server) -> None:
    ten = bomb(256 << 20) * 40  # as many bytes on the wire as 10 GB of noughts come to
    answer = shared.post_raw(ten, shared.token("agent", "S1", "a1"))
    assert (answer.status_code, answer.json()["code"]) == (413, "problem.too_large")


def test_a_body_without_a_length_is_stopped_at_the_limit(shared: Server) -> None:
    blocks = (bytes(1 << 16) for _ in range(64))
    headers = {"Content-Type": "application/json"} | bearer(shared.token("agent", "S1", "a1"))
    answer = requests.post(f"{shared.url}/v1/reports", data=blocks, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (413, "problem.too_large")
