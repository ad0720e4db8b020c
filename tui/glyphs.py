"""
The characters of the screen that are not words, in two sets.

Chinese consoles of the old kind draw Unicode's "ambiguous" characters (East Asian Width A: ``… — ▲ █ “``) two cells wide,
which shifts every line that holds one. The ASCII set uses none of them.
"""

from dataclasses import dataclass

from contract.outcome import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Each one cell wide, apart from :attr:`none`."""

    met: str
    unmet: str
    more: str
    """Something was cut here."""
    none: str
    """No value: not measured, nothing decided."""
    up: str
    down: str
    solid: str
    """Proven part of a bar."""
    shade: str
    """Possible part of a bar."""
    empty: str
    mark: str
    """The threshold on a bar."""
    dot: str
    """Between parts of a line."""
    dash: str
    """Between the ends of an interval."""
    rule: str
    ascii_only: bool

    def outcome(self, outcome: Outcome) -> str:
        """One character per outcome; the word stands beside it."""
        return {
            Outcome.MET: self.met,
            Outcome.UNMET: self.unmet,
            Outcome.UNKNOWN: "?",
            Outcome.ERROR: "!",
            Outcome.MANUAL: "~",
            Outcome.NOT_APPLICABLE: "-",
        }[outcome]

    def verdict(self, verdict: Verdict) -> str:
        """One character per verdict."""
        return {Verdict.MEETS: self.met, Verdict.FALLS_SHORT: self.unmet, Verdict.UNDECIDED: "?"}[verdict]

    def chrome(self, text: str) -> str:
        """A text of the catalogues in this set's characters."""
        return text.translate(_PLAIN) if self.ascii_only else text

    def bar(self, low: float, high: float, cells: int, threshold: float | None = None) -> str:
        """A bar of ``cells`` cells for percentages: proven up to ``low``, possible up to ``high``, ``threshold`` marked."""
        proven, possible = round(low * cells / 100), round(high * cells / 100)
        drawn = [self.solid] * proven + [self.shade] * (possible - proven) + [self.empty] * (cells - possible)
        if threshold is not None and cells:
            drawn[min(cells - 1, max(0, round(threshold * cells / 100) - 1))] = self.mark
        return "".join(drawn)


_PLAIN = str.maketrans(
    {
        "…": "..",
        "—": "-",
        "–": "-",
        "·": "|",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "×": "x",
        "≥": ">=",
        "≤": "<=",
        "→": "->",
        "←": "<-",
        "↑": "^",
        "↓": "v",
        "±": "+-",
        "✓": "+",
        "✗": "x",
    }
)

UNICODE = Glyphs("✓", "✗", "…", "—", "▲", "▼", "█", "▒", "░", "┃", "·", "–", "─", ascii_only=False)
ASCII = Glyphs("+", "x", ">", "--", "^", "v", "#", "=", ".", "|", "|", "-", "-", ascii_only=True)
