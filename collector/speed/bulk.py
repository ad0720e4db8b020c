"""
The bulk endpoints as plain ASGI applications: bytes out until a limit, bytes in until a limit.

Traps this is built around (measured with uvicorn 0.54 and granian 2.8): after the client has left, ``send`` returns at once
and never yields, so an endless sender keeps the whole event loop to itself; and a client that stops reading leaves ``send``
waiting for ever. So each chunk looks at the limits and at the disconnect message, each turn yields, and each send has a time
limit. Uploads are read through ``receive``, which reports a vanished client as a message instead of raising.
"""

import asyncio

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from collector.api.problem import ProblemError
from collector.identity.principal import Role, require
from collector.speed.session import Session
from collector.speed.sessions import NoSessionError, SpeedSessions
from collector.speed.stuff import CHUNK_BYTES, NOISE

NO_STORE = (b"cache-control", b"no-store")


async def session_of(request: Request) -> Session:
    """The caller's session named in the path; 401, 403 or 404 as :class:`ProblemError`."""
    principal = await require(request, Role.AGENT)
    sessions: SpeedSessions = request.app.state.speed
    try:
        return sessions.get(request.path_params["session"], principal.school_id or "")
    except NoSessionError as error:
        raise ProblemError(404, error.message.code) from error


class Down:
    """``GET /v1/speed/down/{session}``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the client leaves, the session ends, or its bytes or seconds are used up."""
        request = Request(scope, receive)
        session = await session_of(request)
        clock = request.app.state.speed.clock
        if not session.room(session.sent, clock()):
            raise ProblemError(409, "problem.speed_used_up")
        await send(_start((b"content-type", b"application/octet-stream"), (b"content-encoding", b"identity")))
        left = asyncio.ensure_future(_gone(receive))
        try:
            while not left.done():
                size = min(CHUNK_BYTES, session.room(session.sent, clock()))
                if not size:
                    break
                session.count_sent(size, clock())
                async with asyncio.timeout(session.seconds_left(session.sent, clock())):
                    await send({"type": "http.response.body", "body": bytes(NOISE[:size]), "more_body": True})
                await asyncio.sleep(0)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            return  # the client reads nothing: the server closes the connection when an answer is left unfinished
        finally:
            left.cancel()


class Up:
    """``POST /v1/speed/up/{session}``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what arrives until the client leaves, the session ends, or its bytes or seconds are used up."""
        request = Request(scope, receive)
        session = await session_of(request)
        clock = request.app.state.speed.clock
        more = True
        while more and session.room(session.received, clock()):
            try:
                async with asyncio.timeout(session.seconds_left(session.received, clock())):
                    message = await receive()
            except TimeoutError:
                break
            if message["type"] == "http.disconnect":
                return
            more = message.get("more_body", False)
            if size := len(message.get("body", b"")):
                session.count_received(size, clock())
        await send(_start((b"content-length", b"0"), status=200 if not more else 413))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _start(*headers: tuple[bytes, bytes], status: int = 200) -> Message:
    """``Connection: close``, because either side may stop in the middle of a body."""
    return {
        "type": "http.response.start",
        "status": status,
        "headers": [NO_STORE, (b"connection", b"close"), *headers],
    }
