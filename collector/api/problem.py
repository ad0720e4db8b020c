"""Refusals: raised anywhere below a route, rendered in one place as ``application/problem+json`` (RFC 9457)."""

import functools
import logging
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from collector.errors import CollectorError
from contract.api import Problem
from contract.message import Param
from contract.wire import WireError, encode
from locales.texts import Texts

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("collector.api")


class ProblemError(CollectorError):
    """
    A request is refused with ``status`` and the catalogue entry ``code`` (``problem.…`` or ``wire.…``).

    ``field`` is the path of the offending field of the body, ``headers`` what the answer carries besides
    (``Retry-After``, ``WWW-Authenticate``).
    """

    def __init__(
        self,
        status: int,
        code: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        **params: Param,
    ) -> None:
        super().__init__(code, **params if field is None else {**params, "field": field})
        self.status = status
        self.field = field
        self.headers = dict(headers or {})


def render(error: ProblemError) -> Response:
    """The answer for a refusal."""
    code, params = error.message.code, error.message.params
    problem = Problem(
        type=f"urn:campus-audit:{code}",
        title=_english()(code, **params),
        status=error.status,
        code=code,
        params=params,
        field=error.field,
    )
    return Response(encode(problem), error.status, error.headers, MEDIA_TYPE)


def of_wire(error: WireError) -> ProblemError:
    """Bytes that are not JSON are 400; JSON that is not what it should be is 422. Both name the field."""
    code, params = error.message.code, error.message.params
    status = 400 if code == "wire.not_json" else 422
    return ProblemError(status, code, field=str(params["field"]), problem=params["problem"])


def exception_handlers() -> dict[int | type[Exception], ExceptionHandler]:
    """For ``Starlette(exception_handlers=…)``: each refusal becomes a :class:`contract.api.Problem`."""
    return {
        ProblemError: _refused,
        WireError: _refused,
        HTTPException: _no_route,
        ClientDisconnect: _gone,
        Exception: _defect,
    }


@functools.cache
def _english() -> Texts:
    return Texts("en")


async def _refused(_request: Request, error: Exception) -> Response:
    return render(of_wire(error) if isinstance(error, WireError) else _expect(error))


def _expect(error: Exception) -> ProblemError:
    assert isinstance(error, ProblemError)
    return error


async def _no_route(request: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such path, wrong method."""
    assert isinstance(error, HTTPException)
    known = {404: "problem.no_such_path", 405: "problem.method_not_allowed"}
    code = known.get(error.status_code, "problem.refused")
    problem = ProblemError(error.status_code, code, headers=error.headers, path=request.url.path, method=request.method)
    return render(problem)


async def _gone(_request: Request, _error: Exception) -> Response:
    """The client closed in the middle of its body: nobody reads this answer, and nothing was stored."""
    return Response(status_code=400)


async def _defect(request: Request, error: Exception) -> Response:
    _log.error("defect while answering %s %s", request.method, request.url.path, exc_info=error)
    return render(ProblemError(500, "problem.internal"))
