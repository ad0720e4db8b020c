"""One outcome of one school with everything it rests on: the same for the command, the API and the exports."""

from datetime import datetime

from sqlalchemy import Connection

from collector.scoring import Scoring
from collector.store import scores, waivers
from contract.explanation import Explanation, OutcomeChange
from contract.school import School
from criteria.evidence import evidence_of
from criteria.pack import Pack
from criteria.score import score_school


def explanation_of(
    connection: Connection, scoring: Scoring, pack: Pack, school: School, criterion: str, now: datetime
) -> Explanation | None:
    """The explanation as of ``now``; None when the pack asks no such thing of schools."""
    rule = pack.criterion(criterion)
    if rule is None or rule.level != "school":
        return None
    facts = scoring.facts(connection, school, now)
    card = score_school(pack, facts, now, waivers.of_school(connection, school.id, now))
    flips = [
        flip
        for flip in scores.flips_of(connection, school.id)
        if flip.pack_id == pack.id and flip.criterion == criterion and flip.at <= now
    ]
    versions = [flip.pack_version for flip in flips]
    return Explanation(
        school_id=school.id,
        pack=pack.id,
        pack_version=pack.version,
        scoring_digest=card.scoring_digest,
        as_of=now,
        result=next(result for result in card.results if result.criterion == criterion),
        samples=evidence_of(rule, facts, now),
        changes=[
            OutcomeChange(at=flip.at, before=flip.before, after=flip.after, rules_changed=version != earlier)
            for flip, version, earlier in zip(flips, versions, [*versions[:1], *versions], strict=False)
        ],
    )
