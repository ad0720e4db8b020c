"""
The readable rest of a pack whose shape is wrong somewhere, so that the rest can be linted in the same run.

The lines of what is wrong are blanked, never removed: all other lines keep their numbers. First the faulty key itself; when
it then is missing, the criterion or target around it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from contract.document import Document, DocumentError, Fault
from criteria.pack import Pack, read_pack

_ROUNDS = 3
"""Blank the key; blank the item around it; read."""
_ITEM = re.compile(r"^(criteria|targets)\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of a part, from 0, the last one included."""

    key: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Salvage:
    """What could be read, and what was blanked to read it."""

    document: Document[Pack]
    spans: dict[str, Span]
    """Every part of the file as it was given, by its key."""
    blanked: list[Span]
    ids: frozenset[str]
    """Ids of all criteria of the file, the blanked ones included."""

    def still_true(self, faults: Iterable[Fault]) -> list[Fault]:
        """Faults that are the author's and not ours: none about what was blanked, and with the places of the file."""
        return [self._placed(fault) for fault in faults if not self._ours(fault)]

    def _ours(self, fault: Fault) -> bool:
        if fault.problem.code == "pack.criterion_unknown" and fault.problem.params.get("criterion") in self.ids:
            return True
        key = self._placed(fault).key
        return any(f"{span.key}.".startswith(f"{key}.") or f"{key}.".startswith(f"{span.key}.") for span in self.blanked)

    def _placed(self, fault: Fault) -> Fault:
        """The key with the index that its criterion or target has in the file."""
        match = _ITEM.match(fault.key)
        if match is None:
            return fault
        for key, span in self.spans.items():
            item = _ITEM.fullmatch(key)
            if item and item[1] == match[1] and span.first <= fault.line - 1 <= span.last:
                return Fault(fault.line, key + fault.key[match.end() :], fault.problem)
        return fault


def salvage(text: str, source: str | Path, faults: list[Fault]) -> Salvage | None:
    """The rest of ``text``, or None when too little of it can be read."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    spans = {span.key: span for span in _spans(root, "")}
    lines = text.splitlines()
    blanked: list[Span] = []
    for _ in range(_ROUNDS):
        for fault in faults:
            span = _span_at(fault, spans)
            if span is None:
                return None
            blanked.append(span)
            for number in range(span.first, span.last + 1):
                lines[number] = ""
        try:
            document = read_pack("\n".join(lines), source)
        except DocumentError as error:
            faults = error.faults
        else:
            return Salvage(document, spans, blanked, frozenset(_ids(root)))
    return None


def _spans(node: Any, key: str) -> Iterator[Span]:
    if isinstance(node, yaml.MappingNode):
        for name, child in node.value:
            path = f"{key}.{name.value}" if key else str(name.value)
            yield Span(path, name.start_mark.line, _last_line(child))
            yield from _spans(child, path)
    elif isinstance(node, yaml.SequenceNode):
        for place, child in enumerate(node.value):
            path = f"{key}[{place}]"
            yield Span(path, child.start_mark.line, _last_line(child))
            yield from _spans(child, path)


def _last_line(node: Any) -> int:
    """A block ends where the next token begins: at the start of a line it is no longer part of it."""
    last: int = node.end_mark.line - (node.end_mark.column == 0)
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        inner = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
        return _last_line(inner)
    return max(int(node.start_mark.line), last)


def _span_at(fault: Fault, spans: dict[str, Span]) -> Span | None:
    """
    The faulty key where it stands; of a missing or twice given one, the criterion or target around it.

    Found by line, as indexes shift once an item is blanked.
    """
    here = [span for span in spans.values() if span.first == fault.line - 1]
    tail = fault.key.rpartition(".")[2]
    if fault.problem.code != "document.missing_key":
        for span in here:
            if span.key.rpartition(".")[2] == tail and "." in span.key:
                # The first key of a list's item stands on the line of its dash: without that line the item falls apart.
                items = [item for item in here if item.key.endswith("]") and span.key.startswith(item.key)]
                return min(items, key=lambda item: len(item.key), default=span)
    around = [span for span in spans.values() if _ITEM.fullmatch(span.key) and span.first <= fault.line - 1 <= span.last]
    if around:
        return around[0]
    return next((span for span in here if span.key == fault.key and fault.problem.code == "document.unknown_key"), None)


def _ids(root: Any) -> Iterator[str]:
    for name, child in root.value:
        if name.value == "criteria" and isinstance(child, yaml.SequenceNode):
            for item in child.value:
                pairs = item.value if isinstance(item, yaml.MappingNode) else []
                yield from (str(value.value) for key, value in pairs if key.value == "id")
