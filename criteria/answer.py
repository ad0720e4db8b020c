"""
A person's answer as the judge sees it: whether it decides, and why it does not.

Rejected, asked back, expired and left open all mean the same for the score: undecided. Which one it is, the reason says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contract.attestation import Answer, AttestedAnswer, Decision
from contract.outcome import Outcome, Provenance
from contract.reason import Reason, ReasonCode, because
from criteria.reading import CHINA


@dataclass(frozen=True, slots=True)
class Word:
    """What an answer comes to. ``provenance`` is None while it decides nothing."""

    outcome: Outcome
    reason: Reason
    provenance: Provenance | None = None


def expires_at(answer: Answer) -> datetime:
    """The end of the last day that it holds, where the schools are."""
    day = answer.valid_until
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(days=1)


def newest(answers: Iterable[AttestedAnswer], now: datetime) -> AttestedAnswer | None:
    """The last answer given by ``now``; of two at one instant the one with the later id."""
    given = [item for item in answers if item.received_at <= now]
    return max(given, key=lambda item: (item.received_at, item.attestation_id), default=None)


def weigh(given: AttestedAnswer | None, now: datetime) -> Word:
    """
    What the newest answer comes to at ``now``.

    A review made after ``now`` is not known yet. An answer that is merely unreviewed decides, on the school's own word.
    """
    if given is None:
        return _undecided(ReasonCode.ATTESTATION_MISSING)
    review = given.review if given.review is not None and given.review.reviewed_at <= now else None
    if review is not None and review.decision is Decision.REJECTED:
        return _undecided(ReasonCode.ATTESTATION_REJECTED, by=review.reviewed_by, why=review.reason)
    if review is not None and review.decision is Decision.ASKED:
        return _undecided(ReasonCode.ATTESTATION_ASKED, by=review.reviewed_by, why=review.reason)
    if now >= expires_at(given.answer):
        return _undecided(ReasonCode.ATTESTATION_EXPIRED, until=given.answer.valid_until.isoformat())
    if given.answer.answer is None:
        return _undecided(ReasonCode.ATTESTATION_OPEN)
    provenance = Provenance.REVIEWED if review is not None else Provenance.ATTESTED
    reason = because(ReasonCode.ATTESTED_SO, answer=given.answer.answer, on=given.answer.answered_on.isoformat())
    return Word(Outcome.MET if given.answer.answer else Outcome.UNMET, reason, provenance)


def _undecided(code: ReasonCode, **params: str) -> Word:
    return Word(Outcome.MANUAL, because(code, **params))
