"""What a change of a pack means, in one word; and the schema that is checked in."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from criteria.difference import ChangeKind, PackChange, compare
from criteria.pack import Claim, Criterion, Expect, Pack, Statistic, find
from criteria.score import scoring_digest, text_digest
from tests.criteria.examples import criterion, measure, pack

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "pack.schema.json"
RULE = criterion(measure=measure(unmet_min_samples=3, min_days=2), required=False)
K = ChangeKind

CHANGES: list[tuple[str, dict[str, Any], ChangeKind, str]] = [
    ("a higher threshold", {"expect": Expect(at_least=101)}, K.TIGHTENED, "expect.at_least"),
    ("a lower threshold", {"expect": Expect(at_least=99.5)}, K.RELAXED, "expect.at_least"),
    ("another operator", {"expect": Expect(at_most=100)}, K.CHANGED, "expect"),
    ("required", {"required": True}, K.TIGHTENED, "required"),
    ("no longer scored", {"scored": False}, K.RELAXED, "scored"),
    ("fewer misses", {"measure": measure(unmet_min_samples=1, min_days=2)}, K.TIGHTENED, "measure.unmet_min_samples"),
    ("more days", {"measure": measure(unmet_min_samples=3, min_days=5)}, K.TIGHTENED, "measure.min_days"),
    ("another statistic", {"measure": measure(unmet_min_samples=3, min_days=2, statistic=Statistic.P50)}, K.CHANGED,
     "measure.statistic"),
    ("a person may answer", {"attestable": True}, K.RELAXED, "attestable"),
    ("a claim counts", {"claim": Claim(fact="contract_mbit_s", at_least=100)}, K.RELAXED, "claim"),
    ("another weight", {"weight": 3}, K.CHANGED, "weight"),
    ("another effort", {"effort": "low"}, K.REWORDED, "effort"),
]  # fmt: skip


def changed(**more: Any) -> tuple[Pack, Pack]:
    new: Criterion = structs.replace(RULE, **more)
    return pack(RULE), pack(new)


@pytest.mark.parametrize(("change", "kind", "field"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_change_is_named_by_whom_it_favours(change: dict[str, Any], kind: ChangeKind, field: str) -> None:
    (found,) = compare(*changed(**change))
    assert (found.kind, found.entry, found.field) == (kind, RULE.id, field)


@pytest.mark.parametrize("change", [row[1] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_only_what_can_change_an_outcome_changes_the_scoring_digest(change: dict[str, Any]) -> None:
    old, new = changed(**change)
    words_only = "effort" in change
    assert (scoring_digest(old) == scoring_digest(new)) is words_only
    assert text_digest(old) != text_digest(new)


def test_a_lower_ceiling_is_tighter() -> None:
    old, new = (pack(criterion(expect=Expect(at_most=limit))) for limit in (50, 40))
    assert compare(old, new)[0].kind is K.TIGHTENED


def test_entries_come_and_go() -> None:
    old, new = pack(RULE, criterion(id="A.2")), pack(RULE, criterion(id="A.3"))
    assert compare(old, new) == [PackChange(kind=K.REMOVED, entry="A.2"), PackChange(kind=K.ADDED, entry="A.3")]


def test_a_pack_does_not_differ_from_itself() -> None:
    assert compare(find("cn-henan-jiaozuo-2019"), find("cn-henan-jiaozuo-2019")) == []


def test_the_schema_that_is_checked_in_is_the_one_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == msgspec.json.schema(Pack), "run: campus-collector packs schema"
