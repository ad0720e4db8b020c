"""``POST /v1/enrol``: a one-time code becomes an agent's credentials."""

import secrets
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector import ingest
from collector.api.answer import json_answer
from collector.api.problem import ProblemError
from collector.api.writing import written
from collector.identity import code, token
from collector.identity.principal import Role
from collector.identity.signature import usable_key
from collector.store.agents import Enrolment, Refused, enrol, school_of_code
from contract.api import EnrolAnswer, EnrolRequest
from contract.wire import decode

MOST_BYTES = 4096


async def post_enrol(request: Request) -> Response:
    """200 with the agent's token; 403 naming what is wrong with the code."""
    app = request.app.state
    wanted = decode(await ingest.read_json(request, MOST_BYTES), EnrolRequest)
    if wanted.public_key is not None and not usable_key(wanted.public_key):
        raise ProblemError(422, "problem.bad_key", field="$.public_key")
    digest = code.code_digest(wanted.code)

    def find_school() -> str | None:
        with app.store.reading() as connection:
            return school_of_code(connection, digest)

    school_id = await run_in_threadpool(find_school)
    if school_id is None:
        raise ProblemError(403, "problem.code_unknown", field="$.code")
    now = app.clock.now()
    fresh = token.make(Role.AGENT, school_id, secrets.token_bytes)
    item = Enrolment(
        school_id=school_id,
        code_digest=digest,
        install_id=wanted.install_id,
        agent_id="a" + secrets.token_hex(8),
        token_digest=token.token_digest(fresh),
        public_key=wanted.public_key,
        expires_at=now + timedelta(days=app.config.token_days) if app.config.token_days else None,
        now=now,
    )
    answer = await written(request, enrol, item)
    if isinstance(answer, Refused):
        raise ProblemError(403, answer.code, field="$.code")
    return json_answer(EnrolAnswer(agent_id=answer.agent_id, school_id=answer.school_id, token=fresh, collector_time=now))


routes = [Route("/v1/enrol", post_enrol, methods=["POST"])]
