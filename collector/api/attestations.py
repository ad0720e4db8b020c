"""
``/v1/attestations``, ``/v1/attachments``, ``/v1/schools/{id}/attestations`` and ``…/reviews``: what people answer.

An agent sends its own school's answers and their documents; county staff read all of their counties and decide.
"""

import hashlib

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector import ingest
from collector.api.answer import json_answer
from collector.api.problem import ProblemError
from collector.api.refusal import refused
from collector.api.writing import written
from collector.identity.principal import Principal, Role, require
from collector.store import attestations, schools
from collector.store.attestations import Document, Given, Reviewed
from contract.attestation import (
    LARGEST_ATTACHMENT,
    AnswerList,
    Attestation,
    AttestationReceipt,
    Decision,
    Review,
    ReviewRequest,
)
from contract.school import School
from contract.wire import decode
from criteria.form import flaws
from criteria.reading import CHINA

MOST_BYTES = 512 * 1024
_MAGIC = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


async def post_attestation(request: Request) -> Response:
    """201 when stored, 200 when it was there already; 422 naming the first flaw and how many there are."""
    app = request.app.state
    sender = await require(request, Role.AGENT)
    form = decode(await ingest.read_json(request, MOST_BYTES), Attestation)
    if form.school_id != sender.school_id:
        raise ProblemError(403, "problem.other_school", field="$.school_id", school=form.school_id)
    school = await _school(request, form.school_id)
    pack = next((one for one in app.scoring.packs if one.id == form.pack), None)
    if pack is None:
        known = ", ".join(one.id for one in app.scoring.packs)
        raise ProblemError(422, "collector.pack.unknown", field="$.pack", pack=form.pack, known=known)
    now = app.clock.now()
    found = flaws(pack, school, form.answers, now.astimezone(CHINA).date())
    if found:
        first = found[0]
        field = f"$.answers[{first.place}].{first.field}"
        raise refused(422, first.problem, field)
    item = Given(
        school_id=form.school_id,
        pack=form.pack,
        attestation_id=str(form.attestation_id),
        answers=form.answers,
        received_at=now,
        sent_by=sender.agent_id or "",
    )
    kept = await written(request, attestations.put, item)
    if kept.conflict:
        raise ProblemError(409, "problem.id_taken", field="$.attestation_id", report=item.attestation_id)
    wanted = [document.sha256 for answer in form.answers for document in answer.attachments]

    def absent() -> list[str]:
        with app.store.reading() as connection:
            return attestations.missing(connection, form.school_id, wanted)

    receipt = AttestationReceipt(
        attestation_id=item.attestation_id,
        received_at=kept.received_at,
        duplicate=kept.duplicate,
        missing=await run_in_threadpool(absent),
    )
    return json_answer(receipt, 200 if kept.duplicate else 201)


async def put_attachment(request: Request) -> Response:
    """204; 413 above the cap, 415 for another type, 422 when the content is not what its name says."""
    app = request.app.state
    sender = await require(request, Role.AGENT)
    content = await ingest.read_body(request, LARGEST_ATTACHMENT)
    media_type = media_type_of(content)
    if media_type is None:
        raise ProblemError(415, "problem.attachment_type", field="$", allowed=", ".join(_MAGIC.values()))
    if hashlib.sha256(content).hexdigest() != request.path_params["sha256"]:
        raise ProblemError(422, "problem.attachment_digest", field="$")
    item = Document(
        school_id=sender.school_id or "",
        sha256=request.path_params["sha256"],
        media_type=media_type,
        content=content,
        received_at=app.clock.now(),
    )
    await written(request, attestations.add_documents, item)
    return Response(status_code=204)


def media_type_of(content: bytes) -> str | None:
    """By its first bytes, as a name can say anything; None for what is not taken."""
    return next((name for magic, name in _MAGIC.items() if content.startswith(magic)), None)


async def get_attachment(request: Request) -> Response:
    """The document, for a person to look at; never shown within the page it is linked from."""
    reader = await require(request, Role.VIEWER, Role.ADMIN)
    school = await _seen(request, reader)
    app = request.app.state

    def read() -> Document | None:
        with app.store.reading() as connection:
            return attestations.document(connection, school.id, request.path_params["sha256"])

    found = await run_in_threadpool(read)
    if found is None:
        raise ProblemError(404, "problem.no_such_path", path=request.url.path, method=request.method)
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(found.content, 200, headers, found.media_type)


async def get_attestations(request: Request) -> Response:
    """Every answer the school ever gave, newest first, with the review that holds."""
    reader = await require(request, Role.VIEWER, Role.ADMIN)
    return json_answer(await _history(request, await _seen(request, reader)))


async def get_own(request: Request) -> Response:
    """The same for the agent's own school: what its form is prefilled with."""
    sender = await require(request, Role.AGENT)
    return json_answer(await _history(request, await _school(request, sender.school_id or "")))


async def _history(request: Request, school: School) -> AnswerList:
    app = request.app.state

    def read() -> AnswerList:
        with app.store.reading() as connection:
            return AnswerList(school_id=school.id, items=attestations.history(connection, school.id, app.clock.now()))

    return await run_in_threadpool(read)


async def post_review(request: Request) -> Response:
    """201 with the school's answers after it; 404 for an answer that is not there; 422 for a refusal without a reason."""
    reviewer = await require(request, Role.ADMIN)
    school = await _seen(request, reviewer)
    wanted = decode(await ingest.read_json(request, MOST_BYTES), ReviewRequest)
    if wanted.decision is not Decision.ACCEPTED and not wanted.reason.strip():
        raise ProblemError(422, "problem.review_reason", field="$.reason")
    review = Review(
        decision=wanted.decision,
        reviewed_by=wanted.reviewed_by,
        reviewed_at=request.app.state.clock.now(),
        reason=wanted.reason,
    )
    item = Reviewed(
        school_id=school.id,
        pack=wanted.pack,
        criterion=wanted.criterion,
        attestation_id=str(wanted.attestation_id),
        review=review,
    )
    if not await written(request, attestations.review, item):
        raise ProblemError(404, "problem.no_such_answer", field="$.attestation_id", criterion=wanted.criterion)
    return json_answer(await _history(request, school), 201)


async def _seen(request: Request, reader: Principal) -> School:
    """404 also for a school of a county that the token does not cover."""
    school = await _school(request, request.path_params["id"])
    if not reader.sees(school.county):
        raise ProblemError(404, "problem.no_such_school", school=school.id)
    return school


async def _school(request: Request, school_id: str) -> School:
    def read() -> School | None:
        with request.app.state.store.reading() as connection:
            return schools.find(connection, school_id)

    found = await run_in_threadpool(read)
    if found is None:
        raise ProblemError(404, "problem.no_such_school", school=school_id[:64])
    return found


routes = [
    Route("/v1/attestations", post_attestation, methods=["POST"]),
    Route("/v1/agent/attestations", get_own, methods=["GET"]),
    Route("/v1/attachments/{sha256}", put_attachment, methods=["PUT"]),
    Route("/v1/schools/{id}/attestations", get_attestations, methods=["GET"]),
    Route("/v1/schools/{id}/attachments/{sha256}", get_attachment, methods=["GET"]),
    Route("/v1/schools/{id}/reviews", post_review, methods=["POST"]),
]
