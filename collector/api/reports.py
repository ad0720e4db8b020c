"""``POST /v1/reports``: a report comes in, once."""

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector import ingest
from collector.api.answer import json_answer
from collector.api.problem import ProblemError
from collector.api.witness import vouch
from collector.api.writing import written
from collector.identity.principal import Role, require
from collector.identity.signature import chain_of, check_signature
from collector.speed.receipts import verified
from collector.store import schools
from collector.store.arrivals import arrival
from collector.store.reports import Taken, take_in
from contract.api import Receipt


async def post_report(request: Request) -> Response:
    """201 when the report is stored, 200 when it already was, 409 when another report has its id."""
    app = request.app.state
    sender = await require(request, Role.AGENT)
    wait = app.rates.take(sender.school_id or "", sender.agent_id or "")
    if wait is not None:
        raise ProblemError(429, "problem.too_often", headers={"Retry-After": str(wait)}, retry_after_s=wait)
    ingest.expect_json(request)
    encoding = ingest.encoding_of(request)
    body = await ingest.read_body(request, app.config.max_body_kib * 1024)
    plain = ingest.inflate(body, encoding, app.config.max_report_kib * 1024)
    report = ingest.decode_report(plain)

    def known(school_id: str) -> bool:
        with app.store.reading() as connection:
            return schools.find(connection, school_id) is not None

    ingest.check_sender(report, sender, known)
    signed = check_signature(request, sender, report, body)
    report = vouch(request, sender, report)
    received_at = app.clock.now()
    report = verified(report, getattr(app, "receipt_key", None), received_at)
    offset_s = ingest.clock_offset_s(report, request.headers.get("date"), received_at)
    chain = (chain_of(request), secrets.token_urlsafe(16))
    item = arrival(report, body, plain, encoding, received_at, offset_s, app.zone, signed=signed, chain=chain)
    stored = await written(request, take_in, item)
    if stored.taken is Taken.OTHER_BODY:
        raise ProblemError(409, "problem.id_taken", field="$.report_id", report=item.report_id)
    again = stored.taken is Taken.AGAIN
    if not again:
        app.background.wake()
    receipt = Receipt(
        report_id=item.report_id, received_at=stored.received_at, duplicate=again, chain=stored.chain, cloned=stored.cloned
    )
    return json_answer(receipt, 200 if again else 201)


routes = [Route("/v1/reports", post_report, methods=["POST"])]
