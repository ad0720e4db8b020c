"""The list of schools."""

from collections.abc import Callable, Sequence

from contract.api import SchoolRow
from tui.glyphs import Glyphs
from tui.layout import Column
from tui.widgets.grid import Grid


class SchoolTable(Grid[SchoolRow]):
    """A :class:`Grid` of schools: the cursor belongs to a school, not to a line."""

    def __init__(
        self, columns: Sequence[Column[SchoolRow]], row_at: Callable[[int], SchoolRow | None], glyphs: Glyphs
    ) -> None:
        super().__init__(columns, row_at, glyphs=glyphs, id="schools")

    @property
    def school_id(self) -> str | None:
        """The school under the cursor, or None while there is none."""
        row = self._row_at(self.cursor)
        return None if row is None else row.id

    def reload(self, count: int, school_id: str | None, find: Callable[[str], int | None]) -> None:
        """Show new rows with the cursor on the same school; on the same line when that school is gone."""
        self.load(count, cursor=find(school_id) if school_id is not None else None)
