"""
The schools as the overview shows them: loaded page by page, filtered, sorted, marked. No widgets here.

A filter keeps the order, so it never sorts again; a sort is done when it is asked for only. ``benchmarks/tui.py`` measures
both with 50,000 schools.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from contract.api import SchoolRow
from contract.outcome import Verdict
from tui.filtering import EVERYTHING, Filter
from tui.register import Register


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column, and which way round. ``column`` None keeps the collector's order."""

    column: str | None
    descending: bool = False


class Schools:
    """
    Filtered and sorted sight of a :class:`tui.register.Register`.

    ``sortable`` are the columns that can be sorted by; ``now`` gives seconds since 1970 for filters on age.
    """

    def __init__(
        self,
        sortable: Collection[str],
        verdict_word: Callable[[Verdict], str],
        kind_word: Callable[[str], str],
        sorts: Sequence[Sort],
        now: Callable[[], float],
    ) -> None:
        self.register = Register(kind_word)
        self.filter = EVERYTHING
        self.sorts = tuple(sorts)
        """The first decides, the next among its equals."""
        self.marked: set[str] = set()
        self._sortable = sortable
        self._verdict_word = verdict_word
        self._now = now
        self._sorted: list[int] = []
        self._shown: list[int] = []

    @property
    def sort(self) -> Sort:
        """The deciding one."""
        return self.sorts[0] if self.sorts else Sort(None)

    @property
    def shown(self) -> int:
        """Schools that pass the filter, among those loaded."""
        return len(self._shown)

    @property
    def count(self) -> int:
        """Lines of the table: without a filter, schools still to come have their line already."""
        return len(self._shown) if self.filter else max(len(self._shown), self.register.total)

    def row(self, index: int) -> SchoolRow | None:
        """The school in line ``index``; None while its page is on the way."""
        return self.register.row(self._shown[index]) if 0 <= index < len(self._shown) else None

    def id_at(self, index: int) -> str | None:
        """The id of the school in line ``index``."""
        return self.register.ids[self._shown[index]] if 0 <= index < len(self._shown) else None

    def index(self, school_id: str) -> int | None:
        """The line of a school, or None when it is not shown."""
        try:
            return self._shown.index(self.register.ids.index(school_id))
        except ValueError:
            return None

    def chosen(self) -> list[SchoolRow]:
        """What an export holds: the marked schools, or all that are shown, in the order of the screen."""
        ids, shown = self.register.ids, self._shown
        marked = [place for place in self._sorted if ids[place] in self.marked]
        return [self.register.row(place) for place in marked or shown]

    def toggle(self, school_id: str) -> None:
        """Mark a school, or take its mark away."""
        self.marked ^= {school_id}

    def grow(self, items: Sequence[SchoolRow], total: int) -> None:
        """Show another page below what is there; the order is made when all have come, so that no line jumps in between."""
        start = len(self.register)
        self.register.add(items, total)
        added = range(start, len(self.register))
        self._sorted.extend(added)
        self._shown.extend(self._passing(added))

    def finish(self) -> None:
        """All pages of the first pass are here."""
        self.register.complete = True
        self._order()

    def replace(self, register: Register) -> None:
        """Show a later pass instead. Marks of schools that are gone go with them."""
        self.register = register
        self.marked &= set(register.ids) if self.marked else set()
        self._order()

    def narrow(self, wanted: Filter) -> None:
        """Show the schools that pass ``wanted``."""
        self.filter = wanted
        self._shown = self._passing(self._sorted)

    def reorder(self, *sorts: Sort) -> None:
        """Sort by other columns or the other way."""
        self.sorts = sorts
        self._order()

    def _passing(self, places: Sequence[int]) -> list[int]:
        if not self.filter:
            return list(places)
        marked = frozenset(self.marked)
        return self.filter.passing(self.register, places, verdict_word=self._verdict_word, now=self._now, marked=marked)

    def _order(self) -> None:
        """The least of the sorts first, each stable; schools without a value come last in either direction."""
        places = list(range(len(self.register)))
        for sort in reversed(self.sorts):
            if sort.column not in self._sortable:
                continue
            keys = self.register.keys(sort.column or "")
            valued = [place for place in places if keys[place] is not None and keys[place] == keys[place]]
            without = [place for place in places if keys[place] is None or keys[place] != keys[place]]
            valued.sort(key=keys.__getitem__, reverse=sort.descending)  # type: ignore[arg-type]
            places = valued + without
        self._sorted = places
        self._shown = self._passing(places)
