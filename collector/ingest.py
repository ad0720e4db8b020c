"""From the bytes of a request to a report that is stored: every bound is checked before the bytes are believed."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from starlette.requests import Request

from collector.api.problem import ProblemError
from collector.identity.principal import Principal
from contract.report import Report
from contract.wire import decode

GZIP = 16 + zlib.MAX_WBITS
JSON = "application/json"


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The body of a request, at most ``max_bytes`` of it; 413 as soon as there is more."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise _too_large(max_bytes)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


async def read_json(request: Request, max_bytes: int) -> bytes:
    """A JSON body that is not compressed."""
    expect_json(request)
    if encoding_of(request) != "identity":
        raise ProblemError(415, "problem.wrong_encoding", field="Content-Encoding", expected="identity")
    return await read_body(request, max_bytes)


def expect_json(request: Request) -> None:
    """415 unless the body is declared as JSON."""
    found = request.headers.get("content-type", "")
    if found.partition(";")[0].strip().lower() != JSON:
        raise ProblemError(415, "problem.wrong_type", field="Content-Type", found=found[:80], expected=JSON)


def encoding_of(request: Request) -> str:
    """``gzip`` or ``identity``; 415 for any other."""
    found = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if found not in ("gzip", "identity"):
        raise ProblemError(415, "problem.wrong_encoding", field="Content-Encoding", expected="gzip, identity")
    return found


def inflate(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """
    The JSON inside ``body``.

    Never makes more than ``max_bytes``: 10 GB of noughts are 10 MB of gzip, and one MiB of gzip can hold 1 GiB. One gzip
    member, whole, and nothing behind it: what is stored must be what was judged.
    """
    if encoding == "identity":
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
        return body
    machine = zlib.decompressobj(GZIP)
    try:
        plain = machine.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise ProblemError(400, "problem.bad_gzip", field="$", problem=str(error)) from error
    if len(plain) > max_bytes:
        raise ProblemError(413, "problem.inflates_too_large", field="$", max_bytes=max_bytes)
    if not machine.eof:
        raise ProblemError(400, "problem.truncated_gzip", field="$")
    if machine.unused_data:
        raise ProblemError(400, "problem.trailing_bytes", field="$", bytes=len(machine.unused_data))
    return plain


def decode_report(plain: bytes) -> Report:
    """Raises :class:`contract.wire.WireError` naming the field, and 422 for a check that is there twice."""
    report = decode(plain, Report)
    seen: set[str] = set()
    for place, run in enumerate(report.runs):
        if run.check in seen:
            raise ProblemError(422, "problem.check_twice", field=f"$.runs[{place}].check", check=run.check)
        seen.add(run.check)
    return report


def check_sender(report: Report, sender: Principal, known: Callable[[str], bool]) -> None:
    """A report is its sender's own, of its own school. ``known`` says whether a school is on the register."""
    if report.school_id != sender.school_id:
        if not known(report.school_id):
            raise ProblemError(422, "problem.unknown_school", field="$.school_id", school=report.school_id)
        raise ProblemError(403, "problem.other_school", field="$.school_id", school=sender.school_id or "")
    if report.agent_id != sender.agent_id:
        raise ProblemError(403, "problem.other_agent", field="$.agent_id", agent=sender.agent_id or "")


def clock_offset_s(report: Report, sent: str | None, received_at: datetime) -> float:
    """
    The agent's clock minus ours, in seconds; shown to people, never used for order.

    ``sent`` is the request's ``Date`` (RFC 9110 §6.6.1), the agent's clock at the moment of sending, whole seconds. Without
    it the end of the run stands in, which a wait in the spool makes older.
    """
    if sent:
        try:
            moment = parsedate_to_datetime(sent)
        except ValueError:
            moment = None
        if moment is not None:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return round((aware - received_at).total_seconds(), 3)
    return round((report.started_at - received_at).total_seconds() + report.duration_s, 3)


def _too_large(max_bytes: int) -> ProblemError:
    # The rest of the body is not read, so the connection cannot be used again.
    return ProblemError(413, "problem.too_large", field="$", headers={"Connection": "close"}, max_bytes=max_bytes)
