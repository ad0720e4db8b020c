"""``/v1/waivers``: dated exceptions, laid over outcomes and never replacing them."""

from datetime import datetime

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector import ingest
from collector.api.answer import json_answer
from collector.api.problem import ProblemError
from collector.api.writing import written
from collector.identity.principal import Role, require
from collector.store import schools, waivers
from collector.store.waivers import Granted
from contract.school import School
from contract.wire import decode
from criteria.pack import Pack
from criteria.waiver import WaiverEntry, WaiverState, entry_problem, state_of

MOST_BYTES = 256 * 1024


class WaiverRow(Struct, frozen=True, kw_only=True):
    """A waiver with what it is worth at this moment; nothing of that is stored."""

    waiver_id: str
    entry: WaiverEntry
    state: WaiverState


class WaiverList(Struct, frozen=True, kw_only=True):
    """``GET /v1/waivers``, by expiry."""

    items: list[WaiverRow]


async def get_waivers(request: Request) -> Response:
    """Every waiver that names a school of the reader's counties."""
    reader = await require(request, Role.VIEWER, Role.ADMIN)
    app = request.app.state

    def read() -> WaiverList:
        with app.store.reading() as connection:
            register = {school.id: school for school in schools.listed(connection, reader.counties)}
            found = waivers.listed(connection)
        rows = [_row(item, app.scoring.packs, register, app.clock.now()) for item in found]
        return WaiverList(items=[row for row in rows if reader.counties is None or set(row.entry.schools) & set(register)])

    return json_answer(await run_in_threadpool(read))


def _row(item: Granted, loaded: list[Pack], register: dict[str, School], now: datetime) -> WaiverRow:
    state = state_of(item.entry, item.withdrawn_at, loaded, register, now)
    return WaiverRow(waiver_id=item.waiver_id, entry=item.entry, state=state)


async def post_waiver(request: Request) -> Response:
    """201 when new, 200 when it was there already; 422 for one without end or that matches nothing."""
    await require(request, Role.ADMIN)
    app = request.app.state
    entry = decode(await ingest.read_json(request, MOST_BYTES), WaiverEntry)
    problem = entry_problem(entry)
    if problem is not None:
        raise ProblemError(422, problem, field="$.expires")
    now = app.clock.now()

    def register() -> dict[str, School]:
        with app.store.reading() as connection:
            return {school.id: school for school in schools.listed(connection)}

    known = await run_in_threadpool(register)
    if state_of(entry, None, app.scoring.packs, known, now) is WaiverState.MATCHES_NOTHING:
        raise ProblemError(422, "waiver.matches_nothing", field="$.criterion", criterion=entry.criterion, pack=entry.pack)
    new = await written(request, waivers.put, (entry, now))
    row = _row(Granted(waiver_id=waivers.id_of(entry), entry=entry, created_at=now), app.scoring.packs, known, now)
    return json_answer(row, 201 if new else 200)


async def delete_waiver(request: Request) -> Response:
    """Ends it now; 404 when none of that id is in force."""
    await require(request, Role.ADMIN)
    app = request.app.state
    if not await written(request, waivers.withdraw, (request.path_params["id"], app.clock.now())):
        raise ProblemError(404, "waiver.unknown", id=request.path_params["id"][:32])
    return Response(status_code=204)


routes = [
    Route("/v1/waivers", get_waivers, methods=["GET"]),
    Route("/v1/waivers", post_waiver, methods=["POST"]),
    Route("/v1/waivers/{id}", delete_waiver, methods=["DELETE"]),
]
