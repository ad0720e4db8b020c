"""``GET /v1/agent/score``: what an agent may read, which is its own school."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.api.answer import json_answer
from collector.api.problem import ProblemError
from collector.api.school import detail
from collector.identity.principal import Role, require


async def get_score(request: Request) -> Response:
    """The school of the token. A report that was answered with 201 is in it."""
    sender = await require(request, Role.AGENT)
    found = await detail(request, sender.school_id or "")
    if found is None:
        raise ProblemError(404, "problem.no_such_school", school=sender.school_id or "")
    return json_answer(found)


routes = [Route("/v1/agent/score", get_score, methods=["GET"])]
