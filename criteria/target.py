"""
Targets: a number for a county or city, as an interval of what is proven and what is possible.

The denominator is every school that the target is for, by the register, whether it reports or not. A school counts as met
or unmet by the one criterion the target names; everything else is undecided and widens the interval. What a county or city
counts itself (awards, people trained) stands beside it, on the word of whoever counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from contract.api import CountedState, TargetState
from contract.attestation import AttestedAnswer
from contract.message import Bilingual
from contract.outcome import Outcome
from contract.reason import Reason, ReasonCode, because
from contract.school import School
from contract.score import Scorecard
from criteria.answer import newest, weigh
from criteria.pack import Cite, Kind, Pack, Target
from criteria.reading import CHINA
from criteria.statistic import exact

Judged = Sequence[tuple[School, Scorecard | None]]
Answers = Mapping[str, Sequence[AttestedAnswer]]


def judge_targets(pack: Pack, schools: Judged, now: datetime) -> list[TargetState]:
    """
    Every share that the pack asks for, over these schools, each with its newest scorecard under the pack.

    None stands for a school that was never scored. A scorecard from after ``now`` is not known yet.
    """
    return [_judge(pack, target, target.criterion, target.share_at_least, schools, now) for target in _shares(pack)]


def _shares(pack: Pack) -> list[Target]:
    return [target for target in pack.targets if target.criterion is not None]


def _judge(
    pack: Pack, target: Target, criterion: str | None, share: float | None, schools: Judged, now: datetime
) -> TargetState:
    members = [
        (school, _outcome(card if card is not None and card.scored_at <= now else None, pack.id, criterion or ""))
        for school, card in schools
        if target.applies.covers(school)
    ]
    outcomes = [outcome for _, outcome in members]
    total = len(outcomes)
    met = outcomes.count(Outcome.MET)
    unmet = outcomes.count(Outcome.UNMET)
    undecided = total - met - unmet
    wanted = exact(share or 0) * total / 100
    needed = -(-wanted.numerator // wanted.denominator)
    return TargetState(
        id=target.id,
        pack=pack.id,
        title=target.title,
        quote=target.cite.quote,
        denominator=target.denominator,
        threshold_percent=share or 0.0,
        deadline=target.deadline.isoformat(),
        total=total,
        met=met,
        unmet=unmet,
        undecided=undecided,
        needed=needed,
        share_low=_share(met, total),
        share_high=_share(met + undecided, total),
        outcome=_reached(total, met, undecided, needed),
        met_ids=sorted(school.id for school, outcome in members if outcome is Outcome.MET),
        unmet_ids=sorted(school.id for school, outcome in members if outcome is Outcome.UNMET),
        undecided_ids=sorted(school.id for school, outcome in members if not outcome.decided),
        after_deadline=now.astimezone(CHINA).date() > target.deadline,
    )


def _outcome(card: Scorecard | None, pack_id: str, criterion: str) -> Outcome:
    if card is None or card.pack != pack_id:
        return Outcome.UNKNOWN
    return next((result.outcome for result in card.results if result.criterion == criterion), Outcome.UNKNOWN)


def _reached(total: int, met: int, undecided: int, needed: int) -> Outcome:
    """By whole schools, never by a rounded share."""
    if total == 0:
        return Outcome.UNKNOWN
    if met >= needed:
        return Outcome.MET
    return Outcome.UNMET if met + undecided < needed else Outcome.UNKNOWN


def _share(part: int, total: int) -> float | None:
    """Percent with one decimal, cut and not rounded: 79.96 % must not be printed as 80.0 where 80 is the target."""
    return part * 1000 // total / 10 if total else None


def judge_counted(pack: Pack, answers: Answers, now: datetime) -> list[CountedState]:
    """
    Everything of the pack that a county or city counts or answers, by its newest answer.

    ``answers`` are those of this county or city, by id. A figure below the one asked for is ``unmet`` only once the deadline
    is over; until then it is open.
    """
    return [*_criteria(pack, answers, now), *_targets(pack, answers, now)]


def _criteria(pack: Pack, answers: Answers, now: datetime) -> Iterator[CountedState]:
    for item in pack.criteria:
        if item.level == "school":
            continue
        given = newest(answers.get(item.id, ()), now)
        if item.type in (Kind.NARRATIVE, Kind.UNREAD):
            reason = because(ReasonCode.NOT_SCORED if item.type is Kind.NARRATIVE else ReasonCode.TEXT_NOT_SEEN)
            outcome = Outcome.UNKNOWN
        else:
            word = weigh(given, now)
            outcome, reason = word.outcome, word.reason
        yield _state(pack, item.id, item.title, item.cite, item.level, item.deadline, None, None, given, outcome, reason)


def _targets(pack: Pack, answers: Answers, now: datetime) -> Iterator[CountedState]:
    for target in pack.targets:
        if target.counted is None:
            continue
        given = newest(answers.get(target.id, ()), now)
        outcome, reason = _counted(target, target.counted.at_least, given, now)
        yield _state(
            pack,
            target.id,
            target.title,
            target.cite,
            target.level,
            target.deadline,
            target.counted.what,
            target.counted.at_least,
            given,
            outcome,
            reason,
        )


def _counted(target: Target, wanted: float | None, given: AttestedAnswer | None, now: datetime) -> tuple[Outcome, Reason]:
    word = weigh(given, now)
    if given is None:
        return Outcome.MANUAL, because(ReasonCode.NOT_COUNTED)
    if wanted is None or given.answer.figure is None or not word.outcome.decided:
        return word.outcome, word.reason
    if given.answer.figure >= wanted:
        return Outcome.MET, because(ReasonCode.AS_REQUIRED)
    late = now.astimezone(CHINA).date() > target.deadline
    return (Outcome.UNMET if late else Outcome.UNKNOWN), because(ReasonCode.BELOW_REQUIREMENT)


def _state(
    pack: Pack,
    id_: str,
    title: Bilingual,
    cite: Cite,
    level: str,
    deadline: date | None,
    what: Bilingual | None,
    wanted: float | None,
    given: AttestedAnswer | None,
    outcome: Outcome,
    reason: Reason,
) -> CountedState:
    return CountedState(
        id=id_,
        pack=pack.id,
        title=title,
        clause=cite.clause,
        quote=cite.quote,
        level=level,
        deadline=None if deadline is None else deadline.isoformat(),
        what=what,
        needed=wanted,
        counted=None if given is None else given.answer.figure,
        outcome=outcome,
        reason=reason,
        answer=given,
    )
