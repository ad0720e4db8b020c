"""Where a curve is steady and what it is there."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.bandwidth.plateau import PATIENT, QUICK, Curve, floor, held, settled, spread


def curve(*slices: float, slice_s: float = 0.1) -> Curve:
    """A curve from the rates of its slices in Mbit/s."""
    made, total = Curve(), 0.0
    made.add(0.0, 0)
    for place, mbit_s in enumerate(slices, 1):
        total += mbit_s * slice_s / 8e-6
        made.add(place * slice_s, round(total))
    return made


def test_a_steady_line_settles_after_its_four_windows() -> None:
    assert settled(curve(*[100.0] * 24)) is None
    found = settled(curve(*[100.0] * 25))
    assert found is not None
    assert found.mbit_s == pytest.approx(100.0)
    assert found.since_s == pytest.approx(0.0)
    assert found.until_s == pytest.approx(2.5)


def test_slow_start_is_left_out_and_not_averaged_in() -> None:
    slices = [5.0, 10, 20, 40, 80, *[96.5] * 30]
    found = settled(curve(*slices))
    assert found is not None
    assert found.mbit_s == pytest.approx(96.5)


def test_a_rate_that_still_grows_does_not_settle() -> None:
    assert settled(curve(*[20 + step for step in range(100)])) is None


def test_a_burst_before_the_rate_does_not_settle_until_it_has_left_the_windows() -> None:
    burst = [300.0] * 10
    assert settled(curve(*burst, *[100.0] * 20)) is None
    found = settled(curve(*burst, *[100.0] * 25))
    assert found is not None
    assert found.mbit_s == pytest.approx(100.0)


def test_seconds_that_go_up_and_down_settle_in_windows_of_two_seconds() -> None:
    swinging = curve(*[rate for _ in range(4) for rate in [104.0] * 10 + [96.0] * 10])
    assert spread(swinging, 4.0, 8.0, QUICK) > 0.015
    found = settled(swinging)
    assert found is not None
    assert found.until_s - found.since_s == pytest.approx(PATIENT.span_s)
    assert found.mbit_s == pytest.approx(100.0)


def test_windows_from_before_more_connections_do_not_count() -> None:
    steady = curve(*[50.0] * 40)
    assert settled(steady, since_s=1.0) is not None
    assert settled(steady, since_s=2.0) is None


def test_an_unsettled_run_gives_its_worst_late_second_and_no_mean() -> None:
    lowest = floor(curve(*[300.0] * 50, *[100.0] * 20, *[60.0] * 10, *[100.0] * 20))
    assert lowest.mbit_s == pytest.approx(60.0)


def test_a_run_of_a_blink_gives_the_rate_of_its_second_half() -> None:
    assert floor(curve(1000.0, 5000.0, slice_s=0.05)).mbit_s == pytest.approx(5000.0)


def test_no_samples_are_no_rate() -> None:
    assert settled(Curve()) is None
    assert Curve().at(1.0) == 0


def test_a_later_answer_about_an_earlier_moment_never_takes_bytes_back() -> None:
    made = curve(10.0, 10.0)
    before = made.totals[-1]
    made.add(0.1, 5)
    assert made.totals[-1] == before


rates = st.lists(st.floats(min_value=0.5, max_value=2000), min_size=25, max_size=80)


@given(st.floats(min_value=0.5, max_value=20_000), st.integers(min_value=25, max_value=120))
def test_a_constant_rate_is_found_exactly(mbit_s: float, slices: int) -> None:
    found = settled(curve(*[mbit_s] * slices))
    assert found is not None
    assert found.mbit_s == pytest.approx(mbit_s, rel=1e-3)


@given(rates)
def test_what_settles_lies_between_the_slowest_and_the_fastest_slice(slices: list[float]) -> None:
    found = settled(curve(*slices))
    if found is not None:
        assert min(slices) * 0.999 <= found.mbit_s <= max(slices) * 1.001
        assert found.spread <= 0.015


@given(rates)
def test_the_floor_never_exceeds_the_fastest_slice_of_the_second_half(slices: list[float]) -> None:
    assert floor(curve(*slices)).mbit_s <= max(slices[len(slices) // 2 - 1 :]) * 1.001


@given(rates)
def test_totals_between_samples_never_fall(slices: list[float]) -> None:
    made = curve(*slices)
    moments = [made.end_s * share / 50 for share in range(51)]
    assert all(made.at(early) <= made.at(late) for early, late in pairwise(moments))


@pytest.mark.parametrize("megabytes", [12, 50, 75])
def test_an_allowance_for_bursts_makes_a_plateau_and_is_gone_when_it_is_to_be_confirmed(megabytes: int) -> None:
    """60 Mbit/s sold, 300 while the allowance lasts."""
    burst_s = megabytes * 8 / 240
    slices = [300.0 if step / 10 < burst_s else 60.0 for step in range(100)]
    found = held(curve(*slices), 10.0)
    assert found is not None
    assert found.mbit_s == pytest.approx(60, rel=0.01)
    assert held(curve(*slices[:99]), 10.0) is None


def test_a_plateau_of_a_burst_is_all_that_a_quick_test_sees() -> None:
    found = settled(curve(*[300.0] * 25))
    assert found is not None
    assert found.mbit_s == pytest.approx(300)


def test_an_allowance_that_ends_within_the_later_half_holds_nothing() -> None:
    assert held(curve(*[300.0] * 70, *[60.0] * 30), 10.0) is None


def test_what_came_before_more_connections_were_added_does_not_count_as_held() -> None:
    assert held(curve(*[100.0] * 100), 10.0, since_s=6.0) is None
