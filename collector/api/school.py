"""``GET /v1/schools/{id}``: one school with its evidence."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.api.answer import json_answer
from collector.api.problem import ProblemError
from collector.detail import detail_of
from collector.identity.principal import Role, require
from contract.api import SchoolDetail


async def get_school(request: Request) -> Response:
    """404 also for a school of a county that the token does not cover: its existence is not told."""
    reader = await require(request, Role.VIEWER, Role.ADMIN)
    found = await detail(request, request.path_params["id"])
    if found is None or not reader.sees(found.school.county):
        raise ProblemError(404, "problem.no_such_school", school=request.path_params["id"][:64])
    return json_answer(found)


async def detail(request: Request, school_id: str) -> SchoolDetail | None:
    """The school as of now, worked out beside the event loop."""
    app = request.app.state

    def read() -> SchoolDetail | None:
        with app.store.reading() as connection:
            return detail_of(connection, app.scoring, app.pack.id, school_id, app.clock.now())

    return await run_in_threadpool(read)


routes = [Route("/v1/schools/{id}", get_school, methods=["GET"])]
