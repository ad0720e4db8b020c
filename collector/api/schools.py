"""``GET /v1/schools``: the overview, page by page."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.api.answer import json_answer, number_of, text_of
from collector.api.problem import ProblemError
from collector.identity.principal import Principal, Role, require
from collector.store import overview
from collector.store.overview import Filter
from contract.api import SchoolPage
from contract.outcome import Verdict

MOST = 500


async def get_schools(request: Request) -> Response:
    """The schools of the token's counties that fit ``county``, ``verdict`` and ``q``, by id, behind ``after``."""
    reader = await require(request, Role.VIEWER, Role.ADMIN)
    app = request.app.state
    limit, after = number_of(request, "limit", 100, MOST), text_of(request, "after")
    wanted = Filter(
        counties=counties_of(reader, text_of(request, "county")),
        verdict=verdict_of(text_of(request, "verdict")),
        text=text_of(request, "q"),
    )

    def page() -> SchoolPage:
        with app.store.reading() as connection:
            found = overview.rows(connection, app.pack.id, wanted, after=after, limit=limit + 1)
            total = overview.count(connection, app.pack.id, wanted)
        more = len(found) > limit
        return SchoolPage(items=found[:limit], total=total, next=found[limit - 1].id if more else None)

    return json_answer(await run_in_threadpool(page))


def counties_of(reader: Principal, county: str) -> tuple[str, ...] | None:
    """The counties to look at; None for all. 403 for one that the token does not cover."""
    if not county:
        return reader.counties
    if not reader.sees(county):
        raise ProblemError(403, "problem.other_county", field="county", county=county)
    return (county,)


def verdict_of(found: str) -> Verdict | None:
    """A verdict from the query; None when it is not asked for. 422 for a word that is none."""
    if not found:
        return None
    if found not in [verdict.value for verdict in Verdict]:
        raise ProblemError(422, "problem.bad_query", field="verdict", expected=" | ".join(Verdict))
    return Verdict(found)


routes = [Route("/v1/schools", get_schools, methods=["GET"])]
