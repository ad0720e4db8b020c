"""The score: figures worked out by hand, and laws for everything else."""

from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contract.message import Bilingual
from contract.outcome import Outcome, Verdict
from contract.school import SchoolKind
from contract.score import Scorecard
from criteria.facts import Facts, Sample
from criteria.pack import Applies, Cite, Criterion, Expect, Kind, Pack, Target
from criteria.score import score_school, scoring_digest, text_digest
from criteria.waiver import WaiverEntry
from tests.criteria.examples import NOW, criterion, facts, measure, pack, sample, school

VALUES = {Outcome.MET: 100, Outcome.UNMET: 99, Outcome.UNKNOWN: None}
"""What a sample must be for a criterion of the tables to come out so."""
RANK = [Verdict.FALLS_SHORT, Verdict.UNDECIDED, Verdict.MEETS]


def item(place: int, outcome: Outcome, weight: int = 1, **more: object) -> tuple[Criterion, list[Sample]]:
    """A criterion, and the samples by which it comes out so."""
    id_, name = f"C.{place}", f"bandwidth.m{place}"
    if outcome is Outcome.MANUAL:
        return criterion(id=id_, weight=weight, type=Kind.ATTESTED, measure=None, expect=None, **more), []
    if outcome is Outcome.NOT_APPLICABLE:
        return criterion(id=id_, weight=weight, applies=Applies(kinds=[SchoolKind.HIGHER]), **more), []
    rule = criterion(id=id_, weight=weight, measure=measure(name=name), expect=Expect(at_least=100), **more)
    return rule, [sample(VALUES[outcome], name=name)]


def card(*items: tuple[Criterion, list[Sample]], waivers: tuple[WaiverEntry, ...] = (), **more: object) -> Scorecard:
    given_pack = pack(*[rule for rule, _ in items], **more)
    return score_school(given_pack, facts(*[one for _, samples in items for one in samples]), NOW, waivers)


def waiver(criterion_id: str, **more: object) -> WaiverEntry:
    given = {
        "pack": "example",
        "criterion": criterion_id,
        "schools": ["s1"],
        "reason": "施工",
        "approved_by": "县教育局",
        "approved_on": date(2026, 1, 1),
        "expires": date(2026, 3, 1),
    }
    return WaiverEntry(**{**given, **more})  # type: ignore[arg-type]


MET, UNMET, UNKNOWN, MANUAL, NOT = (
    Outcome.MET,
    Outcome.UNMET,
    Outcome.UNKNOWN,
    Outcome.MANUAL,
    Outcome.NOT_APPLICABLE,
)


def test_it_adds_up_as_worked_out_by_hand() -> None:
    found = card(item(1, MET, 2), item(2, UNMET, 1), item(3, UNKNOWN, 3), item(4, MANUAL, 1), item(5, NOT, 50))
    assert (found.weight_met, found.weight_unmet, found.weight_applicable) == (2, 1, 7)
    assert (found.score, found.coverage, found.floor, found.ceiling) == (66.7, 42.9, 28.6, 85.7)
    assert found.verdict is Verdict.UNDECIDED


def test_it_rounds_half_up() -> None:
    assert card(item(1, MET, 1), item(2, UNMET, 15)).score == 6.3  # 6.25
    assert card(item(1, MET, 3), item(2, UNMET, 77)).score == 3.8  # 3.75
    assert card(item(1, MET, 1), item(2, UNMET, 79)).score == 1.3  # 1.25, where floats give 1.2


def test_it_has_no_score_while_nothing_is_decided() -> None:
    found = card(item(1, UNKNOWN), item(2, MANUAL))
    assert found.score is None
    assert (found.coverage, found.floor, found.ceiling) == (0, 0, 100)
    assert found.verdict is Verdict.UNDECIDED


def test_a_school_to_which_nothing_applies_is_undecided_and_has_no_figures() -> None:
    found = card(item(1, NOT), item(2, NOT))
    assert (found.score, found.coverage, found.floor, found.ceiling) == (None, None, None, None)
    assert found.verdict is Verdict.UNDECIDED


def test_it_meets_when_coverage_and_mark_and_required_are_reached() -> None:
    assert card(item(1, MET, 3), item(2, UNMET, 2), pass_mark=60).verdict is Verdict.MEETS
    assert card(item(1, MET, 4, required=True), item(2, UNKNOWN, 1)).verdict is Verdict.MEETS
    assert card(item(1, MET, 79), item(2, UNKNOWN, 21)).verdict is Verdict.UNDECIDED
    assert card(item(1, MET, 9), item(2, UNKNOWN, 1, required=True)).verdict is Verdict.UNDECIDED
    assert card(item(1, MET, 1), item(2, NOT, 9, required=True)).verdict is Verdict.MEETS


def test_it_falls_short_only_when_nothing_can_save_it() -> None:
    assert card(item(1, MET, 9), item(2, UNMET, 1, required=True)).verdict is Verdict.FALLS_SHORT
    assert card(item(1, UNMET, 41), item(2, UNKNOWN, 59), pass_mark=60).verdict is Verdict.FALLS_SHORT
    assert card(item(1, UNMET, 40), item(2, UNKNOWN, 60), pass_mark=60).verdict is Verdict.UNDECIDED


def test_the_verdict_is_taken_on_the_figures_as_printed() -> None:
    found = card(item(1, MET, 5996), item(2, UNMET, 4004), pass_mark=60)
    assert (found.score, found.verdict) == (60.0, Verdict.MEETS)


def test_gain_is_what_the_score_would_rise_by() -> None:
    found = card(item(1, MET, 2), item(2, UNMET, 1), item(3, UNKNOWN, 3), item(4, NOT, 1))
    assert [result.gain for result in found.results] == [0, 33.3, 16.6, 0]  # 66.7 to 100, 66.7 to 83.3


def test_fixes_are_in_the_order_in_which_they_pay() -> None:
    found = card(
        item(1, UNMET, 1, effort="low"),
        item(2, UNMET, 2, effort="high"),
        item(3, UNMET, 1, effort="high"),
        item(4, UNMET, 1, effort="low", required=True),
        item(5, MET, 1),
        item(6, UNKNOWN, 5, scored=False),
        item(7, NOT, 5),
        item(8, UNMET, 1),
    )
    assert found.fixes == ["C.2", "C.4", "C.1", "C.3", "C.8"]


def test_only_criteria_asked_of_schools_are_on_the_card() -> None:
    found = card(item(1, MET), item(2, MANUAL, level="county"), item(3, MANUAL, level="city"))
    assert [result.criterion for result in found.results] == ["C.1"]


def test_a_waiver_changes_the_waived_score_and_nothing_else() -> None:
    items = item(1, MET, 1), item(2, UNMET, 1)
    plain, waived = card(*items), card(*items, waivers=(waiver("C.2"),))
    assert plain.waived_score is None
    assert waived.waived_score == 100
    assert waived.results[1].waiver is not None
    assert waived.results[1].waiver.approved_by == "县教育局"
    assert waived.fixes == []
    assert structs.replace(waived, waived_score=None, results=[], fixes=[]) == structs.replace(plain, results=[], fixes=[])


def test_an_expired_waiver_stops_at_the_end_of_its_last_day_in_china() -> None:
    rule, samples = item(1, UNMET)
    entry = waiver("C.1", expires=date(2026, 1, 15))
    given = pack(rule)
    midnight = NOW + timedelta(hours=12)
    before, after = (
        score_school(given, facts(*samples), now, [entry]) for now in (midnight - timedelta(seconds=1), midnight)
    )
    assert before.results[0].waiver is not None
    assert after.results[0].waiver is None


def test_a_waiver_of_another_school_pack_criterion_or_day_is_none() -> None:
    for entry in (
        waiver("C.1", schools=["s2"]),
        waiver("C.1", pack="other"),
        waiver("C.2"),
        waiver("C.1", approved_on=date(2026, 1, 16)),
    ):
        assert card(item(1, UNMET), waivers=(entry,)).waived_score is None


def test_the_scoring_digest_changes_with_what_can_change_a_score_only() -> None:
    base = pack(criterion(), criterion(id="A.2", weight=2))
    digest = scoring_digest(base)
    same = [
        pack(criterion(id="A.2", weight=2), criterion()),
        structs.replace(base, version="2", title=Bilingual("别名", "other")),
        pack(criterion(title=Bilingual("别名", "other"), effort="low"), criterion(id="A.2", weight=2)),
    ]
    target = Target(
        id="T",
        title=Bilingual("目标", "target"),
        cite=Cite(clause="一", quote="全部", certainty="seen"),
        level="city",
        applies=Applies(kinds=[SchoolKind.PRIMARY]),
        denominator=Bilingual("全部", "all"),
        criterion="A.1",
        share_at_least=80,
        deadline=date(2022, 12, 31),
    )
    other = [
        structs.replace(base, pass_mark=61),
        structs.replace(base, min_coverage=79),
        structs.replace(base, targets=[target]),
        pack(criterion(weight=3), criterion(id="A.2", weight=2)),
        pack(criterion(required=True), criterion(id="A.2", weight=2)),
        pack(criterion(scored=False), criterion(id="A.2", weight=2)),
        pack(criterion(expect=Expect(at_least=101)), criterion(id="A.2", weight=2)),
        pack(criterion(measure=measure(window_days=30)), criterion(id="A.2", weight=2)),
        pack(criterion(divide_by="students"), criterion(id="A.2", weight=2)),
        pack(criterion(applies=Applies(kinds=[SchoolKind.PRIMARY])), criterion(id="A.2", weight=2)),
        pack(criterion()),
    ]
    assert {scoring_digest(one) for one in same} == {digest}
    assert all(scoring_digest(one) != digest for one in other)
    assert len({text_digest(one) for one in [base, *same, *other]}) == len([base, *same, *other])


outcomes = st.sampled_from([MET, UNMET, UNKNOWN, MANUAL, NOT])
rows = st.lists(st.tuples(outcomes, st.integers(1, 60), st.booleans()), min_size=1, max_size=8)
marks = st.integers(0, 100)


def build(given_rows: list[tuple[Outcome, int, bool]], pass_mark: int = 60, min_coverage: int = 80) -> tuple[Pack, Facts]:
    items = [item(place, outcome, weight, required=needed) for place, (outcome, weight, needed) in enumerate(given_rows)]
    made = pack(*[rule for rule, _ in items], pass_mark=pass_mark, min_coverage=min_coverage)
    return made, facts(*[one for _, samples in items for one in samples])


def order(value: float | None) -> float:
    return -1 if value is None else value


@given(rows)
def test_floor_is_at_most_score_is_at_most_ceiling(given_rows: list[tuple[Outcome, int, bool]]) -> None:
    found = score_school(*build(given_rows), NOW)
    if found.floor is not None and found.ceiling is not None:
        assert 0 <= found.floor <= found.ceiling <= 100
        assert found.score is None or found.floor <= found.score <= found.ceiling


@given(rows, marks, marks, st.data())
def test_an_undecided_criterion_that_becomes_met_lowers_nothing(
    given_rows: list[tuple[Outcome, int, bool]], pass_mark: int, min_coverage: int, data: st.DataObject
) -> None:
    undecided = [place for place, row in enumerate(given_rows) if row[0] in (UNKNOWN, MANUAL)]
    if not undecided:
        given_rows, undecided = [*given_rows, (UNKNOWN, 1, False)], [len(given_rows)]
    place = data.draw(st.sampled_from(undecided))
    better_rows = list(given_rows)
    better_rows[place] = (MET, *given_rows[place][1:])
    before, after = (score_school(*build(one, pass_mark, min_coverage), NOW) for one in (given_rows, better_rows))
    for figure in ("score", "coverage", "floor", "ceiling"):
        assert order(getattr(after, figure)) >= order(getattr(before, figure))
    assert RANK.index(after.verdict) >= RANK.index(before.verdict)
    assert after.score is not None
    assert round(after.score - (before.score or 0), 1) == before.results[place].gain


@given(rows, st.integers())
def test_the_order_of_the_criteria_never_matters(given_rows: list[tuple[Outcome, int, bool]], seed: int) -> None:
    made, known = build(given_rows)
    shuffled = list(made.criteria)
    Random(seed).shuffle(shuffled)
    one, other = (
        score_school(structs.replace(made, criteria=criteria), known, NOW) for criteria in (made.criteria, shuffled)
    )
    assert structs.replace(one, results=[], fixes=[]) == structs.replace(other, results=[], fixes=[])
    assert sorted(one.results, key=str) == sorted(other.results, key=str)


@given(rows, marks, st.integers(1, 60))
def test_what_does_not_apply_leaves_the_denominator_only(
    given_rows: list[tuple[Outcome, int, bool]], pass_mark: int, weight: int
) -> None:
    with_, without = (score_school(*build(one, pass_mark), NOW) for one in ([*given_rows, (NOT, weight, True)], given_rows))
    for figure in ("score", "coverage", "floor", "ceiling", "verdict", "weight_applicable", "fixes"):
        assert getattr(with_, figure) == getattr(without, figure)


@given(rows, marks, marks)
def test_a_school_falls_short_exactly_when_it_cannot_pass_any_more(
    given_rows: list[tuple[Outcome, int, bool]], pass_mark: int, min_coverage: int
) -> None:
    best = [(MET if outcome in (UNKNOWN, MANUAL) else outcome, *rest) for outcome, *rest in given_rows]
    now, then = (score_school(*build(one, pass_mark, min_coverage), NOW) for one in (given_rows, best))  # type: ignore[arg-type]
    applies = any(outcome is not NOT for outcome, *_ in given_rows)
    assert (now.verdict is Verdict.FALLS_SHORT) == (applies and then.verdict is not Verdict.MEETS)


@given(rows, st.sets(st.integers(0, 7)))
def test_waivers_never_change_the_true_score(given_rows: list[tuple[Outcome, int, bool]], places: set[int]) -> None:
    made, known = build(given_rows)
    plain = score_school(made, known, NOW)
    waived = score_school(made, known, NOW, [waiver(f"C.{place}") for place in places])
    for figure in ("score", "coverage", "floor", "ceiling", "verdict"):
        assert getattr(waived, figure) == getattr(plain, figure)
    assert [result.outcome for result in waived.results] == [result.outcome for result in plain.results]
    assert order(waived.waived_score) >= order(plain.score) or waived.waived_score is None


def test_a_card_names_school_pack_and_moment() -> None:
    found = score_school(pack(criterion()), Facts(school=school(id="s9")), NOW)
    assert (found.school_id, found.pack, found.pack_version, found.scored_at) == ("s9", "example", "1", NOW)
