"""Judging as a table: facts in, outcome and reason out."""

from datetime import timedelta

import pytest

from contract.outcome import Bound, CheckStatus, Outcome, Path, Provenance
from contract.reason import Reason, ReasonCode, because
from contract.school import SchoolKind
from contract.units import Unit
from criteria.errors import CriteriaError
from criteria.facts import Facts, Sample
from criteria.judge import judge
from criteria.pack import Applies, Criterion, Expect, Kind, Statistic
from tests.criteria.examples import NOW, SPEED, broken, criterion, facts, measure, sample, yes_no
from tests.criteria.test_answers import TABLE as ANSWERS

MET, UNMET, UNKNOWN = Outcome.MET, Outcome.UNMET, Outcome.UNKNOWN
WIFI = because(ReasonCode.MEASURED_OVER_WIFI)
NIC = because(ReasonCode.NIC_IS_THE_LIMIT, speed_mbit_s=100, value=94.2)
OK, LESS = Reason(ReasonCode.AS_REQUIRED), Reason(ReasonCode.BELOW_REQUIREMENT)


def limited(value: float | bool, days: float = 1, reason: Reason = WIFI, **more: object) -> Sample:
    return sample(value, days, bound=Bound.AT_LEAST, because=reason, **more)


def m(**more: object) -> Criterion:
    """At least 100 Mbit/s by this measure."""
    return criterion(measure=measure(**more))


def e(statistic: Statistic = Statistic.LATEST, **expect: object) -> Criterion:
    """The newest value (or another statistic) against this condition."""
    return criterion(measure=measure(statistic=statistic), expect=Expect(**expect))  # type: ignore[arg-type]


def text(**expect: object) -> Criterion:
    return criterion(
        measure=measure(statistic=Statistic.LATEST, unit=Unit.TEXT),
        expect=Expect(**expect),  # type: ignore[arg-type]
    )


def yes(value: bool | None, days: float = 1, **more: object) -> Sample:
    return sample(value, days, unit=Unit.YES_NO, **more)


def word(value: str, **more: object) -> Sample:
    return sample(value, 1, unit=Unit.TEXT, **more)


per_student = criterion(expect=Expect(at_least=0.1), divide_by="students")
three_to_fail = m(unmet_min_samples=3)
wan = m(paths=[Path.WAN])
fresh = m(max_age_days=7)
month = m(window_days=30)
devices = criterion(
    measure=measure(unit=Unit.YES_NO, statistic=Statistic.LATEST, per="device"), expect=Expect(share_at_least=50)
)
p50 = Statistic.P50

TABLE: list[tuple[str, Criterion, Facts, Outcome, Reason]] = [
    # Who it is for
    ("another kind", criterion(applies=Applies(kinds=[SchoolKind.HIGHER])), facts(sample(100)), Outcome.NOT_APPLICABLE,
     because(ReasonCode.NOT_FOR_THIS_KIND, kind="school_kind.primary")),
    ("narrative", criterion(type=Kind.NARRATIVE, measure=None, expect=None), facts(), UNKNOWN,
     because(ReasonCode.NOT_SCORED)),
    ("attested", criterion(type=Kind.ATTESTED, measure=None, expect=None), facts(), Outcome.MANUAL,
     because(ReasonCode.ATTESTATION_MISSING)),
    ("counted", criterion(type=Kind.COUNTED, measure=None, expect=None), facts(), Outcome.MANUAL,
     because(ReasonCode.ATTESTATION_MISSING)),
    # Nothing measured, and why
    ("never ran", criterion(), facts(), UNKNOWN, because(ReasonCode.NEVER_MEASURED)),
    ("ran without this measure", criterion(), broken(CheckStatus.OK), UNKNOWN, because(ReasonCode.NEVER_MEASURED)),
    ("crashed", criterion(), broken(CheckStatus.ERROR, because(ReasonCode.CHECK_CRASHED, problem="x")), Outcome.ERROR,
     because(ReasonCode.CHECK_CRASHED, problem="x")),
    ("crashed without a word", criterion(), broken(CheckStatus.ERROR), Outcome.ERROR,
     because(ReasonCode.CHECK_CRASHED, problem="error")),
    ("hung", criterion(), broken(CheckStatus.TIMEOUT, because(ReasonCode.CHECK_TIMED_OUT, limit_s=60)), Outcome.ERROR,
     because(ReasonCode.CHECK_TIMED_OUT, limit_s=60)),
    ("skipped", criterion(), broken(CheckStatus.SKIPPED, because(ReasonCode.NO_COLLECTOR)), UNKNOWN,
     because(ReasonCode.NO_COLLECTOR)),
    ("skipped without a word", criterion(), broken(CheckStatus.SKIPPED), UNKNOWN, because(ReasonCode.NEVER_MEASURED)),
    ("impossible here", criterion(),
     broken(CheckStatus.NOT_APPLICABLE, because(ReasonCode.UNSUPPORTED_PLATFORM, system="x")), UNKNOWN,
     because(ReasonCode.UNSUPPORTED_PLATFORM, system="x")),
    ("another unit", criterion(), facts(sample(200, unit=Unit.MEGABYTES)), UNKNOWN, because(ReasonCode.NEVER_MEASURED)),
    ("an older check", m(min_check_version=2), facts(sample(200)), UNKNOWN, because(ReasonCode.NEVER_MEASURED)),
    ("received later", criterion(), facts(sample(200, -0.01)), UNKNOWN, because(ReasonCode.NEVER_MEASURED)),
    # How far
    ("local", wan, facts(sample(900, path=Path.LOCAL)), UNKNOWN, because(ReasonCode.PATH_IS_LOCAL)),
    ("lan", wan, facts(sample(900, path=Path.LAN)), UNKNOWN, because(ReasonCode.PATH_IS_LAN)),
    ("nowhere", wan, facts(sample(900)), UNKNOWN, because(ReasonCode.EGRESS_NOT_PROVEN)),
    ("nowhere, and the check knows why", wan, facts(sample(None, because=because(ReasonCode.NO_DEFAULT_ROUTE))), UNKNOWN,
     because(ReasonCode.NO_DEFAULT_ROUTE)),
    ("wan", wan, facts(sample(100, path=Path.WAN)), MET, OK),
    ("a local one beside it", wan, facts(sample(1, 0.5, path=Path.LOCAL), sample(100, path=Path.WAN)), MET, OK),
    ("a no that got nowhere", criterion(measure=measure(unit=Unit.YES_NO, statistic=Statistic.ANY_TRUE, paths=[Path.WAN]),
                                        expect=Expect(equals=True)), facts(yes(False)), UNMET, LESS),
    ("a no within the lan", criterion(measure=measure(unit=Unit.YES_NO, statistic=Statistic.ANY_TRUE, paths=[Path.WAN]),
                                      expect=Expect(equals=True)), facts(yes(False, path=Path.LAN)), UNKNOWN,
     because(ReasonCode.PATH_IS_LAN)),
    ("slow and local", wan, facts(sample(1, path=Path.LOCAL)), UNKNOWN, because(ReasonCode.PATH_IS_LOCAL)),
    # How old
    ("on the last moment", fresh, facts(sample(100, 7)), MET, OK),
    ("a second too old", fresh, facts(sample(100, 7 + 1 / 86_400)), UNKNOWN,
     because(ReasonCode.STALE, age_days=8, max_age_days=7)),
    ("too old for the window", month, facts(sample(1, 45)), UNKNOWN,
     because(ReasonCode.STALE, age_days=45, max_age_days=30)),
    ("an old miss does not count", month, facts(sample(100, 1), sample(1, 31)), MET, OK),
    ("in the window, but too old", m(window_days=30, max_age_days=7), facts(sample(100, 8)), UNKNOWN,
     because(ReasonCode.STALE, age_days=8, max_age_days=7)),
    ("a fresh one makes older ones count", m(statistic=Statistic.MAX, window_days=30, max_age_days=7),
     facts(sample(1, 1), sample(100, 29)), MET, OK),
    ("the wan one is too old", m(paths=[Path.WAN], window_days=30, max_age_days=7),
     facts(sample(100, 8, path=Path.WAN), sample(100, 1, path=Path.LOCAL)), UNKNOWN,
     because(ReasonCode.STALE, age_days=8, max_age_days=7)),
    # How many
    ("too few", m(min_samples=3), facts(sample(200), sample(200, 2)), UNKNOWN,
     because(ReasonCode.TOO_FEW_SAMPLES, found=2, needed=3)),
    ("enough", m(min_samples=3), facts(sample(200), sample(200, 2), sample(200, 3)), MET, OK),
    ("a silent one is none", m(min_samples=2), facts(sample(200, 2), sample(None, 1)), UNKNOWN,
     because(ReasonCode.TOO_FEW_SAMPLES, found=1, needed=2)),
    ("too few days", m(min_days=2), facts(sample(200, 0.1), sample(200, 0.2)), UNKNOWN,
     because(ReasonCode.TOO_FEW_DAYS, found=1, needed=2)),
    # NOW is 12:00 at +08:00 and 04:00 UTC
    ("two days in China, one in UTC", m(min_days=2), facts(sample(200, 0.4), sample(200, 0.6)), MET, OK),
    ("one day in China, two in UTC", m(min_days=2), facts(sample(200, 0.1), sample(200, 0.3)), UNKNOWN,
     because(ReasonCode.TOO_FEW_DAYS, found=1, needed=2)),
    ("two misses of three", three_to_fail, facts(sample(50), sample(51, 2)), UNKNOWN,
     because(ReasonCode.TOO_FEW_SAMPLES_TO_FAIL, found=2, needed=3)),
    ("three misses", three_to_fail, facts(sample(50), sample(51, 2), sample(52, 3)), UNMET, LESS),
    ("only what misses counts", m(statistic=Statistic.MIN, unmet_min_samples=2), facts(sample(50), sample(150, 2)), UNKNOWN,
     because(ReasonCode.TOO_FEW_SAMPLES_TO_FAIL, found=1, needed=2)),
    # Could not tell
    ("looked in vain", criterion(), facts(sample(None, because=because(ReasonCode.READING_FAILED, problem="x"))), UNKNOWN,
     because(ReasonCode.READING_FAILED, problem="x")),
    ("looked in vain, no word", criterion(), facts(sample(None)), UNKNOWN, because(ReasonCode.NEVER_MEASURED)),
    ("the newest cannot tell", e(at_least=100), facts(sample(None, 1, because=WIFI), sample(200, 2)), UNKNOWN, WIFI),
    ("for a percentile older ones do", criterion(), facts(sample(None, 1, because=WIFI), sample(200, 2)), MET, OK),
    # School facts
    ("per student", per_student, facts(sample(100), students=1000), MET, OK),
    ("per student, one too many", per_student, facts(sample(100), students=1001), UNMET, LESS),
    ("no figure", per_student, facts(sample(100)), UNKNOWN, because(ReasonCode.SCHOOL_FACT_MISSING, fact="fact.students")),
    ("a figure of nought", per_student, facts(sample(100), students=0), UNKNOWN,
     because(ReasonCode.SCHOOL_FACT_MISSING, fact="fact.students")),
    # Operators, on and beside the threshold
    ("at_least on", e(at_least=98.5), facts(sample(98.5)), MET, OK),
    ("at_least below", e(at_least=98.5), facts(sample(98.49)), UNMET, LESS),
    ("at_most on", e(at_most=50), facts(sample(50)), MET, OK),
    ("at_most above", e(at_most=50), facts(sample(50.01)), UNMET, LESS),
    ("between low end", e(between=[1, 2]), facts(sample(1)), MET, OK),
    ("between high end", e(between=[1, 2]), facts(sample(2.0)), MET, OK),
    ("between outside", e(between=[1, 2]), facts(sample(2.1)), UNMET, LESS),
    ("equals a number", e(equals=3.0), facts(sample(3)), MET, OK),
    ("equals another", e(equals=3.0), facts(sample(3.1)), UNMET, LESS),
    ("equals true", yes_no(), facts(yes(True)), MET, OK),
    ("equals true, false", yes_no(), facts(yes(False)), UNMET, LESS),
    ("equals false", criterion(measure=measure(unit=Unit.YES_NO, statistic=Statistic.LATEST), expect=Expect(equals=False)),
     facts(yes(False)), MET, OK),
    ("one_of", text(one_of=["a", "b"]), facts(word("b")), MET, OK),
    ("one_of none", text(one_of=["a", "b"]), facts(word("c")), UNMET, LESS),
    ("equals a text", text(equals="a"), facts(word("a")), MET, OK),
    ("contains_all", text(contains_all=["a", "b"]),
     facts(word("a", report_id="r", subject="1"), word("b", report_id="r", subject="2")), MET, OK),
    ("contains not all", text(contains_all=["a", "b"]), facts(word("a")), UNMET, LESS),
    ("a text that is only a limit", text(contains_all=["a", "b"]), facts(word("a", bound=Bound.AT_LEAST, because=WIFI)),
     UNKNOWN, WIFI),
    ("a number where a text is wanted", text(equals="a"), facts(sample(1, unit=Unit.TEXT)), UNMET, LESS),
    # Statistics
    ("p50", e(p50, at_least=100), facts(sample(99, 1), sample(100, 2), sample(500, 3)), MET, OK),
    ("p50 of four is the second", e(p50, at_least=100), facts(*[sample(v, v) for v in (98, 99, 100, 101)]), UNMET, LESS),
    ("p90 of ten is the ninth", criterion(), facts(*[sample(v, i + 1) for i, v in enumerate([50] * 8 + [100, 101])]),
     MET, OK),
    ("p90 of ten, one good", criterion(), facts(*[sample(v, i + 1) for i, v in enumerate([50] * 9 + [200])]), UNMET, LESS),
    ("min", e(Statistic.MIN, at_least=100), facts(sample(99), sample(500, 2)), UNMET, LESS),
    ("max", e(Statistic.MAX, at_least=100), facts(sample(99), sample(500, 2)), MET, OK),
    ("latest", e(at_least=100), facts(sample(99, 1), sample(500, 2)), UNMET, LESS),
    ("latest, lowest subject", e(at_least=100),
     facts(sample(99, report_id="r", subject="a"), sample(500, report_id="r", subject="b")), UNMET, LESS),
    ("any true", yes_no(), facts(yes(False, 1), yes(True, 2)), MET, OK),
    ("share on the mark", criterion(measure=measure(unit=Unit.YES_NO, statistic=Statistic.SHARE_TRUE),
                                    expect=Expect(at_least=66.6)),
     facts(yes(True, 1), yes(True, 2), yes(False, 3)), MET, OK),
    ("share of two thirds is not 66.7", criterion(measure=measure(unit=Unit.YES_NO, statistic=Statistic.SHARE_TRUE),
                                                  expect=Expect(at_least=66.7)),
     facts(yes(True, 1), yes(True, 2), yes(False, 3)), UNMET, LESS),
    ("a share with too few against it",
     criterion(measure=measure(unit=Unit.YES_NO, statistic=Statistic.SHARE_TRUE, unmet_min_samples=2),
               expect=Expect(at_least=90)), facts(yes(True, 1), yes(False, 3)), UNKNOWN,
     because(ReasonCode.TOO_FEW_SAMPLES_TO_FAIL, found=1, needed=2)),
    # Limits
    ("a limit that passes", criterion(), facts(limited(100)), MET, OK),
    ("a limit that misses", criterion(), facts(limited(60)), UNKNOWN, WIFI),
    ("its own reason", criterion(), facts(limited(60, 1, NIC)), UNKNOWN, NIC),
    ("the newest reason of several", criterion(), facts(limited(60, 1, NIC), limited(60, 2)), UNKNOWN, NIC),
    ("a limit without a reason", criterion(), facts(sample(60, bound=Bound.AT_LEAST)), UNKNOWN,
     because(ReasonCode.ONLY_A_LIMIT)),
    ("one limit among misses", criterion(), facts(limited(60), sample(50, 2), sample(50, 3)), UNKNOWN, WIFI),
    ("one limit cannot lift the ninth of ten", criterion(), facts(limited(60, 1), *[sample(50, i + 2) for i in range(9)]),
     UNMET, LESS),
    ("a pass beside limits", e(p50, at_least=100), facts(limited(60, 1), sample(100, 2), sample(100, 3)), MET, OK),
    ("at_most and at_least", e(at_most=50), facts(limited(40)), UNKNOWN, WIFI),
    ("at_most surely missed", e(at_most=50), facts(limited(60)), UNMET, LESS),
    ("at_most with an upper limit", e(at_most=50), facts(sample(40, bound=Bound.AT_MOST)), MET, OK),
    ("at_least with an upper limit", e(at_least=50), facts(sample(40, bound=Bound.AT_MOST)), UNMET, LESS),
    ("at_least under an upper limit", e(at_least=50), facts(sample(60, bound=Bound.AT_MOST, because=NIC)), UNKNOWN, NIC),
    ("between and a limit", e(between=[1, 9]), facts(limited(5)), UNKNOWN, WIFI),
    ("a no that is only a limit", yes_no(), facts(yes(False, bound=Bound.AT_LEAST, because=WIFI)), UNKNOWN, WIFI),
    ("a yes that is only a limit", yes_no(), facts(yes(True, bound=Bound.AT_LEAST, because=WIFI)), MET, OK),
    ("a yes that is an upper limit", yes_no(), facts(yes(True, bound=Bound.AT_MOST, because=NIC)), UNKNOWN, NIC),
    ("limits below do not drag down", criterion(), facts(sample(100), *[limited(30, i + 2) for i in range(9)]), MET, OK),
    ("limits below do not hide misses", three_to_fail,
     facts(sample(50, 1), sample(51, 2), sample(52, 3), *[limited(30, i + 4) for i in range(9)]), UNMET, LESS),
    ("limits below do not count as misses", three_to_fail, facts(sample(50, 1), limited(30, 2), limited(30, 3)), UNKNOWN,
     because(ReasonCode.TOO_FEW_SAMPLES_TO_FAIL, found=1, needed=3)),
    ("upper limits above do not hide", e(Statistic.MAX, at_least=100),
     facts(sample(50, 1), sample(400, 2, bound=Bound.AT_MOST, because=NIC)), UNMET, LESS),
    ("a share counts every sample", criterion(measure=measure(unit=Unit.YES_NO, statistic=Statistic.SHARE_TRUE),
                                              expect=Expect(at_least=60)),
     facts(yes(True, 1), yes(False, 2, bound=Bound.AT_LEAST, because=WIFI)), UNKNOWN, WIFI),
    # Devices
    ("half of the devices", devices, facts(yes(True, agent_id="a"), yes(False, agent_id="b")), MET, OK),
    ("a third of the devices", devices, facts(yes(True, agent_id="a"), yes(False, agent_id="b"), yes(False, agent_id="c")),
     UNMET, LESS),
    ("a device that cannot tell", devices,
     facts(yes(True, agent_id="a"), yes(False, agent_id="b"), yes(None, agent_id="c", because=NIC)), UNKNOWN, NIC),
    ("no device can tell", devices, facts(yes(None, agent_id="c", because=NIC)), UNKNOWN, NIC),
    ("a device that is only a limit", devices,
     facts(yes(False, agent_id="a", bound=Bound.AT_LEAST, because=WIFI), yes(False, agent_id="b")), UNKNOWN, WIFI),
    ("the newest of each device", devices, facts(yes(False, 1, agent_id="a"), yes(True, 2, agent_id="a")), UNMET, LESS),
    ("every device", m(per="device"), facts(sample(100, agent_id="a"), sample(101, agent_id="b")), MET, OK),
    ("one device misses", m(per="device"), facts(sample(100, agent_id="a"), sample(99, agent_id="b")), UNMET, LESS),
    ("one device is undecided", m(per="device"), facts(sample(100, agent_id="a"), limited(99, agent_id="b")), UNKNOWN, WIFI),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "given", "outcome", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_it_judges_by_the_table(rule: Criterion, given: Facts, outcome: Outcome, reason: Reason) -> None:
    result = judge(rule, given, NOW)
    assert (result.outcome, result.reason) == (outcome, reason)


def test_the_table_reaches_every_reason_that_judging_itself_gives() -> None:
    own = set(list(ReasonCode)[: list(ReasonCode).index(ReasonCode.NIC_IS_THE_LIMIT)])
    reached = {reason.code for *_, reason in TABLE} | {code for *_, code in ANSWERS}
    assert own - reached == {ReasonCode.NOT_COUNTED, ReasonCode.NOT_IN_FORCE}  # test_target.py, test_clauses.py


def test_the_order_of_the_samples_does_not_matter() -> None:
    samples = [sample(value, value / 10) for value in (10, 99, 100, 150)]
    there, back = (judge(criterion(), facts(*order), NOW) for order in (samples, reversed(samples)))
    assert there == back


def test_a_result_carries_what_is_needed_to_dispute_it() -> None:
    given = facts(
        sample(90, 1, report_id="newest"),
        sample(80, 2, report_id="middle", provenance=Provenance.SERVER_VERIFIED),
        sample(70, 3, report_id="oldest", provenance=Provenance.ATTESTED),
    )
    result = judge(criterion(required=True, weight=4), given, NOW)
    assert result.value == 90
    assert result.unit is Unit.MBIT_S
    assert (result.operator, result.threshold) == ("at_least", [100])
    assert (result.measure, result.statistic) == (SPEED, "p90")
    assert result.samples == 3
    assert result.measured_at == NOW - timedelta(days=1)
    assert result.report_ids == ["newest", "middle", "oldest"]
    assert result.provenance is Provenance.ATTESTED
    assert (result.weight, result.required) == (4, True)
    assert (result.clause, result.quote) == ("一", "出口带宽")


def test_it_names_twenty_reports_at_most_and_counts_all() -> None:
    result = judge(criterion(), facts(*[sample(100, days) for days in range(1, 40)]), NOW)
    assert len(result.report_ids) == 20
    assert result.samples == 39


def test_a_value_that_rests_on_a_limit_says_so() -> None:
    assert judge(criterion(), facts(limited(60)), NOW).bound is Bound.AT_LEAST
    assert judge(criterion(), facts(sample(60)), NOW).bound is Bound.EXACT
    assert judge(e(at_most=50), facts(sample(60, bound=Bound.AT_MOST)), NOW).bound is Bound.AT_MOST


def test_a_share_is_in_percent_and_a_value_per_pupil_names_its_divisor() -> None:
    share = criterion(measure=measure(unit=Unit.YES_NO, statistic=Statistic.SHARE_TRUE), expect=Expect(at_least=50))
    result = judge(share, facts(yes(True, 1), yes(False, 2)), NOW)
    assert (result.value, result.unit) == (50, Unit.PERCENT)
    result = judge(per_student, facts(sample(100), students=800), NOW)
    assert (result.value, result.divided_by) == (0.125, "students")


def test_what_is_only_tracked_or_a_bonus_weighs_nothing() -> None:
    assert judge(criterion(scored=False, weight=3), facts(sample(100)), NOW).weight == 0
    assert judge(criterion(extension=True, weight=3), facts(sample(100)), NOW).weight == 0


def test_a_measured_criterion_without_a_condition_is_refused() -> None:
    with pytest.raises(CriteriaError, match="cannot_be_judged"):
        judge(criterion(expect=Expect()), facts(sample(100)), NOW)
