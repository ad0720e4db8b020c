"""
The one place where a score is computed.

With W the weight of all applicable criteria: score = met / (met + unmet), coverage = (met + unmet) / W, floor = met / W,
ceiling = (W - unmet) / W. Weights are integers, sums are integers, and each figure is rounded once, half up, to one
decimal. The verdict is taken on the figures as printed, so that nobody has to dispute the rounding: 80.0 reaches a pass
mark of 80. While nothing is decided there is no score: None, never 0 and never 100.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from msgspec import structs

from contract.outcome import Outcome, Verdict
from contract.score import CriterionResult, Scorecard
from contract.wire import digest
from criteria.facts import Facts
from criteria.judge import judge
from criteria.pack import Applies, Criterion, Pack
from criteria.statistic import exact
from criteria.waiver import WaiverEntry, waiver_for

ENGINE = 2
"""Number of this arithmetic and of the judge; grows by one when the same facts and pack can come out otherwise."""
_MOST_KNOWN = 64
_known: dict[int, tuple[Pack, str]] = {}
_EFFORTS = ("low", "medium", "high", None)


@dataclass(frozen=True, slots=True)
class Sums:
    """Weights, and the figures that follow from them, in tenths of a percent."""

    met: int
    unmet: int
    applicable: int

    @property
    def score(self) -> int | None:
        """Of what is decided; None when nothing is."""
        return _tenths(self.met, self.met + self.unmet)

    @property
    def coverage(self) -> int | None:
        """How much is decided; None when nothing applies."""
        return _tenths(self.met + self.unmet, self.applicable)

    @property
    def floor(self) -> int | None:
        """What is proven already."""
        return _tenths(self.met, self.applicable)

    @property
    def ceiling(self) -> int | None:
        """What is still possible."""
        return _tenths(self.applicable - self.unmet, self.applicable)


def _tenths(part: int, whole: int) -> int | None:
    """Tenths of a percent, rounded half up in whole numbers."""
    return (2 * 1000 * part + whole) // (2 * whole) if whole else None


def _percent(tenths: int | None) -> float | None:
    return None if tenths is None else tenths / 10


def sums(results: Iterable[CriterionResult]) -> Sums:
    """Weights by outcome. What does not apply is in none of them."""
    met = unmet = applicable = 0
    for result in results:
        if result.outcome is not Outcome.NOT_APPLICABLE:
            applicable += result.weight
        if result.outcome is Outcome.MET:
            met += result.weight
        elif result.outcome is Outcome.UNMET:
            unmet += result.weight
    return Sums(met, unmet, applicable)


def score_school(pack: Pack, facts: Facts, now: datetime, waivers: Sequence[WaiverEntry] = ()) -> Scorecard:
    """
    Judge a school by every criterion of the pack that is asked of schools, and add up.

    ``now`` has a time zone; it decides what is stale and which waivers have expired. Waivers change ``waived_score`` only.
    """
    asked = [criterion for criterion in pack.criteria if criterion.level == "school"]
    judged = [judge(criterion, facts, now) for criterion in asked]
    bonus = sums(
        structs.replace(result, weight=criterion.weight)
        for criterion, result in zip(asked, judged, strict=True)
        if criterion.extension and criterion.scored
    )
    total = sums(judged)
    results = [
        structs.replace(
            result,
            gain=_gain(result, total) / 10,
            waiver=waiver_for(waivers, pack.id, result, facts.school, now),
        )
        for result in judged
    ]
    counted = [result for result in results if result.waiver is None]
    waived = len(counted) < len(results)
    return Scorecard(
        pack=pack.id,
        pack_version=pack.version,
        scoring_digest=_digest_of(pack),
        school_id=facts.school.id,
        scored_at=now,
        verdict=verdict(pack, results, total),
        score=_percent(total.score),
        coverage=_percent(total.coverage),
        floor=_percent(total.floor),
        ceiling=_percent(total.ceiling),
        pass_mark=pack.pass_mark,
        min_coverage=pack.min_coverage,
        weight_met=total.met,
        weight_unmet=total.unmet,
        weight_applicable=total.applicable,
        results=results,
        graded=pack.graded,
        extension_met=bonus.met,
        extension_applicable=bonus.applicable,
        fixes=_fixes(results),
        waived_score=_percent(sums(counted).score) if waived else None,
    )


def verdict(pack: Pack, results: Sequence[CriterionResult], total: Sums) -> Verdict:
    """
    What the pack says of the school.

    ``falls_short`` when a required criterion is unmet, or the pass mark cannot be reached even if all that is undecided came
    out met; ``meets`` when coverage, every required criterion and the pass mark are reached; else ``undecided``. Under
    a document that sets no line to pass, nothing else is ever said.
    """
    required = [result.outcome for result in results if result.required and result.outcome is not Outcome.NOT_APPLICABLE]
    pass_mark, min_coverage = _mark(pack.pass_mark), _mark(pack.min_coverage)
    if not pack.graded or (total.score is None and total.ceiling is None):
        return Verdict.UNDECIDED
    if Outcome.UNMET in required or (total.ceiling is not None and total.ceiling < pass_mark):
        return Verdict.FALLS_SHORT
    enough = total.coverage is not None and total.coverage >= min_coverage
    if enough and total.score is not None and total.score >= pass_mark and all(item is Outcome.MET for item in required):
        return Verdict.MEETS
    return Verdict.UNDECIDED


def _mark(percent: float) -> Fraction:
    return exact(percent) * 10


def _gain(result: CriterionResult, total: Sums) -> int:
    """Tenths of a point that the score would rise by if this criterion were met. From nothing, it rises from 0."""
    if result.outcome in (Outcome.MET, Outcome.NOT_APPLICABLE):
        return 0
    unmet = total.unmet - (result.weight if result.outcome is Outcome.UNMET else 0)
    then = Sums(total.met + result.weight, unmet, total.applicable).score
    return (then or 0) - (total.score or 0)


def _fixes(results: Sequence[CriterionResult]) -> list[str]:
    """Ids of what counts and is not met: by gain, then effort, then required ones, then the pack's order."""
    open_ = [
        result
        for result in results
        if result.weight and result.outcome not in (Outcome.MET, Outcome.NOT_APPLICABLE) and result.waiver is None
    ]
    open_.sort(key=lambda result: (-result.gain, _EFFORTS.index(result.effort), not result.required))
    return [result.criterion for result in open_]


def _digest_of(pack: Pack) -> str:
    """The scoring digest, computed once for a pack object: at 54 criteria it costs more than judging a school."""
    known = _known.get(id(pack))
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[id(pack)] = (pack, scoring_digest(pack))  # the pack is kept: its id stays its own
    return known[1]


def scoring_digest(pack: Pack) -> str:
    """
    SHA-256 over all that can change an outcome, a score or a target, and nothing else.

    Titles, citations, fixes, examples and the order of the criteria are not in it; :func:`text_digest` covers them.
    """
    return digest(
        {
            "pack": pack.id,
            "pass_mark": pack.pass_mark,
            "min_coverage": pack.min_coverage,
            "graded": pack.graded,
            "criteria": sorted((_scoring(item) for item in pack.criteria), key=lambda item: str(item["id"])),
            "targets": sorted(
                (
                    {
                        "id": target.id,
                        "applies": _scope(target.applies),
                        "criterion": target.criterion,
                        "counted_at_least": target.counted.at_least if target.counted else None,
                        "share_at_least": target.share_at_least,
                        "deadline": target.deadline,
                    }
                    for target in pack.targets
                ),
                key=lambda item: str(item["id"]),
            ),
        }
    )


def _scoring(item: Criterion) -> dict[str, object]:
    return {
        "id": item.id,
        "level": item.level,
        "applies": _scope(item.applies),
        "in_force": [item.cite.in_force_from, item.cite.in_force_to],
        "type": item.type,
        "measure": item.measure,
        "divide_by": item.divide_by,
        "expect": item.expect,
        "attestable": item.attestable,
        "claim": item.claim,
        "weight": item.weight if item.scored else 0,
        "required": item.required,
        "extension": item.extension,
    }


def _scope(applies: Applies) -> dict[str, object]:
    return {
        "kinds": sorted(applies.kinds),
        "students_at_least": applies.students_at_least,
        "students_at_most": applies.students_at_most,
    }


def text_digest(pack: Pack) -> str:
    """SHA-256 over the whole pack: changes with every edit that is not a comment."""
    return digest(pack)
