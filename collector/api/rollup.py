"""``GET /v1/rollup``: a county, or everything the token covers, in numbers."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.api.answer import json_answer, text_of
from collector.api.schools import counties_of
from collector.identity.principal import Role, require
from collector.rollup import rollup_of
from contract.api import Rollup


async def get_rollup(request: Request) -> Response:
    """Totals, targets, and the counties that may be asked for."""
    reader = await require(request, Role.VIEWER, Role.ADMIN)
    app = request.app.state
    county = text_of(request, "county")
    counties = counties_of(reader, county)

    def read() -> Rollup:
        with app.store.reading() as connection:
            return rollup_of(
                connection,
                app.pack,
                counties,
                county=county or None,
                may_see=reader.counties,
                reporting_days=app.config.reporting_days,
                now=app.clock.now(),
            )

    return json_answer(await run_in_threadpool(read))


routes = [Route("/v1/rollup", get_rollup, methods=["GET"])]
