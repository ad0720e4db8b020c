"""
Two machines with one identity, seen by the chain of receipts (:mod:`contract.signing`).

Each new report shows the chain of the receipt before. Whoever shows the one before that has missed a receipt: an answer lost
on the way does so once, and is level again with the next. Two machines cloned from one image take turns and are behind each
time, so twice in a row marks the agent; so does a chain that is older still, which is a machine set back to an image.

The mark changes nothing about the reports: they are stored and scored. It is shown until the agent enrols anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, tuple_

from collector.store.arrivals import Arrival
from collector.store.schema import agent

TIMES_BEHIND = 2
_COLUMNS = ("chain", "chain_before", "chain_behind", "cloned_at")


@dataclass(frozen=True, slots=True)
class Link:
    """Where an agent's chain stands. ``behind`` counts its latest new reports that showed the chain before."""

    chain: str | None = None
    before: str | None = None
    behind: int = 0
    cloned_at: datetime | None = None

    def shown(self, chain: str | None, following: str, at: datetime) -> "Link":
        """The link after a new report that showed ``chain`` and is answered with ``following``."""
        behind = 0
        if self.chain is not None and chain != self.chain:
            behind = self.behind + 1 if chain == self.before else TIMES_BEHIND
        cloned_at = self.cloned_at or (at if behind >= TIMES_BEHIND else None)
        return Link(following, self.chain, behind, cloned_at)


def links(connection: Connection, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], Link]:
    """The links of the agents that ``arrivals`` came from, by (school, agent)."""
    keys = list({item.sender for item in arrivals})
    statement = select(agent).where(tuple_(agent.c.school_id, agent.c.agent_id).in_(keys))
    return {(row["school_id"], row["agent_id"]): _typed(row) for row in connection.execute(statement).mappings()}


def columns(link: Link) -> dict[str, object]:
    """The link as columns of ``agent``."""
    return dict(zip(_COLUMNS, (link.chain, link.before, link.behind, link.cloned_at), strict=True))


def _typed(row: RowMapping) -> Link:
    return Link(row["chain"], row["chain_before"], row["chain_behind"] or 0, row["cloned_at"])
