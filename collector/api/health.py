"""``GET /healthz``: for load balancers and for the person who wonders."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.api.problem import ProblemError


async def healthz(request: Request) -> Response:
    """200 when the store answers, 503 when it does not."""
    if not await run_in_threadpool(request.app.state.store.answers):
        raise ProblemError(503, "problem.store_silent", headers={"Retry-After": "10"})
    return JSONResponse({"status": "ok"})


routes = [Route("/healthz", healthz, methods=["GET"])]
