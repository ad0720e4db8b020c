"""
``/v1/speed``: permission to measure, the count of what arrived, the bulk endpoints, and a target for latency.

State: ``app.state.speed`` is a :class:`collector.speed.sessions.SpeedSessions`.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.api.problem import ProblemError
from collector.identity.principal import Role, require
from collector.ingest import read_body
from collector.slots.gate import ClosedError, Gate
from collector.speed.bulk import Down, Up, session_of
from collector.speed.receipts import Key, receipt_of
from collector.speed.sessions import BusyError, SpeedSessions
from contract.api import SpeedRequest, SpeedSession
from contract.wire import decode, encode

_LARGEST_BODY = 4096
_NO_STORE = {"Cache-Control": "no-store"}


async def open_session(request: Request) -> Response:
    """201 with a :class:`SpeedSession`; 429 with ``Retry-After`` while the school or the collector is busy."""
    principal = await require(request, Role.AGENT)
    sessions: SpeedSessions = request.app.state.speed
    assert principal.school_id is not None
    assert principal.agent_id is not None
    body = await read_body(request, _LARGEST_BODY)
    wanted = decode(body, SpeedRequest) if body else SpeedRequest()
    peer = request.client.host if request.client else ""
    now = request.app.state.clock.now()
    gate: Gate | None = getattr(request.app.state, "gate", None)
    try:
        if gate is not None:
            gate.admit(principal.school_id)
        session = sessions.open(
            principal.school_id, principal.agent_id, report_id=wanted.report_id, peer=peer, opened_at=now
        )
    except (BusyError, ClosedError) as error:
        wait = error.retry_after_s
        headers = {"Retry-After": str(wait)}
        raise ProblemError(429, error.message.code, headers=headers, retry_after_s=wait, running=len(sessions)) from error
    answer = SpeedSession(
        session=session.name,
        max_bytes=session.max_bytes,
        max_seconds=session.max_seconds,
        peer_address=peer,
    )
    return Response(encode(answer), 201, _NO_STORE, "application/json")


async def count_session(request: Request) -> Response:
    """What has arrived and left so far, as a :class:`contract.api.SpeedCount`."""
    session = await session_of(request)
    return Response(encode(session.count(request.app.state.speed.settings.line_mbit_s)), 200, _NO_STORE, "application/json")


async def close_session(request: Request) -> Response:
    """Free the place: 200 with a :class:`SignedReceipt`, or 204 where nothing is signed."""
    session = await session_of(request)
    sessions: SpeedSessions = request.app.state.speed
    sessions.close(session.name, session.school_id)
    gate: Gate | None = getattr(request.app.state, "gate", None)
    if gate is not None:
        gate.spent(session.school_id, session.sent.bytes + session.received.bytes)
    key: Key | None = getattr(request.app.state, "receipt_key", None)
    if key is not None and session.opened_at is not None:
        signed = key.sign(receipt_of(session, request.app.state.clock.now(), sessions.settings.line_mbit_s))
        return Response(encode(signed), 200, _NO_STORE, "application/json")
    return Response(status_code=204, headers=_NO_STORE)


async def ping(request: Request) -> Response:
    """204, as fast as can be: the round trip of an almost empty exchange."""
    await require(request, Role.AGENT)
    return Response(status_code=204, headers=_NO_STORE)


routes: list[Route] = [
    Route("/v1/speed/sessions", open_session, methods=["POST"]),
    Route("/v1/speed/sessions/{session}", count_session, methods=["GET"]),
    Route("/v1/speed/sessions/{session}", close_session, methods=["DELETE"]),
    Route("/v1/speed/down/{session}", Down(), methods=["GET"]),
    Route("/v1/speed/up/{session}", Up(), methods=["POST"]),
    Route("/v1/speed/ping", ping, methods=["GET"]),
]
