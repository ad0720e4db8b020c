"""What ``GET /v1/schools/{id}/explain/{criterion}`` answers: an outcome with every measurement behind it and beside it."""

from msgspec import Struct

from contract.message import Message
from contract.outcome import Bound, Outcome, Path
from contract.reason import Reason
from contract.report import AwareTime, Value
from contract.score import CriterionResult
from contract.units import Unit


class SampleUse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measurement, and whether the outcome rests on it; ``excluded`` says why not (``excluded.…``)."""

    at: AwareTime
    value: Value
    unit: Unit
    report_id: str
    agent_id: str
    used: bool
    bound: Bound = Bound.EXACT
    path: Path | None = None
    because: Reason | None = None
    excluded: Message | None = None


class OutcomeChange(Struct, frozen=True, kw_only=True):
    """A flip. ``rules_changed``: the pack was another one before, so that a history breaks its line here."""

    at: AwareTime
    before: Outcome
    after: Outcome
    rules_changed: bool = False


class Explanation(Struct, frozen=True, kw_only=True):
    """All that one outcome rests on, as of ``as_of``."""

    school_id: str
    pack: str
    pack_version: str
    scoring_digest: str
    as_of: AwareTime
    result: CriterionResult
    samples: list[SampleUse]
    changes: list[OutcomeChange]
