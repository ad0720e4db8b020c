"""Targets: whole schools against a share of the register."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from contract.api import TargetState
from contract.outcome import Outcome
from contract.school import School, SchoolKind
from contract.score import Scorecard
from criteria.pack import find
from criteria.score import score_school
from criteria.target import judge_targets
from tests.criteria.examples import NOW, facts, sample, school

PACK = find("cn-henan-jiaozuo-2019")
WIRED = "JZ-7.1.01"


def scored(outcome: Outcome | None, **more: object) -> tuple[School, Scorecard | None]:
    """A school whose wired criterion came out so; None was never scored."""
    one = school(**more)
    if outcome is None:
        return one, None
    card = score_school(PACK, facts(), NOW)
    results = [structs.replace(result, outcome=outcome) for result in card.results]
    return one, structs.replace(card, results=results)


def state(schools: list[tuple[School, Scorecard | None]], id_: str = "JZ-7.1.01-T") -> TargetState:
    return next(target for target in judge_targets(PACK, schools, NOW) if target.id == id_)


def some(count: int, outcome: Outcome | None, **more: object) -> list[tuple[School, Scorecard | None]]:
    return [scored(outcome, **more)] * count


MET, UNMET, UNKNOWN = Outcome.MET, Outcome.UNMET, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("met", "unmet", "open_", "needed", "outcome"),
    [
        (8, 2, 0, 8, MET),  # exactly 80 % of 10
        (7, 2, 1, 8, UNKNOWN),
        (7, 3, 0, 8, UNMET),
        (9, 2, 0, 9, MET),  # 80 % of 11 is 8.8
        (8, 3, 0, 9, UNMET),
        (0, 0, 5, 4, UNKNOWN),
        (0, 0, 0, 0, UNKNOWN),
        (7, 2, 0, 8, UNMET),  # 80 % of 9 is 7.2
        (2399, 600, 0, 2400, UNMET),  # 79.99 %
    ],
)
def test_eighty_percent_is_reached_by_whole_schools(met: int, unmet: int, open_: int, needed: int, outcome: Outcome) -> None:
    found = state([*some(met, MET), *some(unmet, UNMET), *some(open_, None)], "JZ-7.1.04-T")
    assert (found.total, found.met, found.unmet, found.undecided) == (met + unmet + open_, met, unmet, open_)
    assert (found.needed, found.outcome) == (needed, outcome)


def test_a_share_is_never_rounded_up_to_the_target() -> None:
    found = state([*some(2399, MET), *some(601, UNMET)], "JZ-7.1.04-T")
    assert (found.share_low, found.share_high) == (79.9, 79.9)


def test_schools_that_are_not_decided_widen_the_interval() -> None:
    schools = [*some(5, MET), *some(1, UNMET), *some(1, UNKNOWN), *some(1, Outcome.MANUAL), *some(1, Outcome.ERROR)]
    found = state([*schools, *some(1, None)])
    assert (found.share_low, found.share_high) == (50.0, 90.0)


def test_denominators_are_those_of_each_clause() -> None:
    schools = [scored(MET, kind=kind) for kind in SchoolKind]
    totals = {target.id: target.total for target in judge_targets(PACK, schools, NOW)}
    assert totals == {"JZ-7.1.01-T": 5, "JZ-7.1.02-T": 5, "JZ-7.1.04-T": 4, "JZ-7.1.05-T": 1}


def test_a_target_without_schools_has_no_share() -> None:
    found = state([scored(MET, kind=SchoolKind.HIGHER)])
    assert (found.total, found.share_low, found.share_high, found.outcome) == (0, None, None, UNKNOWN)


def test_a_card_of_another_pack_or_of_later_says_nothing() -> None:
    one, card = scored(MET)
    assert card is not None
    other = structs.replace(card, pack="other")
    later = structs.replace(card, scored_at=NOW + timedelta(seconds=1))
    assert state([(one, other)]).undecided == 1
    assert state([(one, later)]).undecided == 1


def test_a_target_carries_its_words_and_its_deadline() -> None:
    found = state([])
    assert found.deadline == "2020-12-31"
    assert "100％" in found.quote
    assert "含教学点" in found.denominator.zh
    assert found.threshold_percent == 100


@settings(deadline=None)  # other work on the machine is not the law's business
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_interval_encloses_every_way_the_open_ones_can_end(met: int, unmet: int, open_: int) -> None:
    now = state([*some(met, MET), *some(unmet, UNMET), *some(open_, None)])
    for turned in range(open_ + 1):
        then = state([*some(met + turned, MET), *some(unmet + open_ - turned, UNMET)])
        if then.share_low is not None and now.share_low is not None and now.share_high is not None:
            assert now.share_low <= then.share_low <= now.share_high
            assert now.outcome in (UNKNOWN, then.outcome)


def test_it_uses_what_the_judge_said() -> None:
    rule = PACK.criterion(WIRED)
    assert rule is not None
    assert rule.measure is not None
    path = rule.measure.paths[0]
    wired = sample(True, name=rule.measure.name, unit=rule.measure.unit, path=path)
    card = score_school(PACK, facts(wired), NOW)
    assert state([(school(), card)]).outcome is MET
