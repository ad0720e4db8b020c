"""
What people answer where no agent can measure, and what the county makes of it.

An answer is a fact for ever, like a report: a later answer or a review is laid over it, and the history stays. ``POST
/v1/attestations`` takes an :class:`Attestation`; golden file ``tests/contract/golden/attestation-v1.json``.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from contract.report import AwareTime, Identifier, ShortText

LARGEST_ATTACHMENT = 5 * 1024 * 1024
"""Bytes of one attachment: a photograph or a scanned contract."""
MOST_ATTACHMENTS = 8
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
MediaType = Literal["application/pdf", "image/jpeg", "image/png"]
Note = Annotated[str, Meta(max_length=2000)]
PackId = Identifier


class Attachment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document behind an answer, known by the SHA-256 of its content."""

    name: Annotated[str, Meta(min_length=1, max_length=128)]
    sha256: Sha256
    bytes: Annotated[int, Meta(ge=1, le=LARGEST_ATTACHMENT)]
    media_type: MediaType


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    One criterion answered. ``answer`` is true (as demanded), false (not so) or null (cannot say yet).

    ``figure`` is what was counted, for what a county or city counts. ``answered_by`` is an office or a function, not a
    person's name. The answer holds until ``valid_until``, that day included, at +08:00.
    """

    criterion: Identifier
    answer: bool | None
    answered_on: date
    answered_by: Annotated[str, Meta(min_length=1, max_length=128)]
    valid_until: date
    figure: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    note: Note = ""
    attachments: Annotated[list[Attachment], Meta(max_length=MOST_ATTACHMENTS)] = []


class Attestation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form as sent. ``attestation_id`` is a UUIDv7 made once, so that sending twice stores once."""

    schema: Literal[1]
    attestation_id: UUID
    school_id: Identifier
    pack: PackId
    answers: Annotated[list[Answer], Meta(min_length=1, max_length=256)]


class Decision(StrEnum):
    """What county staff make of an answer."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ASKED = "asked"
    """More is wanted before it counts."""


class ReviewRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /v1/schools/{id}/reviews``. A reason is required unless the answer is accepted."""

    pack: PackId
    criterion: Identifier
    attestation_id: UUID
    decision: Decision
    reviewed_by: Annotated[str, Meta(min_length=1, max_length=128)]
    reason: Note = ""


class Review(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision on one answer; the newest holds."""

    decision: Decision
    reviewed_by: ShortText
    reviewed_at: AwareTime
    reason: Note = ""


class AttestedAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer as the collector keeps it, with the review that holds."""

    attestation_id: str
    pack: str
    answer: Answer
    received_at: AwareTime
    review: Review | None = None


class AnswerList(Struct, frozen=True, kw_only=True):
    """``GET /v1/schools/{id}/attestations``: every answer ever given, newest first."""

    school_id: str
    items: list[AttestedAnswer]


class AttestationReceipt(Struct, frozen=True, kw_only=True):
    """201 when new, 200 when it was there already. ``missing``: attachments whose content has not been uploaded yet."""

    attestation_id: str
    received_at: AwareTime
    duplicate: bool = False
    missing: list[str] = []
