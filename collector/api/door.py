"""Around every request: a number to find it by in the log, and the figures of ``GET /metrics``."""

import json
import logging
import re
import time
import uuid

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector.identity.principal import Role, require

REQUEST_ID = "X-Request-Id"
REFUSED = 400
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_log = logging.getLogger("collector.requests")


class Figures:
    """Counters of one process; each has a registry of its own, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ["method", "route", "status"]
        self.requests = Counter("campus_requests", "Requests answered", names, registry=self.registry)
        self.seconds = Histogram("campus_request_seconds", "Time to answer", ["method", "route"], registry=self.registry)


class Door:
    """
    ASGI middleware.

    A request's number is the proxy's ``X-Request-Id`` when it sends a sane one, else a new one; the answer carries it.
    Refusals and defects are logged as one line of JSON: number, method, route, status, seconds. No token, address or body.
    """

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        number = given if _SANE.match(given) else uuid.uuid4().hex
        begun, status = time.perf_counter(), 0

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).append(REQUEST_ID, number)
            await send(message)

        try:
            await self._app(scope, receive, numbered)
        finally:
            self._note(scope, number, status, time.perf_counter() - begun)

    def _note(self, scope: Scope, number: str, status: int, took: float) -> None:
        # The route's pattern and not the path: a path holds ids, and anybody can make up new ones.
        found = scope.get("route")
        route = found.path if isinstance(found, Route) else "-"
        method = scope["method"] if route != "-" else "-"
        self._figures.requests.labels(method, route, str(status)).inc()
        self._figures.seconds.labels(method, route).observe(took)
        if status >= REFUSED:
            line = {"request": number, "method": method, "route": route, "status": status, "seconds": round(took, 4)}
            _log.info(json.dumps(line))


async def get_metrics(request: Request) -> Response:
    """Prometheus' text format; Prometheus sends the token as ``authorization.credentials_file``."""
    await require(request, Role.ADMIN)
    return Response(generate_latest(request.app.state.figures.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


routes = [Route("/metrics", get_metrics, methods=["GET"])]
