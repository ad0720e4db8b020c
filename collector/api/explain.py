"""``GET /v1/schools/{id}/explain/{criterion}``: what an outcome rests on."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector import packs
from collector.api.answer import json_answer, text_of
from collector.api.problem import ProblemError
from collector.api.refusal import refused
from collector.errors import NotFoundError
from collector.explaining import explanation_of
from collector.identity.principal import Role, require
from collector.store import schools
from contract.explanation import Explanation


async def get_explanation(request: Request) -> Response:
    """Under the overview's pack, or the one that ``?pack=`` names; 404 for what is not there or not to be seen."""
    reader = await require(request, Role.VIEWER, Role.ADMIN)
    app = request.app.state
    school_id, criterion = request.path_params["id"], request.path_params["criterion"]
    try:
        pack = packs.chosen(app.scoring.packs, text_of(request, "pack") or app.pack.id)
    except NotFoundError as error:
        raise refused(422, error.message, "pack") from error

    def read() -> Explanation | None:
        with app.store.reading() as connection:
            school = schools.find(connection, school_id)
            if school is None or not reader.sees(school.county):
                raise ProblemError(404, "problem.no_such_school", school=school_id[:64])
            return explanation_of(connection, app.scoring, pack, school, criterion, app.clock.now())

    found = await run_in_threadpool(read)
    if found is None:
        raise ProblemError(404, "problem.no_such_criterion", criterion=criterion[:64], pack=pack.id)
    return json_answer(found)


routes = [Route("/v1/schools/{id}/explain/{criterion}", get_explanation, methods=["GET"])]
