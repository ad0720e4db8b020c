"""Every pack that is shipped: lints clean, its examples hold, its quotes are the document's words."""

from pathlib import Path

import pytest

from checks.registry import catalogue
from contract.outcome import Bound, Outcome, Verdict
from contract.outcome import Path as NetworkPath
from contract.school import SchoolKind
from contract.units import Unit
from criteria.errors import CriteriaError
from criteria.example import holds, judge_example
from criteria.facts import Facts, Sample
from criteria.lint import lint_text
from criteria.pack import Criterion, Example, Pack, find, load, shipped
from criteria.score import score_school
from tests.criteria.examples import NOW, facts, sample

CLAUSE = "".join(path.read_text("utf-8") for path in sorted((Path(__file__).parent / "clauses").glob("jiaozuo-*.txt")))
"""The paragraphs that are quoted, as published."""
JIAOZUO = find("cn-henan-jiaozuo-2019")
EXAMPLES = [
    pytest.param(item, example, id=f"{path.stem}-{item.id}-{example.name}")
    for path in shipped()
    for item in load(path).criteria
    for example in item.examples
]


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_a_shipped_pack_lints_clean_against_the_checks_there_are(path: Path) -> None:
    assert lint_text(path.read_text("utf-8"), path, catalogue()) == []


@pytest.mark.parametrize(("item", "example"), EXAMPLES)
def test_an_example_comes_out_as_it_says(item: Criterion, example: Example) -> None:
    assert holds(example, judge_example(item, example))


def test_quotes_of_the_jiaozuo_plan_are_its_own_words() -> None:
    quotes = [item.cite.quote for item in JIAOZUO.criteria] + [target.cite.quote for target in JIAOZUO.targets]
    assert [quote for quote in quotes if quote not in CLAUSE] == []


def test_an_unknown_pack_names_those_there_are() -> None:
    with pytest.raises(CriteriaError, match="cn-henan-jiaozuo-2019"):
        find("cn-nowhere")


def wired() -> Sample:
    return sample(True, name="wired.egress_is_wired", unit=Unit.YES_NO, path=NetworkPath.WAN)


def line(mbit_s: float, days: float = 1, **more: object) -> Sample:
    given = {"name": "bandwidth.download_line_mbit_s", "unit": Unit.MBIT_S, "path": NetworkPath.WAN, **more}
    return sample(mbit_s, days, **given)


def ready(value: bool) -> Sample:
    return sample(value, name="ipv6.ready", unit=Unit.YES_NO, path=NetworkPath.WAN if value else None)


SLOW = [line(38.2, days) for days in (1, 2, 3)]
CARDS = [
    ("小学 with wire and line, 04 open", facts(wired(), line(102.4)), Verdict.MEETS, 100.0, 80.0),
    ("小学 with a slow line", facts(wired(), *SLOW), Verdict.FALLS_SHORT, 50.0, 80.0),
    ("小学 measured on loopback", facts(line(9000, path=NetworkPath.LOCAL)), Verdict.UNDECIDED, None, 0.0),
    ("小学 on Wi-Fi", facts(wired(), line(60, bound=Bound.AT_LEAST)), Verdict.UNDECIDED, 100.0, 40.0),
    ("小学 that never reported", facts(), Verdict.UNDECIDED, None, 0.0),
    ("教学点", facts(wired(), line(102.4), kind=SchoolKind.TEACHING_POINT), Verdict.MEETS, 100.0, 100.0),
    ("中职", facts(wired(), line(940), kind=SchoolKind.VOCATIONAL), Verdict.UNDECIDED, None, 0.0),
    ("高校 with IPv6", facts(ready(True), kind=SchoolKind.HIGHER), Verdict.MEETS, 100.0, 100.0),
    ("高校 with one laptop without", facts(ready(False), kind=SchoolKind.HIGHER), Verdict.UNDECIDED, None, 0.0),
]


@pytest.mark.parametrize(
    ("given", "verdict", "score", "coverage"), [row[1:] for row in CARDS], ids=[row[0] for row in CARDS]
)
def test_the_jiaozuo_pack_says_of_a_school(given: Facts, verdict: Verdict, score: float | None, coverage: float) -> None:
    card = score_school(JIAOZUO, given, NOW)
    assert (card.verdict, card.score, card.coverage) == (verdict, score, coverage)


def test_every_kind_of_school_is_asked_for_something() -> None:
    for kind in SchoolKind:
        card = score_school(JIAOZUO, facts(kind=kind), NOW)
        assert any(result.outcome is not Outcome.NOT_APPLICABLE for result in card.results)


def packs() -> list[Pack]:
    return [load(path) for path in shipped()]


def test_ids_of_criteria_and_targets_are_used_once_across_packs() -> None:
    ids = [item.id for one in packs() for item in one.criteria]
    ids += [target.id for one in packs() for target in one.targets]
    assert len(ids) == len(set(ids))
