"""
All schools of one pass over the collector's pages, column by column.

A filter or a sort looks at one typed column instead of at 50,000 objects, and the program takes 84 MB instead of 99
(``benchmarks/tui.py``, the collector in another process). A row is made again when its line is drawn.
"""

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import isnan, nan

from contract.api import Gap, SchoolRow
from contract.outcome import Verdict
from tui.pinyin import initials

VERDICTS = tuple(Verdict)
WORST_FIRST = (Verdict.FALLS_SHORT, Verdict.UNDECIDED, Verdict.MEETS)
NUMBERS = ("score", "floor", "ceiling", "coverage", "download_mbit_s", "upload_mbit_s")
WHOLE_NUMBERS = ("ipv6_level", "devices")
_NO_GAP = 0xFFFF


class Vocabulary:
    """Texts that repeat in thousands of rows, each kept once; ``folded`` is what a filter looks in."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self.words: list[str] = []
        self.folded: list[str] = []
        self._fold = fold
        self._places: dict[str, int] = {}

    def place(self, word: str) -> int:
        """The number of a word, new ones included."""
        found = self._places.get(word)
        if found is None:
            found = self._places[word] = len(self.words)
            self.words.append(word)
            self.folded.append(self._fold(word))
        return found

    def holding(self, wanted: str) -> set[int]:
        """Numbers of the words in which ``wanted`` stands."""
        return {place for place, word in enumerate(self.folded) if wanted in word}


class Register:
    """``kind_word`` gives the reader's word for a kind, so that a filter finds both."""

    def __init__(self, kind_word: Callable[[str], str]) -> None:
        self.total = 0
        """How many there are according to the collector, loaded or not."""
        self.complete = False
        self.ids: list[str] = []
        self.hay: list[str] = []
        """Name, the initials of its pinyin, id; each on a line, folded to lower case."""
        self.counties = Vocabulary(lambda word: f"{word}\n{initials(word)}".casefold())
        self.kinds = Vocabulary(lambda word: f"{word}\n{kind_word(word)}".casefold())
        self.gaps: list[Gap] = []
        self.county, self.kind, self.gap, self.verdict = array("H"), array("H"), array("H"), array("B")
        self.numbers = {name: array("d") for name in (*NUMBERS, *WHOLE_NUMBERS)}
        self.reported = array("d")
        """Seconds since 1970 of the last report; NaN for none, as in all number columns."""
        self._written: dict[int, str] = {}
        self._gap_places: dict[Gap, int] = {}

    def __len__(self) -> int:
        """Schools loaded."""
        return len(self.ids)

    def add(self, items: Sequence[SchoolRow], total: int) -> None:
        """Append a page."""
        for row in items:
            folded = row.name.casefold()
            if folded != row.name or "\n" in folded:
                self._written[len(self.ids)] = row.name
            self.hay.append(f"{folded}\n{initials(row.name)}\n{row.id.casefold()}")
            self.ids.append(row.id)
            self.county.append(self.counties.place(row.county))
            self.kind.append(self.kinds.place(row.kind))
            self.verdict.append(VERDICTS.index(row.verdict))
            self.gap.append(_NO_GAP if row.worst_gap is None else self._gap_place(row.worst_gap))
            for name, column in self.numbers.items():
                value = getattr(row, name)
                column.append(nan if value is None else value)
            self.reported.append(nan if row.last_report_at is None else row.last_report_at.timestamp())
        self.total = max(total, len(self.ids))

    def row(self, place: int) -> SchoolRow:
        """The school at ``place``, as it came."""
        gap, reported = self.gap[place], self.reported[place]
        values = {name: column[place] for name, column in self.numbers.items()}
        known = {name: int(value) if name in WHOLE_NUMBERS else value for name, value in values.items() if not isnan(value)}
        return SchoolRow(
            id=self.ids[place],
            name=self.name(place),
            county=self.counties.words[self.county[place]],
            kind=self.kinds.words[self.kind[place]],
            verdict=VERDICTS[self.verdict[place]],
            worst_gap=None if gap == _NO_GAP else self.gaps[gap],
            last_report_at=None if isnan(reported) else datetime.fromtimestamp(reported, UTC),
            **known,  # type: ignore[arg-type]
        )

    def name(self, place: int) -> str:
        """The school's name as it was written."""
        return self._written.get(place) or self.hay[place].partition("\n")[0]

    def keys(self, column: str) -> Sequence[object]:
        """What the schools sort by under a column, in their order; None or NaN where there is no value."""
        if column == "name":
            return [by_name(self.name(place)) for place in range(len(self))]
        if column in ("county", "kind"):
            vocabulary = self.counties if column == "county" else self.kinds
            ranks = [by_name(word) for word in vocabulary.words]
            return [ranks[place] for place in (self.county if column == "county" else self.kind)]
        if column == "verdict":
            ranks_of = [WORST_FIRST.index(verdict) for verdict in VERDICTS]
            scores = self.numbers["score"]
            return array(  # one number each: 50,000 pairs would be 5 MB more
                "d", (ranks_of[v] * 1000 + (101 if isnan(s) else s) for v, s in zip(self.verdict, scores, strict=True))
            )
        if column == "gap":
            order = [(gap.criterion, gap.outcome.value) for gap in self.gaps]
            return [None if place == _NO_GAP else order[place] for place in self.gap]
        return self.reported if column == "age" else self.numbers[SORTED_BY[column]]

    def _gap_place(self, gap: Gap) -> int:
        found = self._gap_places.get(gap)
        if found is None:
            found = self._gap_places[gap] = len(self.gaps)
            self.gaps.append(gap)
        return found


SORTED_BY = {
    "score": "score",
    "coverage": "coverage",
    "download": "download_mbit_s",
    "upload": "upload_mbit_s",
    "ipv6": "ipv6_level",
    "devices": "devices",
}
"""Columns of the screen that sort by a number column."""


def by_name(text: str) -> bytes:
    """
    Order of names as a Chinese reader expects: the 3,755 characters of GB 2312 level 1 lie in the order of their pinyin.

    Rarer characters follow by radical, as in a dictionary's second part.
    """
    return text.casefold().encode("gb18030", errors="replace")
