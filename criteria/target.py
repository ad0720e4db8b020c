"""
Targets: a share of the schools of a county or city, as an interval of what is proven and what is possible.

The denominator is every school of the target's kinds on the register, whether it reports or not. A school counts as met or
unmet by the one criterion the target names; everything else is undecided and widens the interval.
"""

from collections.abc import Sequence
from datetime import datetime

from contract.api import TargetState
from contract.outcome import Outcome
from contract.school import School
from contract.score import Scorecard
from criteria.pack import Pack, Target
from criteria.statistic import exact


def judge_targets(pack: Pack, schools: Sequence[tuple[School, Scorecard | None]], now: datetime) -> list[TargetState]:
    """
    Every target of the pack over these schools, each with its newest scorecard under the pack.

    None stands for a school that was never scored. A scorecard from after ``now`` is not known yet.
    """
    return [_judge(pack, target, schools, now) for target in pack.targets]


def _judge(pack: Pack, target: Target, schools: Sequence[tuple[School, Scorecard | None]], now: datetime) -> TargetState:
    outcomes = [
        _outcome(card if card is not None and card.scored_at <= now else None, pack.id, target.criterion)
        for school, card in schools
        if school.kind in target.applies.kinds
    ]
    total = len(outcomes)
    met = outcomes.count(Outcome.MET)
    unmet = outcomes.count(Outcome.UNMET)
    undecided = total - met - unmet
    wanted = exact(target.share_at_least) * total / 100
    needed = -(-wanted.numerator // wanted.denominator)
    return TargetState(
        id=target.id,
        pack=pack.id,
        title=target.title,
        quote=target.cite.quote,
        denominator=target.denominator,
        threshold_percent=target.share_at_least,
        deadline=target.deadline.isoformat(),
        total=total,
        met=met,
        unmet=unmet,
        undecided=undecided,
        needed=needed,
        share_low=_share(met, total),
        share_high=_share(met + undecided, total),
        outcome=_reached(total, met, undecided, needed),
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
