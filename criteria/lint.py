"""
What is wrong with a pack beyond its shape: every fault in one run, each with its line.

The shape (unknown keys, types, missing citation) is checked by reading. Where it is wrong, the readable rest is linted all
the same (:mod:`criteria.salvage`), so that mending one fault does not uncover the next.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, structs

from contract.document import Document, DocumentError, Fault
from contract.message import Bilingual
from contract.outcome import Outcome
from contract.units import Unit
from criteria.condition import condition_faults
from criteria.example import holds, judge_example
from criteria.pack import Criterion, Kind, Pack, read_file, read_pack
from criteria.salvage import Salvage, salvage

Catalogue = Mapping[str, Unit]
"""Unit of every measure that some check gives: :func:`checks.registry.catalogue`."""


def load_checked(path: Path, catalogue: Catalogue) -> Pack:
    """A pack from a file; raise :class:`contract.document.DocumentError` with every fault of shape and meaning."""
    text = read_file(path)
    faults = lint_text(text, path, catalogue)
    if faults:
        raise DocumentError(str(path), faults)
    return read_pack(text, path).value


def lint_text(text: str, source: str | Path, catalogue: Catalogue) -> list[Fault]:
    """Every fault of a pack given as text, in the order of their lines."""
    try:
        return lint(read_pack(text, source), catalogue)
    except DocumentError as error:
        rest: Salvage | None = salvage(text, source, error.faults)
        more = [] if rest is None else rest.still_true(lint(rest.document, catalogue))
        return in_order([*error.faults, *more])


def lint(document: Document[Pack], catalogue: Catalogue) -> list[Fault]:
    """Every fault of meaning in a pack whose shape is right, in the order of their lines."""
    return in_order(_pack_faults(document, catalogue))


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """By line, then by key."""
    return sorted(faults, key=lambda fault: (fault.line, fault.key))


def _pack_faults(document: Document[Pack], catalogue: Catalogue) -> Iterator[Fault]:
    pack = document.value
    stem = Path(document.source).stem
    if document.source.endswith((".yaml", ".yml")) and stem != pack.id:
        yield document.fault("id", "pack.id_differs_from_file", id=pack.id, file=stem)
    ends = pack.document.in_force_to
    begins = pack.document.in_force_from
    if begins is not None and ends is not None and ends < begins:
        yield document.fault("document.in_force_to", "pack.dates_order")
    yield from _texts_missing(document, structs.replace(pack, criteria=[], targets=[]), "")
    places = [(f"criteria[{place}]", item.id) for place, item in enumerate(pack.criteria)]
    places += [(f"targets[{place}]", target.id) for place, target in enumerate(pack.targets)]
    seen: dict[str, str] = {}
    for key, id_ in places:
        first = seen.setdefault(id_, key)
        if first != key:
            yield document.fault(f"{key}.id", "pack.duplicate_id", id=id_, line=document.line(f"{first}.id"))
    for place, item in enumerate(pack.criteria):
        yield from _criterion_faults(document, item, f"criteria[{place}]", catalogue)
    yield from _target_faults(document)


def _texts_missing(document: Document[Pack], value: object, key: str) -> Iterator[Fault]:
    """Every :class:`Bilingual` below ``value`` with an empty half."""
    if isinstance(value, Bilingual):
        for language in ("zh", "en"):
            if not getattr(value, language).strip():
                yield document.fault(f"{key}.{language}", "pack.text_missing", language=language)
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _texts_missing(document, getattr(value, name), f"{key}.{name}" if key else name)


def _criterion_faults(document: Document[Pack], item: Criterion, key: str, catalogue: Catalogue) -> Iterator[Fault]:
    yield from _texts_missing(document, item, key)
    if item.scored:
        yield from _scored_faults(document, item, key)
    if item.required and not item.counted_weight:
        yield document.fault(f"{key}.required", "pack.required_unscored")
    if item.type is Kind.MEASURED:
        yield from condition_faults(document, item, key, catalogue)
    else:
        for name in ("measure", "expect", "divide_by", "claim"):
            if getattr(item, name) is not None:
                yield document.fault(f"{key}.{name}", "pack.measure_not_allowed", type=item.type.value)
    yield from _example_faults(document, item, key)


def _scored_faults(document: Document[Pack], item: Criterion, key: str) -> Iterator[Fault]:
    """What a criterion must have before it may count for or against a school."""
    if item.weight == 0:
        yield document.fault(f"{key}.weight", "pack.weight_zero")
    if item.type is Kind.NARRATIVE:
        yield document.fault(f"{key}.type", "pack.narrative_scored")
    if item.type is Kind.UNREAD and document.value.graded:
        yield document.fault(f"{key}.type", "pack.unread_graded")
    if item.type is Kind.UNREAD:
        return  # what nobody has read cannot be mended or verified
    if item.cite.certainty == "memory" or document.value.certainty == "memory":
        yield document.fault(f"{key}.cite.certainty", "pack.memory_scored")
    for name in ("effort", "fix", "verify_by_hand"):
        if getattr(item, name) is None:
            yield document.fault(f"{key}.{name}", "pack.fix_missing", field=name)


def _example_faults(document: Document[Pack], item: Criterion, key: str) -> Iterator[Fault]:
    if item.type is Kind.MEASURED and item.scored:
        for outcome in (Outcome.MET, Outcome.UNMET, Outcome.UNKNOWN):
            if not any(example.outcome is outcome for example in item.examples):
                yield document.fault(f"{key}.examples", "pack.examples_missing", outcome=f"outcome.{outcome.value}")
    if item.type is Kind.MEASURED and (item.measure is None or item.expect is None or len(item.expect.given) != 1):
        return  # said already, and there is nothing to judge by
    for place, example in enumerate(item.examples):
        result = judge_example(item, example)
        if not holds(example, result):
            yield document.fault(
                f"{key}.examples[{place}]",
                "pack.example_fails",
                example=example.name,
                expected=f"outcome.{example.outcome.value}",
                found=f"outcome.{result.outcome.value}",
                reason=result.reason.code.value,
            )


def _target_faults(document: Document[Pack]) -> Iterator[Fault]:
    pack = document.value
    for place, target in enumerate(pack.targets):
        key = f"targets[{place}]"
        yield from _texts_missing(document, target, key)
        shared = target.criterion is not None and target.share_at_least is not None
        if shared == (target.counted is not None) or (target.criterion is None) != (target.share_at_least is None):
            yield document.fault(key, "pack.target_not_one")
            continue
        if target.criterion is None:
            continue
        item = pack.criterion(target.criterion)
        if item is None:
            yield document.fault(f"{key}.criterion", "pack.criterion_unknown", criterion=target.criterion)
            continue
        if item.level != "school":
            yield document.fault(f"{key}.criterion", "pack.target_level", criterion=item.id)
        outside = [kind.value for kind in target.applies.kinds if kind not in item.applies.kinds]
        if outside:
            yield document.fault(f"{key}.applies.kinds", "pack.target_kinds", criterion=item.id, kinds=", ".join(outside))
