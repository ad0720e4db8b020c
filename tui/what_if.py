"""What a school's score would be if some of its criteria were met. The sums and the verdict are the judge's own."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from msgspec.structs import replace

from contract.outcome import Outcome, Verdict
from contract.score import Scorecard
from criteria.pack import Pack
from criteria.score import sums, verdict


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Percent, with one decimal; None while nothing is decided."""

    fixed: int
    score_before: float | None
    score: float | None
    verdict_before: Verdict
    verdict: Verdict


def what_if(card: Scorecard, fixed: Collection[str]) -> WhatIf:
    """``fixed`` are ids of criteria taken as met; ids that the card does not hold change nothing."""
    results = [
        replace(result, outcome=Outcome.MET)
        if result.criterion in fixed and result.outcome is not Outcome.NOT_APPLICABLE
        else result
        for result in card.results
    ]
    total = sums(results)
    # The judge asks a pack for its pass mark and its least coverage only; the card carries both under the same names.
    then = verdict(cast("Pack", card), results, total)
    score = None if total.score is None else total.score / 10
    return WhatIf(len(fixed), card.score, score, card.verdict, then)
