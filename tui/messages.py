"""What widgets and fetchers tell the app. Widgets post, screens decide; none of them carries a finished sentence."""

from dataclasses import dataclass

from textual.message import Message

from contract.api import Rollup, SchoolDetail, SchoolPage
from tui.errors import TuiError


@dataclass
class PageArrived(Message):
    """A page of schools. ``round`` numbers the passes over all pages; an older round's pages are dropped."""

    round: int
    page: SchoolPage


@dataclass
class PagesEnded(Message):
    """The last page of a round has come. ``kept`` says that they came from the cache."""

    round: int
    kept: bool = False


@dataclass
class RollupArrived(Message):
    """The sums over all schools."""

    rollup: Rollup
    kept: bool = False


@dataclass
class SchoolWanted(Message):
    """A screen shows this school and has nothing to show yet."""

    school_id: str


@dataclass
class SchoolArrived(Message):
    """One school with its scorecards."""

    detail: SchoolDetail
    kept: bool = False


@dataclass
class CompareWanted(Message):
    """Schools to be put side by side, as (id, name)."""

    schools: list[tuple[str, str]]


@dataclass
class ExportWanted(Message):
    """The present selection is to be written to a file; ``about`` is what the note says of it."""

    about: dict[str, str]


@dataclass
class FetchFailed(Message):
    """A question had no good answer. ``subject`` is ``schools``, ``rollup`` or a school's id after ``school/``."""

    subject: str
    error: TuiError


@dataclass
class FetchBroke(Message):
    """A defect of ours in a fetching thread; the app raises it, so that it is seen and not only a screen that waits."""

    error: Exception


@dataclass
class RowHighlighted(Message):
    """The cursor of a table is on another line."""

    table_id: str
    index: int

    def can_replace(self, message: Message) -> bool:
        """Thirty queued cursor keys cost one redraw of the detail pane."""
        return isinstance(message, RowHighlighted) and message.table_id == self.table_id


@dataclass
class RowChosen(Message):
    """Enter, or a second click on the line under the cursor."""

    table_id: str
    index: int


@dataclass
class HeaderChosen(Message):
    """A click on a column's title."""

    table_id: str
    column: str
