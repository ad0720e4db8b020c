"""The result of judging a school under a pack: data only. ``criteria.score`` computes it, everything else shows it."""

from typing import Literal

from msgspec import Struct

from contract.attestation import AttestedAnswer
from contract.message import Bilingual
from contract.outcome import Bound, Outcome, Provenance, Verdict
from contract.reason import Reason
from contract.report import AwareTime, Value
from contract.units import Unit

Operator = Literal["at_least", "at_most", "between", "equals", "one_of", "contains_all", "share_at_least"]
Effort = Literal["low", "medium", "high"]


class Waiver(Struct, frozen=True, kw_only=True):
    """A dated exception laid over an outcome, never replacing it. Whether it has expired is computed when read."""

    criterion: str
    reason: str
    approved_by: str
    expires: AwareTime


class CriterionResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Outcome of one criterion with everything needed to dispute it."""

    criterion: str
    title: Bilingual
    clause: str
    """Place in the document, e.g. ``二（七）1``."""
    quote: str
    outcome: Outcome
    reason: Reason
    weight: int
    required: bool = False
    value: Value = None
    """What the statistic gave over the samples; None when there were none."""
    bound: Bound = Bound.EXACT
    unit: Unit = Unit.NONE
    divided_by: str | None = None
    """School fact that the value was divided by (``students``): value and threshold are then per one of them."""
    statistic: str = "latest"
    operator: Operator | None = None
    threshold: list[float | bool | str] = []
    """One value, or two for ``between``."""
    measure: str | None = None
    samples: int = 0
    measured_at: AwareTime | None = None
    """Receipt time of the newest sample used."""
    report_ids: list[str] = []
    """Reports the samples came from, newest first, at most 20."""
    provenance: Provenance | None = None
    gain: float = 0.0
    """Points that the score would rise by if this criterion were met; 0 when it is."""
    effort: Effort | None = None
    fix: Bilingual | None = None
    verify_by_hand: Bilingual | None = None
    waiver: Waiver | None = None
    scored: bool = True
    """False for what is only tracked: it is judged and shown, and weighs nothing."""
    extension: bool = False
    """A bonus item, outside the sums of the base."""
    deadline: str | None = None
    """ISO date by which the document asks for it."""
    answer: AttestedAnswer | None = None
    """The person's answer behind the outcome, or the one that was rejected or has expired."""
    distance: float | None = None
    """Value minus the nearest threshold, in the value's unit; negative when short of it. None where nothing is compared."""


class Scorecard(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    All results of one school under one pack, and the sums over them (design: met / (met + unmet)).

    ``score``, ``coverage``, ``floor`` and ``ceiling`` are percentages with one decimal; ``score`` is None while nothing is
    decided, and is then printed as a dash, never as 0 or 100.
    """

    pack: str
    pack_version: str
    scoring_digest: str
    school_id: str
    scored_at: AwareTime
    verdict: Verdict
    score: float | None
    coverage: float | None
    """None only when no criterion of the pack applies to the school."""
    floor: float | None
    ceiling: float | None
    pass_mark: float
    min_coverage: float
    weight_met: int
    weight_unmet: int
    weight_applicable: int
    results: list[CriterionResult]
    graded: bool = True
    """False where the document sets no line to pass: ``pass_mark`` then means nothing, and the verdict stays undecided."""
    extension_met: int = 0
    extension_applicable: int = 0
    """Weight of the bonus items (扩展项), apart from the base."""
    fixes: list[str] = []
    """Criterion ids in the order in which mending them pays: by gain, then by effort."""
    waived_score: float | None = None
    """Score with waivers applied; shown beside ``score``, never instead of it. None without waivers."""
