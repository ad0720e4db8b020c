"""The list of schools."""

from collections.abc import Sequence

from contract.api import SchoolRow
from tui.glyphs import Glyphs
from tui.layout import Column
from tui.schools import Schools
from tui.widgets.grid import Grid


class SchoolTable(Grid[SchoolRow]):
    """A :class:`Grid` of schools: the cursor belongs to a school, not to a line."""

    def __init__(self, columns: Sequence[Column[SchoolRow]], schools: Schools, glyphs: Glyphs) -> None:
        super().__init__(columns, schools.row, glyphs=glyphs, marked=self._is_marked, id="schools")
        self._schools = schools

    @property
    def school_id(self) -> str | None:
        """The school under the cursor, or None while there is none."""
        return self._schools.id_at(self.cursor)

    def reload(self, school_id: str | None) -> None:
        """Show new rows with the cursor on the same school; on the same line when that school is gone."""
        self.load(self._schools.count, cursor=self._schools.index(school_id) if school_id is not None else None)

    def _is_marked(self, index: int) -> bool:
        return bool(self._schools.marked) and self._schools.id_at(index) in self._schools.marked
