"""
``/v1/speed``: permission to measure, the count of what arrived, the bulk endpoints, and a target for latency.

State: ``app.state.speed`` is a :class:`collector.speed.sessions.SpeedSessions`.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.api.problem import ProblemError
from collector.identity.principal import Role, require
from collector.speed.bulk import Down, Up, session_of
from collector.speed.sessions import BusyError, SpeedSessions
from contract.api import SpeedSession
from contract.wire import encode

_NO_STORE = {"Cache-Control": "no-store"}


async def open_session(request: Request) -> Response:
    """201 with a :class:`SpeedSession`; 429 with ``Retry-After`` while the school or the collector is busy."""
    principal = await require(request, Role.AGENT)
    sessions: SpeedSessions = request.app.state.speed
    assert principal.school_id is not None
    assert principal.agent_id is not None
    try:
        session = sessions.open(principal.school_id, principal.agent_id)
    except BusyError as error:
        wait = error.retry_after_s
        headers = {"Retry-After": str(wait)}
        raise ProblemError(429, error.message.code, headers=headers, retry_after_s=wait, running=len(sessions)) from error
    answer = SpeedSession(
        session=session.name,
        max_bytes=session.max_bytes,
        max_seconds=session.max_seconds,
        peer_address=request.client.host if request.client else "",
    )
    return Response(encode(answer), 201, _NO_STORE, "application/json")


async def count_session(request: Request) -> Response:
    """What has arrived and left so far, as a :class:`contract.api.SpeedCount`."""
    session = await session_of(request)
    return Response(encode(session.count()), 200, _NO_STORE, "application/json")


async def close_session(request: Request) -> Response:
    """Free the place: 204."""
    session = await session_of(request)
    request.app.state.speed.close(session.name, session.school_id)
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
