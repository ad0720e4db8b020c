"""What a county or city counts itself: a table of figures, days and words."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contract.api import CountedState
from contract.attestation import Answer, AttestedAnswer, Decision, Review
from contract.outcome import Outcome
from contract.reason import ReasonCode
from criteria.pack import find
from criteria.target import judge_counted

PACK = find("cn-henan-jiaozuo-2019")
BEFORE, AFTER = datetime(2022, 12, 31, 15, 59, tzinfo=UTC), datetime(2022, 12, 31, 16, 0, tzinfo=UTC)
"""One minute before and at midnight in China after the plan's last day."""
R = ReasonCode


def given(id_: str, figure: float | None, answer: bool | None = True, **more: Any) -> AttestedAnswer:
    return AttestedAnswer(
        attestation_id="a",
        pack=PACK.id,
        answer=Answer(
            criterion=id_,
            answer=answer,
            figure=figure,
            answered_on=date(2022, 6, 1),
            answered_by="市教育局",
            valid_until=date(2023, 6, 1),
            note="名单",
        ),
        received_at=datetime(2022, 6, 1, 4, tzinfo=UTC),
        **more,
    )


def state(id_: str, now: datetime, *answers: AttestedAnswer) -> CountedState:
    return next(one for one in judge_counted(PACK, {id_: answers} if answers else {}, now) if one.id == id_)


REJECTED = Review(
    decision=Decision.REJECTED, reviewed_by="省厅", reviewed_at=datetime(2022, 7, 1, tzinfo=UTC), reason="重复"
)
TABLE: list[tuple[str, float | None, datetime, Outcome, ReasonCode]] = [
    ("JZ-7.2.04", 10, BEFORE, Outcome.MET, R.AS_REQUIRED),
    ("JZ-7.2.04", 11, AFTER, Outcome.MET, R.AS_REQUIRED),
    ("JZ-7.2.04", 9, BEFORE, Outcome.UNKNOWN, R.BELOW_REQUIREMENT),
    ("JZ-7.2.04", 9, AFTER, Outcome.UNMET, R.BELOW_REQUIREMENT),
    ("JZ-7.2.05", 30, AFTER, Outcome.MET, R.AS_REQUIRED),
    ("JZ-7.2.05", 29, AFTER, Outcome.UNMET, R.BELOW_REQUIREMENT),
    ("JZ-7.2.10", 2, AFTER, Outcome.MET, R.AS_REQUIRED),
    ("JZ-7.2.10", 1, AFTER, Outcome.UNMET, R.BELOW_REQUIREMENT),
    ("JZ-7.2.14", 100, AFTER, Outcome.MET, R.AS_REQUIRED),
    ("JZ-7.2.14", 99, AFTER, Outcome.UNMET, R.BELOW_REQUIREMENT),
    ("JZ-X09", None, AFTER, Outcome.MET, R.ATTESTED_SO),
    ("JZ-7.1.10", None, AFTER, Outcome.MET, R.ATTESTED_SO),
    ("JZ-7.1.08", None, AFTER, Outcome.UNKNOWN, R.NOT_SCORED),  # the plan gives it no test, whatever anybody answers
]


@pytest.mark.parametrize(("id_", "figure", "now", "outcome", "reason"), TABLE)
def test_a_figure_is_judged_by_its_deadline(
    id_: str, figure: float | None, now: datetime, outcome: Outcome, reason: ReasonCode
) -> None:
    found = state(id_, now, given(id_, figure))
    assert (found.outcome, found.reason.code) == (outcome, reason)


def test_what_nobody_counted_waits_and_is_not_missed() -> None:
    found = state("JZ-7.2.04", AFTER)
    assert (found.outcome, found.reason.code, found.needed) == (Outcome.MANUAL, R.NOT_COUNTED, 10)


def test_a_rejected_count_is_undecided_again() -> None:
    found = state("JZ-7.2.04", AFTER, given("JZ-7.2.04", 12, review=REJECTED))
    assert (found.outcome, found.reason.code) == (Outcome.MANUAL, R.ATTESTATION_REJECTED)


def test_every_clause_of_a_county_or_city_is_listed() -> None:
    wanted = {item.id for item in PACK.criteria if item.level != "school"}
    wanted |= {target.id for target in PACK.targets if target.counted}
    assert {one.id for one in judge_counted(PACK, {}, AFTER)} == wanted
