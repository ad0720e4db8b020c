"""Many schools in a few numbers: verdicts, silence, and the targets of the pack."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from collector.store import attestations, overview, schools, scores
from collector.store.overview import Filter
from contract.api import Rollup
from contract.outcome import Verdict
from criteria.pack import Pack
from criteria.target import judge_counted, judge_targets


def rollup_of(
    connection: Connection,
    pack: Pack,
    counties: Sequence[str] | None,
    *,
    county: str | None,
    may_see: Sequence[str] | None,
    reporting_days: int,
    now: datetime,
) -> Rollup:
    """
    Totals over the schools of ``counties`` (None: all).

    Schools that have never reported are in every total: leaving them out would make a county better by installing less.
    ``may_see`` is what the reader's token covers.
    """
    sums = overview.sums(connection, pack.id, Filter(counties=counties), now - timedelta(days=reporting_days))
    register = schools.listed(connection, counties)
    cards = scores.cards_under(connection, pack.id, counties)
    targets = judge_targets(pack, [(school, cards.get(school.id)) for school in register], now)
    return Rollup(
        county=county,
        schools=sums.schools,
        reporting=sums.reporting,
        reporting_days=reporting_days,
        meets=sums.by_verdict.get(Verdict.MEETS, 0),
        falls_short=sums.by_verdict.get(Verdict.FALLS_SHORT, 0),
        undecided=sums.by_verdict.get(Verdict.UNDECIDED, 0),
        targets=targets,
        counties=[name for name in schools.counties(connection) if may_see is None or name in may_see],
        as_of=now,
        counted=judge_counted(pack, attestations.counted(connection, county, now), now),
    )
