"""Lint: what can be wrong with a pack, each with its line, all at once."""

from pathlib import Path

import pytest

from contract.document import DocumentError
from contract.units import Unit
from criteria.lint import lint_text, load_checked
from locales.cli import explain_document
from locales.texts import LANGUAGES, Texts

HERE = Path(__file__).parent
CATALOGUE = {"bandwidth.download_mbit_s": Unit.MBIT_S, "ipv6.ready": Unit.YES_NO, "host.os": Unit.TEXT}
GOOD = (HERE / "packs" / "good.yaml").read_text("utf-8")
FIVE = HERE / "packs" / "five-faults.yaml"


def faults(text: str) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.key, fault.problem.code) for fault in lint_text(text, "good.yaml", CATALOGUE)]


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_good_pack_has_no_fault() -> None:
    assert faults(GOOD) == []


def test_five_faults_are_listed_in_one_run_with_their_lines() -> None:
    text = FIVE.read_text("utf-8")
    found = [(fault.line, fault.key, fault.problem.code) for fault in lint_text(text, FIVE, CATALOGUE)]
    assert found == [
        (line_of(text, "name: bandwidth.dowload"), "criteria[0].measure.name", "pack.measure_unknown"),
        (line_of(text, "cite: {clause: 二"), "criteria[1].cite.certainty", "pack.memory_scored"),
        (line_of(text, "id: A.2\n    title: {zh: 无线"), "criteria[2].id", "pack.duplicate_id"),
        (line_of(text, "weigth:"), "criteria[2].weigth", "document.unknown_key"),
        (line_of(text, "criterion: A.9"), "targets[0].criterion", "pack.criterion_unknown"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_faults_are_told_in_whole_sentences(language: str) -> None:
    found = lint_text(FIVE.read_text("utf-8"), FIVE.name, CATALOGUE)
    told = explain_document(DocumentError(FIVE.name, found), Texts(language)).splitlines()
    assert len(told) == 6
    assert all("pack." not in line and "{" not in line for line in told)


MISTAKES = [
    ("at_least: 100}", "at_least: 100, at_most: 200}", "criteria[0].expect", "pack.expect_not_one"),
    ("expect: {at_least: 100}", "expect: {}", "criteria[0].expect", "pack.expect_missing"),
    ("{at_least: 100}", "{equals: true}", "criteria[0].expect.equals", "pack.threshold_type"),
    ("{at_least: 100}", "{one_of: [a]}", "criteria[0].expect.one_of", "pack.threshold_type"),
    ("{at_least: 100}", "{share_at_least: 50}", "criteria[0].expect.share_at_least", "pack.threshold_type"),
    ("{at_least: 100}", "{between: [3, 2]}", "criteria[0].expect.between", "pack.threshold_order"),
    ("{at_least: 100}", "{at_least: 1.0e+16}", "criteria[0].expect.at_least", "pack.threshold_unreachable"),
    ("{at_least: 100}", "{at_most: -1}", "criteria[0].expect.at_most", "pack.threshold_unreachable"),
    ("unit: Mbit/s", "unit: ms", "criteria[0].measure.unit", "pack.unit_differs"),
    ("statistic: p90", "statistic: any_true", "criteria[0].measure.statistic", "pack.statistic_type"),
    ("window_days: 30", "window_days: 3", "criteria[0].measure.max_age_days", "pack.samples_outlive_window"),
    ("min_days: 2", "min_days: 32", "criteria[0].measure.min_days", "pack.days_unreachable"),
    ("    weight: 2", "    weight: 0", "criteria[0].weight", "pack.weight_zero"),
    ("    effort: high\n", "", "criteria[0].effort", "pack.fix_missing"),
    ("    fix: {zh: 提速, en: faster}\n", "", "criteria[0].fix", "pack.fix_missing"),
    ("en: faster", "en: ' '", "criteria[0].fix.en", "pack.text_missing"),
    ("zh: 示例, en", "zh: '', en", "title.zh", "pack.text_missing"),
    ("quote: 出口带宽, certainty: seen", "quote: 出口带宽, certainty: memory",
     "criteria[0].cite.certainty", "pack.memory_scored"),
    ("type: attested", "type: narrative", "criteria[1].type", "pack.narrative_scored"),
    ("type: attested", "type: attested\n    expect: {at_least: 1}", "criteria[1].expect", "pack.measure_not_allowed"),
    ("    scored: true", "    scored: false\n    required: true", "criteria[1].required", "pack.required_unscored"),
    ("outcome: unmet", "outcome: met", "criteria[0].examples[1]", "pack.example_fails"),
    ("reason: never_measured", "reason: stale", "criteria[0].examples[2]", "pack.example_fails"),
    ("      - {name: slow", "      # - {name: slow", "criteria[0].examples", "pack.examples_missing"),
    ("in_force_to: null", "in_force_to: 2019-01-01", "document.in_force_to", "pack.dates_order"),
    ("id: good", "id: better", "id", "pack.id_differs_from_file"),
    ("id: T.1", "id: A.1", "targets[0].id", "pack.duplicate_id"),
    ("kinds: [小学]}\n    denominator", "kinds: [小学, 高中]}\n    denominator",
     "targets[0].applies.kinds", "pack.target_kinds"),
    ("有线, certainty: seen}\n    level: school", "有线, certainty: seen}\n    level: county",
     "targets[0].criterion", "pack.target_level"),
    ("deadline: 2020-12-31", "deadline: 2020-13-31", "targets[0].deadline", "document.wrong_value"),
    ("    cite: {clause: 二, quote: 有线, certainty: seen}\n", "", "criteria[1].cite", "document.missing_key"),
    ("quote: 有线, certainty: seen", "certainty: seen", "criteria[1].cite.quote", "document.missing_key"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "key", "code"), MISTAKES, ids=[f"{code}-{key}" for *_, key, code in MISTAKES])
def test_it_finds_one_mistake_and_blames_nothing_else(right: str, wrong: str, key: str, code: str) -> None:
    assert GOOD.count(right) >= 1
    found = faults(GOOD.replace(right, wrong, 1))
    assert (key, code) in [(one[1], one[2]) for one in found]
    codes = {one[2] for one in found}
    by_nature = {"pack.example_fails", "pack.examples_missing"}  # an example can fail because of the very mistake
    assert codes - by_nature <= {code}


def test_a_share_of_devices_needs_devices() -> None:
    text = GOOD.replace("bandwidth.download_mbit_s", "ipv6.ready").replace("Mbit/s", "yes/no").replace("p90", "latest")
    text = text.replace("{at_least: 100}", "{share_at_least: 50}")
    assert "pack.share_needs_devices" in [code for *_, code in faults(text)]
    assert "pack.share_needs_devices" not in [
        code for *_, code in faults(text.replace("latest", "latest\n      per: device"))
    ]


def test_a_mistake_of_shape_does_not_hide_one_of_meaning_behind_it() -> None:
    text = GOOD.replace("    weight: 2", "    weight: many").replace("criterion: A.2", "criterion: A.7")
    assert faults(text) == [
        (line_of(text, "weight: many"), "criteria[0].weight", "document.wrong_value"),
        (line_of(text, "criterion: A.7"), "targets[0].criterion", "pack.criterion_unknown"),
    ]


def test_a_fault_behind_an_unreadable_criterion_keeps_its_place() -> None:
    text = GOOD.replace("  - id: A.1", "  - id: '?'", 1).replace("fix: {zh: 填报", "fix: {zh: ''")
    assert faults(text) == [
        (line_of(text, "id: '?'"), "criteria[0].id", "document.wrong_value"),
        (line_of(text, "fix: {zh: ''"), "criteria[1].fix.zh", "pack.text_missing"),
    ]


@pytest.mark.parametrize("text", ["", "[", "- 1", "id: x\ncriteria: 3", "{id: x, criteria: [{}]}"])
def test_what_is_no_pack_at_all_is_told_and_not_crashed_on(text: str) -> None:
    assert faults(text)


def test_a_checked_pack_is_given_only_when_it_is_right(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, "utf-8")
    assert load_checked(path, CATALOGUE).id == "good"
    with pytest.raises(DocumentError) as caught:
        load_checked(FIVE, CATALOGUE)
    assert len(caught.value.faults) == 5
