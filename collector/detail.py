"""Everything about one school, scored at the moment of asking: data that has gone stale since must not look fresh."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection

from collector.scoring import Scoring
from collector.store import agents, overview, reports, schools
from collector.store.scores import worst_gap
from contract.api import SchoolDetail


def detail_of(connection: Connection, scoring: Scoring, pack_id: str, school_id: str, now: datetime) -> SchoolDetail | None:
    """The school of an id, its row judged under ``pack_id``; None when it is not on the register."""
    school = schools.find(connection, school_id)
    row = overview.one(connection, pack_id, school_id)
    if school is None or row is None:
        return None
    cards = scoring.cards(connection, school, now)
    for card in cards:
        if card.pack == pack_id:
            row = msgspec.structs.replace(
                row,
                verdict=card.verdict,
                score=card.score,
                floor=card.floor,
                ceiling=card.ceiling,
                coverage=card.coverage,
                worst_gap=worst_gap(card),
            )
    return SchoolDetail(
        row=row,
        school=school,
        scorecards=cards,
        agents=agents.of_school(connection, school_id),
        reports=reports.newest(connection, school_id),
    )
