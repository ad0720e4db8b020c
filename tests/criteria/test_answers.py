"""What people answer, and how it stands beside what is measured: a table."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contract.attestation import Answer, AttestedAnswer, Decision, Review
from contract.outcome import Outcome, Provenance
from contract.reason import ReasonCode
from criteria.facts import Facts
from criteria.judge import judge
from criteria.pack import Applies, Claim, Criterion, Kind
from tests.criteria.examples import NOW, criterion, facts, measure, sample

MET, UNMET, UNKNOWN, MANUAL = Outcome.MET, Outcome.UNMET, Outcome.UNKNOWN, Outcome.MANUAL
R = ReasonCode


def given(answer: bool | None = True, days: float = 1, until: date = date(2026, 12, 31), **more: Any) -> AttestedAnswer:
    review, reviewed = more.pop("review", None), more.pop("reviewed_days", 0.5)
    return AttestedAnswer(
        attestation_id=more.pop("id", f"a-{days}"),
        pack="example",
        answer=Answer(
            criterion="A.1", answer=answer, answered_on=date(2026, 1, 10), answered_by="教务处", valid_until=until, **more
        ),
        received_at=NOW - timedelta(days=days),
        review=review
        and Review(decision=review, reviewed_by="县教育局", reviewed_at=NOW - timedelta(days=reviewed), reason="须附合同"),
    )


def with_answers(*answers: AttestedAnswer, base: Facts | None = None) -> Facts:
    plain = base or facts()
    return Facts(school=plain.school, samples=plain.samples, runs=plain.runs, answers={"A.1": list(answers)})


ASKED = criterion(type=Kind.ATTESTED, measure=None, expect=None)
EITHER = criterion(attestable=True, measure=measure(unmet_min_samples=3))
LINE = criterion(attestable=True, claim=Claim(fact="contract_mbit_s", at_least=100), measure=measure(unmet_min_samples=3))
ONLY_MEASURED = criterion(measure=measure(unmet_min_samples=3))
SLOW = [sample(40, day) for day in (1, 2, 3)]
FAST = [sample(140, day) for day in (1, 2, 3)]
ACCEPTED, REJECTED, BACK = Decision.ACCEPTED, Decision.REJECTED, Decision.ASKED
TODAY, YESTERDAY = date(2026, 1, 15), date(2026, 1, 14)

TABLE: list[tuple[str, Criterion, Facts, Outcome, ReasonCode]] = [
    ("nobody answered", ASKED, facts(), MANUAL, R.ATTESTATION_MISSING),
    ("yes", ASKED, with_answers(given()), MET, R.ATTESTED_SO),
    ("no", ASKED, with_answers(given(False)), UNMET, R.ATTESTED_SO),
    ("cannot say", ASKED, with_answers(given(None)), MANUAL, R.ATTESTATION_OPEN),
    ("accepted", ASKED, with_answers(given(review=ACCEPTED)), MET, R.ATTESTED_SO),
    ("a no, accepted", ASKED, with_answers(given(False, review=ACCEPTED)), UNMET, R.ATTESTED_SO),
    ("rejected", ASKED, with_answers(given(review=REJECTED)), MANUAL, R.ATTESTATION_REJECTED),
    ("a no, rejected", ASKED, with_answers(given(False, review=REJECTED)), MANUAL, R.ATTESTATION_REJECTED),
    ("asked back", ASKED, with_answers(given(review=BACK)), MANUAL, R.ATTESTATION_ASKED),
    ("rejected tomorrow", ASKED, with_answers(given(review=REJECTED, reviewed_days=-1)), MET, R.ATTESTED_SO),
    ("answered tomorrow", ASKED, with_answers(given(days=-1)), MANUAL, R.ATTESTATION_MISSING),
    ("its last day", ASKED, with_answers(given(until=TODAY)), MET, R.ATTESTED_SO),
    ("the day after", ASKED, with_answers(given(until=YESTERDAY)), MANUAL, R.ATTESTATION_EXPIRED),
    ("expired and accepted", ASKED, with_answers(given(until=YESTERDAY, review=ACCEPTED)), MANUAL, R.ATTESTATION_EXPIRED),
    ("expired and rejected", ASKED, with_answers(given(until=YESTERDAY, review=REJECTED)), MANUAL, R.ATTESTATION_REJECTED),
    ("an open one expired", ASKED, with_answers(given(None, until=YESTERDAY)), MANUAL, R.ATTESTATION_EXPIRED),
    ("the newer answer", ASKED, with_answers(given(True, 9), given(False, 1)), UNMET, R.ATTESTED_SO),
    ("the newer answer, other order", ASKED, with_answers(given(False, 1), given(True, 9)), UNMET, R.ATTESTED_SO),
    (
        "a newer one after a rejection",
        ASKED,
        with_answers(given(True, 9, review=REJECTED), given(True, 1)),
        MET,
        R.ATTESTED_SO,
    ),
    ("a newer open one", ASKED, with_answers(given(True, 9), given(None, 1)), MANUAL, R.ATTESTATION_OPEN),
    ("two at one instant", ASKED, with_answers(given(True, 1, id="a"), given(False, 1, id="b")), UNMET, R.ATTESTED_SO),
    (
        "of a small school",
        criterion(
            applies=Applies(kinds=list(ASKED.applies.kinds), students_at_most=99),
            type=Kind.ATTESTED,
            measure=None,
            expect=None,
        ),
        facts(students=100),
        Outcome.NOT_APPLICABLE,
        R.NOT_FOR_THIS_SIZE,
    ),
    (
        "small enough",
        criterion(
            applies=Applies(kinds=list(ASKED.applies.kinds), students_at_most=99),
            type=Kind.ATTESTED,
            measure=None,
            expect=None,
        ),
        facts(students=99),
        MANUAL,
        R.ATTESTATION_MISSING,
    ),
    (
        "large enough",
        criterion(
            applies=Applies(kinds=list(ASKED.applies.kinds), students_at_least=400),
            type=Kind.ATTESTED,
            measure=None,
            expect=None,
        ),
        facts(students=400),
        MANUAL,
        R.ATTESTATION_MISSING,
    ),
    (
        "too small",
        criterion(
            applies=Applies(kinds=list(ASKED.applies.kinds), students_at_least=400),
            type=Kind.ATTESTED,
            measure=None,
            expect=None,
        ),
        facts(students=399),
        Outcome.NOT_APPLICABLE,
        R.NOT_FOR_THIS_SIZE,
    ),
    (
        "size not known",
        criterion(
            applies=Applies(kinds=list(ASKED.applies.kinds), students_at_least=400),
            type=Kind.ATTESTED,
            measure=None,
            expect=None,
        ),
        facts(),
        MANUAL,
        R.ATTESTATION_MISSING,
    ),
    (
        "nobody read it",
        criterion(type=Kind.UNREAD, measure=None, expect=None),
        with_answers(given()),
        UNKNOWN,
        R.TEXT_NOT_SEEN,
    ),
    # Measured, and a person may answer
    ("no agent, no answer", EITHER, facts(), UNKNOWN, R.NEVER_MEASURED),
    ("no agent, a yes", EITHER, with_answers(given()), MET, R.ATTESTED_SO),
    ("no agent, a no", EITHER, with_answers(given(False)), UNMET, R.ATTESTED_SO),
    ("no agent, rejected", EITHER, with_answers(given(review=REJECTED)), UNKNOWN, R.NEVER_MEASURED),
    ("no agent, expired", EITHER, with_answers(given(until=YESTERDAY)), UNKNOWN, R.NEVER_MEASURED),
    ("no agent, open", EITHER, with_answers(given(None)), UNKNOWN, R.NEVER_MEASURED),
    ("too few tests, a yes", EITHER, with_answers(given(), base=facts(SLOW[0])), MET, R.ATTESTED_SO),
    ("measured, no answer", EITHER, facts(*FAST), MET, R.AS_REQUIRED),
    ("measured, and a yes", EITHER, with_answers(given(), base=facts(*FAST)), MET, R.AS_REQUIRED),
    ("measured, and a no", EITHER, with_answers(given(False), base=facts(*FAST)), MET, R.AS_REQUIRED),
    ("slow, and a no", EITHER, with_answers(given(False), base=facts(*SLOW)), UNMET, R.BELOW_REQUIREMENT),
    ("slow, and a yes", EITHER, with_answers(given(), base=facts(*SLOW)), UNKNOWN, R.DISPUTED),
    ("slow, and an accepted yes", EITHER, with_answers(given(review=ACCEPTED), base=facts(*SLOW)), UNKNOWN, R.DISPUTED),
    (
        "slow, and a rejected yes",
        EITHER,
        with_answers(given(review=REJECTED), base=facts(*SLOW)),
        UNMET,
        R.BELOW_REQUIREMENT,
    ),
    (
        "slow, and an expired yes",
        EITHER,
        with_answers(given(until=YESTERDAY), base=facts(*SLOW)),
        UNMET,
        R.BELOW_REQUIREMENT,
    ),
    ("an answer that nobody asked for", ONLY_MEASURED, with_answers(given()), UNKNOWN, R.NEVER_MEASURED),
    ("an answer against the measured", ONLY_MEASURED, with_answers(given(), base=facts(*SLOW)), UNMET, R.BELOW_REQUIREMENT),
    # The contract on the register
    ("contract only", LINE, facts(contract_mbit_s=300), UNKNOWN, R.NEVER_MEASURED),
    ("contract and fast", LINE, facts(*FAST, contract_mbit_s=300), MET, R.AS_REQUIRED),
    ("a small contract and fast", LINE, facts(*FAST, contract_mbit_s=50), MET, R.AS_REQUIRED),
    ("contract of exactly 100, slow", LINE, facts(*SLOW, contract_mbit_s=100), UNKNOWN, R.DISPUTED),
    ("contract just below, slow", LINE, facts(*SLOW, contract_mbit_s=99.9), UNMET, R.BELOW_REQUIREMENT),
    ("no contract, slow", LINE, facts(*SLOW), UNMET, R.BELOW_REQUIREMENT),
    ("contract, slow twice only", LINE, facts(*SLOW[:2], contract_mbit_s=300), UNKNOWN, R.TOO_FEW_SAMPLES_TO_FAIL),
]


@pytest.mark.parametrize(("rule", "known", "outcome", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_it_judges(rule: Criterion, known: Facts, outcome: Outcome, reason: ReasonCode) -> None:
    result = judge(rule, known, NOW)
    assert (result.outcome, result.reason.code) == (outcome, reason)


def test_the_word_of_the_county_is_stronger_than_the_schools() -> None:
    alone, reviewed = (judge(ASKED, with_answers(given(review=review)), NOW) for review in (None, ACCEPTED))
    assert (alone.provenance, reviewed.provenance) == (Provenance.ATTESTED, Provenance.REVIEWED)


def test_a_rejected_answer_is_shown_with_who_rejected_it_and_why() -> None:
    result = judge(ASKED, with_answers(given(review=REJECTED)), NOW)
    assert result.reason.params == {"by": "县教育局", "why": "须附合同"}
    assert result.answer is not None
    assert result.answer.review is not None
    assert result.value is None


def test_a_dispute_names_both_sides() -> None:
    result = judge(LINE, facts(*SLOW, contract_mbit_s=300), NOW)
    assert result.reason.params == {"measured": 40, "claimed": 300}
    assert (result.value, result.samples) == (40, 3)


@pytest.mark.parametrize(("at", "outcome"), [("15:59:59", MET), ("16:00:00", MANUAL)])
def test_an_answer_ends_at_midnight_where_the_schools_are(at: str, outcome: Outcome) -> None:
    now = datetime.fromisoformat(f"2026-03-31T{at}").replace(tzinfo=UTC)
    assert judge(ASKED, with_answers(given(until=date(2026, 3, 31))), now).outcome is outcome
