"""
The filter line of the overview, read into conditions.

Words are looked for in name, county, kind and id; ``county:``, ``kind:``, ``id:`` and ``verdict:`` (and their names in both
languages) look in one field. All must hold. A full-width colon counts as a colon: Chinese input methods type that one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from contract.api import SchoolRow
from contract.outcome import Verdict

FIELDS: Mapping[str, str] = {
    "county": "county",
    "区县": "county",
    "县区": "county",
    "县": "county",
    "区": "county",
    "kind": "kind",
    "type": "kind",
    "类型": "kind",
    "id": "id",
    "编号": "id",
    "name": "name",
    "学校": "name",
    "名称": "name",
    "verdict": "verdict",
    "结论": "verdict",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """``field`` None looks everywhere. ``wanted`` is folded to lower case."""

    field: str | None
    wanted: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter line, ready to be asked about rows."""

    text: str
    conditions: Sequence[Condition]

    def __bool__(self) -> bool:
        """False when every row passes."""
        return bool(self.conditions)

    def test(
        self, verdict_word: Callable[[Verdict], str], kind_word: Callable[[str], str]
    ) -> Callable[[SchoolRow, str], bool]:
        """
        A function of (row, :func:`haystack` of the row).

        The two functions give the reader's words, so that ``verdict:未达标`` works as well as ``verdict:falls_short``.
        """
        anywhere = [condition.wanted for condition in self.conditions if condition.field is None]
        fields = [condition for condition in self.conditions if condition.field in ("county", "id", "name")]
        kinds = [condition.wanted for condition in self.conditions if condition.field == "kind"]
        verdicts = [
            {verdict for verdict in Verdict if _names(verdict, verdict_word(verdict), condition.wanted)}
            for condition in self.conditions
            if condition.field == "verdict"
        ]

        def passes(row: SchoolRow, hay: str) -> bool:
            return (
                all(word in hay for word in anywhere)
                and all(row.verdict in allowed for allowed in verdicts)
                and all(kind in f"{row.kind}\n{kind_word(row.kind)}".casefold() for kind in kinds)
                and all(c.wanted in str(getattr(row, c.field or "name")).casefold() for c in fields)
            )

        return passes


EVERYTHING = Filter("", ())


def parse(text: str) -> Filter:
    """Read a filter line. There is no wrong one: an unknown field is looked for as it stands."""
    conditions = []
    for piece in text.split():
        head, colon, tail = piece.replace("：", ":").partition(":")
        field = FIELDS.get(head.casefold())
        if colon and field:
            if tail:
                conditions.append(Condition(field, tail.casefold()))
        else:
            conditions.append(Condition(None, piece.casefold()))
    return Filter(text, tuple(conditions))


def typable(text: str) -> str:
    """``text`` without what no key types: a name pasted from elsewhere can bring control and direction characters along."""
    return "".join(letter for letter in text if letter.isprintable() and letter not in "\ufe0e\ufe0f")


def haystack(row: SchoolRow, kind_word: str) -> str:
    """What a bare word is looked for in; the newline keeps a match from running from one field into the next."""
    return f"{row.name}\n{row.county}\n{row.kind}\n{kind_word}\n{row.id}".casefold()


def _names(verdict: Verdict, word: str, wanted: str) -> bool:
    """True for the beginning of the verdict's code or word: ``未`` while typing, ``falls`` for ``falls_short``."""
    return verdict.value.startswith(wanted) or word.casefold().replace(" ", "_").startswith(wanted)
