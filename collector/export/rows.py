"""What is exported: each school with its scorecards, as of one moment."""

from datetime import datetime

from msgspec import Struct

from contract.report import AwareTime
from contract.school import School
from contract.score import Scorecard


class Entry(Struct, frozen=True, kw_only=True):
    """A school and what it scored."""

    school: School
    scorecards: list[Scorecard]


class Export(Struct, frozen=True, kw_only=True):
    """A whole export. It says by itself when and by what it was made."""

    made_at: AwareTime
    software: str
    schools: list[Entry]

    @property
    def results(self) -> int:
        """Rows: one for each school and criterion."""
        return sum(len(card.results) for entry in self.schools for card in entry.scorecards)


def stamp(at: datetime) -> str:
    """A time as ISO 8601 to the second, with its offset."""
    return at.isoformat(timespec="seconds")
