"""
What changed between two packs, and in whose favour: added, removed, tightened, relaxed, otherwise changed, reworded.

Only what can be ordered is called tightened or relaxed; a change of the statistic, say, is a change, and who is affected by
it shows when schools are scored under both.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from msgspec import Struct, to_builtins

from criteria.pack import Criterion, Expect, Measure, Pack, Target

_TEXTS = ("title", "cite", "effort", "fix", "verify_by_hand", "examples", "denominator", "deadline_by")
_ABSENT = "–"


class ChangeKind(StrEnum):
    """In which direction a pack was changed."""

    ADDED = "added"
    REMOVED = "removed"
    TIGHTENED = "tightened"
    RELAXED = "relaxed"
    CHANGED = "changed"
    REWORDED = "reworded"


class PackChange(Struct, frozen=True, kw_only=True):
    """One change. ``entry`` is the id of a criterion or target, or ``pack``; ``field`` is empty for a whole entry."""

    kind: ChangeKind
    entry: str
    field: str = ""
    before: str = ""
    after: str = ""


def compare(old: Pack, new: Pack) -> list[PackChange]:
    """Every difference that is not a comment, in the order of ids; ``pack`` first."""
    found = [*_gates(old, new)]
    before: dict[str, Criterion | Target] = {item.id: item for item in old.entries}
    after: dict[str, Criterion | Target] = {item.id: item for item in new.entries}
    for id_ in sorted(before.keys() | after.keys()):
        if id_ not in after:
            found.append(PackChange(kind=ChangeKind.REMOVED, entry=id_))
        elif id_ not in before:
            found.append(PackChange(kind=ChangeKind.ADDED, entry=id_))
        else:
            found += _entry(id_, before[id_], after[id_])
    return found


def _gates(old: Pack, new: Pack) -> Iterator[PackChange]:
    for name in ("pass_mark", "min_coverage"):
        yield from _ordered("pack", name, getattr(old, name), getattr(new, name), higher_is_stricter=True)
    yield from _plain("pack", "graded", old.graded, new.graded)
    for name in ("version", "title", "document", "certainty", "gates"):
        yield from _plain("pack", name, getattr(old, name), getattr(new, name), ChangeKind.REWORDED)


def _entry(id_: str, old: Criterion | Target, new: Criterion | Target) -> Iterator[PackChange]:
    if type(old) is not type(new):
        yield PackChange(kind=ChangeKind.CHANGED, entry=id_, before=type(old).__name__, after=type(new).__name__)
        return
    for name in old.__struct_fields__:
        yield from _field(id_, name, getattr(old, name), getattr(new, name))


def _field(id_: str, name: str, before: Any, after: Any) -> Iterator[PackChange]:
    if before == after:
        return
    match name:
        case "deadline":
            kind = ChangeKind.TIGHTENED if before and after and after < before else ChangeKind.RELAXED
            yield PackChange(kind=kind, entry=id_, field=name, before=_shown(before), after=_shown(after))
        case "expect":
            yield from _expectation(id_, before, after)
        case "measure":
            yield from _measure(id_, before, after)
        case "required" | "scored":
            yield from _ordered(id_, name, before, after, higher_is_stricter=True)
        case "attestable" | "claim":
            yield from _ordered(id_, name, bool(before), bool(after), higher_is_stricter=False)
        case "share_at_least":
            yield from _ordered(id_, name, before or 0, after or 0, higher_is_stricter=True)
        case _ if name in _TEXTS:
            yield PackChange(kind=ChangeKind.REWORDED, entry=id_, field=name)
        case _:
            yield from _plain(id_, name, before, after)


def _expectation(id_: str, before: Expect | None, after: Expect | None) -> Iterator[PackChange]:
    old = before.given if before else []
    new = after.given if after else []
    same = len(old) == len(new) == 1 and old[0][0] == new[0][0]
    if same and old[0][0] in ("at_least", "at_most", "share_at_least"):
        stricter = old[0][0] != "at_most"
        yield from _ordered(id_, f"expect.{old[0][0]}", old[0][1][0], new[0][1][0], higher_is_stricter=stricter)
    elif same and old[0][0] == "between":
        (low, high), (least, most) = old[0][1], new[0][1]
        yield from _ordered(id_, "expect.between[0]", low, least, higher_is_stricter=True)
        yield from _ordered(id_, "expect.between[1]", high, most, higher_is_stricter=False)
    else:
        yield from _plain(id_, "expect", before, after)


def _measure(id_: str, before: Measure | None, after: Measure | None) -> Iterator[PackChange]:
    if before is None or after is None:
        yield from _plain(id_, "measure", before, after)
        return
    for name in before.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if name == "unmet_min_samples":  # more misses are needed before a school can fail
            yield from _ordered(id_, f"measure.{name}", old, new, higher_is_stricter=False)
        elif name in ("min_samples", "min_days", "min_check_version"):
            yield from _ordered(id_, f"measure.{name}", old, new, higher_is_stricter=True)
        else:
            yield from _plain(id_, f"measure.{name}", old, new)


def _ordered(entry: str, field: str, before: object, after: object, *, higher_is_stricter: bool) -> Iterator[PackChange]:
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        yield from _plain(entry, field, before, after)
    elif before != after:
        stricter = (after > before) is higher_is_stricter
        kind = ChangeKind.TIGHTENED if stricter else ChangeKind.RELAXED
        yield PackChange(kind=kind, entry=entry, field=field, before=_shown(before), after=_shown(after))


def _plain(
    entry: str, field: str, before: object, after: object, kind: ChangeKind = ChangeKind.CHANGED
) -> Iterator[PackChange]:
    if before != after:
        yield PackChange(kind=kind, entry=entry, field=field, before=_shown(before), after=_shown(after))


def _shown(value: object) -> str:
    if value is None:
        return _ABSENT
    plain = to_builtins(value)
    if isinstance(plain, dict):
        return ", ".join(f"{name}={inner}" for name, inner in plain.items() if inner not in (None, [], {}))
    if isinstance(plain, list):
        return ", ".join(map(str, plain))
    return str(plain).lower() if isinstance(plain, bool) else str(plain)
