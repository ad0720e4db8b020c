"""
Prometheus text for a node exporter's textfile folder.

``campus_outcome`` is 1 for the outcome a criterion has, so that all six stay apart. A school without anything decided has no
``campus_score_percent`` at all: neither 0 nor 100 would be true.
"""

from collections.abc import Iterable

from collector.export.rows import Export

_GAUGES = (
    ("campus_score_percent", "Share of the decided weight that is met.", "score"),
    ("campus_floor_percent", "What is proven already.", "floor"),
    ("campus_ceiling_percent", "What is still possible.", "ceiling"),
    ("campus_coverage_percent", "Share of the applicable weight that is decided.", "coverage"),
)


def as_prometheus(export: Export) -> bytes:
    """Every gauge with its samples, in the order of schools, packs and criteria."""
    cards = [(entry.school, card) for entry in export.schools for card in entry.scorecards]
    lines: list[str] = []
    for name, text, field in _GAUGES:
        lines += _head(name, text)
        for school, card in cards:
            value = getattr(card, field)
            if value is not None:
                lines.append(_line(name, [("school", school.id), ("county", school.county), ("pack", card.pack)], value))
    lines += _head("campus_verdict", "1 for the verdict on the school: meets, falls_short or undecided.")
    for school, card in cards:
        labels = [("school", school.id), ("county", school.county), ("pack", card.pack), ("verdict", card.verdict.value)]
        lines.append(_line("campus_verdict", labels, 1))
    lines += _head("campus_outcome", "1 for the outcome of the criterion.")
    for school, card in cards:
        for result in card.results:
            labels = [("school", school.id), ("pack", card.pack), ("criterion", result.criterion)]
            labels += [("outcome", result.outcome.value), ("reason", result.reason.code.value)]
            lines.append(_line("campus_outcome", labels, 1))
    return ("\n".join(lines) + "\n").encode()


def _head(name: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} gauge"]


def _line(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{name}{{{inner}}} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
