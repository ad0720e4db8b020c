"""The founding plan is in its pack whole: every clause once, whose deadline it is, nothing scored that was not read."""

import re
from collections import Counter

import pytest

from contract.outcome import Outcome
from contract.reason import ReasonCode
from contract.school import SchoolKind
from criteria.judge import judge
from criteria.pack import Criterion, Kind, Pack, Target, find, load, shipped
from tests.criteria.examples import NOW, facts

PACK = find("cn-henan-jiaozuo-2019")
DIGITAL = {"7.1": 12, "7.2": 14}
ELSEWHERE = (
    "7.3.01 7.3.02 7.3.03 7.3.04 7.4.01 7.4.02 7.4.03 7.4.04 7.4.05 7.4.06 1.3.01 2.2.01 2.2.02 2.2.03 2.2.04"
    " 2.3.01 3.3.01 6.2.01 6.2.02 6.2.03 6.3.01 8.1.01 8.2.01 8.4.01 B2.01 B2.02 B3.01 B4.01"
)
CLAUSES = [f"JZ-{part}.{number:02}" for part, last in DIGITAL.items() for number in range(1, last + 1)]
CLAUSES += [f"JZ-{rest}" for rest in ELSEWHERE.split()]
COUNTED = [f"JZ-X{number:02}" for number in range(1, 12)]
FIGURES = {
    "JZ-7.2.04": 10,
    "JZ-7.2.05": 30,
    "JZ-7.2.09": 10,
    "JZ-7.2.10": 2,
    "JZ-7.2.11": 3,
    "JZ-7.2.12": 15,
    "JZ-7.2.13": 19,
    "JZ-7.2.14": 100,
}
ENTRIES: list[Criterion | Target] = [*PACK.criteria, *PACK.targets]


def test_there_are_54_digital_clauses_and_11_others() -> None:
    assert (len(CLAUSES), len(COUNTED)) == (54, 11)


def test_every_clause_stands_in_the_pack_exactly_once() -> None:
    ids = Counter(entry.id for entry in ENTRIES)
    assert {clause: ids[clause] for clause in [*CLAUSES, *COUNTED]} == dict.fromkeys([*CLAUSES, *COUNTED], 1)
    rest = set(ids) - set(CLAUSES) - set(COUNTED)
    assert rest == {"JZ-7.1.01-T", "JZ-7.1.02-T", "JZ-7.1.04-T", "JZ-7.1.05-T"}  # shares of the schools, of clauses above


def test_the_counted_targets_ask_for_the_figures_of_the_plan() -> None:
    found = {target.id: target.counted.at_least for target in PACK.targets if target.counted and target.id in FIGURES}
    assert found == FIGURES


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_a_date_that_the_quotation_does_not_give_is_marked_as_ours(entry: Criterion | Target) -> None:
    assert entry.deadline is not None
    around = (entry.cite.quote, entry.cite.note.zh if entry.cite.note else "")
    given = re.search(r"20(19|20|21|22)\s*年", " ".join(around))
    # The sentences of 7.1 begin with their year; the quotation of a later half does not repeat it.
    sentence = entry.id.removesuffix("-T") in ("JZ-7.1.01", "JZ-7.1.02", "JZ-7.1.03", "JZ-7.1.04", "JZ-7.1.05")
    if entry.deadline_by == "document":
        assert given or sentence
    else:
        assert entry.deadline.isoformat() == "2022-12-31"


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_nothing_remembered_or_unread_is_scored_for_or_against_a_school(path: object) -> None:
    pack: Pack = load(path)  # type: ignore[arg-type]
    for item in pack.criteria:
        if item.cite.certainty == "memory" or pack.certainty == "memory":
            assert not item.scored
        if item.type is Kind.UNREAD:
            result = judge(item, facts(kind=item.applies.kinds[0]), NOW)
            assert (result.outcome, result.reason.code) == (Outcome.UNKNOWN, ReasonCode.TEXT_NOT_SEEN)


def test_what_is_only_tracked_weighs_nothing_for_any_school() -> None:
    scored = {item.id for item in PACK.criteria if item.counted_weight}
    assert scored == {"JZ-7.1.01", "JZ-7.1.02", "JZ-7.1.04", "JZ-7.1.05", "JZ-7.1.06"}
    for kind in SchoolKind:
        assert any(kind in item.applies.kinds for item in PACK.criteria if item.id in scored)


def test_the_henan_standard_shows_by_its_weights_what_was_not_readable() -> None:
    pack = find("cn-henan-campus-2020")
    base = [item for item in pack.criteria if item.id.startswith("HN2.A1.") and not item.extension]
    assert sum(item.counted_weight for item in base) == 20
    assert sum(item.counted_weight for item in pack.criteria) == 40
    assert not pack.graded


def test_the_duty_to_keep_logs_is_cited_by_the_article_in_force() -> None:
    pack = find("cn-law-network")
    old, new = (next(item for item in pack.criteria if item.id == f"LAW.log.{year}") for year in (2017, 2026))
    moments = {"2025-12-31T15:59:59+00:00": (True, False), "2025-12-31T16:00:00+00:00": (False, True)}  # midnight at +08:00
    for moment, (before, after) in moments.items():
        now = NOW.fromisoformat(moment)
        applies = [judge(item, facts(), now).outcome is not Outcome.NOT_APPLICABLE for item in (old, new)]
        assert applies == [before, after]
