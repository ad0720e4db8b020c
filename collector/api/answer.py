"""Answers and questions in their HTTP form."""

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from collector.api.problem import ProblemError
from contract.wire import encode


def json_answer(value: Struct, status: int = 200) -> Response:
    """A typed value as canonical JSON. Verdicts change with time, so nothing may be kept by a cache on the way."""
    return Response(encode(value), status, {"Cache-Control": "no-store"}, "application/json")


def text_of(request: Request, name: str, longest: int = 128) -> str:
    """A query parameter, empty when it is not given; 422 when it is too long."""
    found = request.query_params.get(name, "")
    if len(found) > longest:
        raise ProblemError(422, "problem.bad_query", field=name, expected=f"text length <= {longest}")
    return found


def number_of(request: Request, name: str, default: int, most: int) -> int:
    """A whole number from 1 to ``most`` out of the query; 422 for anything else."""
    found = request.query_params.get(name, str(default))
    if not (found.isascii() and found.isdigit() and len(found) <= len(str(most)) and 1 <= int(found) <= most):
        raise ProblemError(422, "problem.bad_query", field=name, expected=f"int >= 1 and <= {most}")
    return int(found)
