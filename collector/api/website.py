"""``GET /v1/schools/{id}/website``: what the collector found of a school's websites, newest first."""

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.api.answer import json_answer, number_of
from collector.api.problem import ProblemError
from collector.identity.principal import Role, require
from collector.store import schools
from collector.website.record import SiteState, history

MOST = 200


class WebsiteHistory(Struct, frozen=True):
    """Surveys of one school's sites."""

    school: str
    surveys: list[SiteState]


async def get_website(request: Request) -> Response:
    """404 also for a school that the token does not cover, as for the school itself."""
    reader = await require(request, Role.VIEWER, Role.ADMIN)
    school_id = request.path_params["id"]
    limit = number_of(request, "limit", 30, MOST)

    def read() -> WebsiteHistory | None:
        with request.app.state.store.reading() as connection:
            school = schools.find(connection, school_id)
            if school is None or not reader.sees(school.county):
                return None
            return WebsiteHistory(school_id, history(connection, school_id, limit))

    found = await run_in_threadpool(read)
    if found is None:
        raise ProblemError(404, "problem.no_such_school", school=school_id[:64])
    return json_answer(found)


routes = [Route("/v1/schools/{id}/website", get_website, methods=["GET"])]
