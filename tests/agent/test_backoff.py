"""The wait grows, is spread evenly, and never depends on the machine's clock being right."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.backoff import FIRST_S, LONGEST_ASKED_S, LONGEST_S, Pause, after_failure, retry_after
from contract.message import Message

WHY = Message("agent.uplink.status", {"status": 503})


def failures(count: int, seed: int) -> list[Pause]:
    rng, pause, seen = random.Random(seed), None, []
    for _ in range(count):
        pause = after_failure(pause, 1000.0, rng, WHY)
        seen.append(pause)
    return seen


@given(seed=st.integers(0, 2**32), count=st.integers(1, 60))
def test_the_wait_lies_within_the_doubling_span(seed: int, count: int) -> None:
    for place, pause in enumerate(failures(count, seed)):
        assert 0 <= pause.wait_s <= min(LONGEST_S, FIRST_S * 2**place)
        assert pause.failures == place + 1


def test_the_wait_is_spread_over_the_whole_span() -> None:
    waits = [failures(8, seed)[-1].wait_s for seed in range(400)]
    assert min(waits) < LONGEST_S * 0.05
    assert max(waits) > LONGEST_S * 0.95
    assert 0.4 * LONGEST_S < sum(waits) / len(waits) < 0.6 * LONGEST_S


@given(asked=st.floats(0, 1e9), seed=st.integers(0, 1000))
def test_it_is_never_shorter_than_asked_for_and_never_longer_than_a_day(asked: float, seed: int) -> None:
    pause = after_failure(None, 0.0, random.Random(seed), WHY, retry_after_s=asked)
    assert min(asked, LONGEST_ASKED_S) <= pause.wait_s <= LONGEST_ASKED_S


@pytest.mark.parametrize(
    ("now", "left"), [(1000.0, 60.0), (1059.0, 1.0), (1060.0, 0.0), (9e9, 0.0), (999.0, 0.0), (-9e9, 0.0)]
)
def test_a_clock_that_goes_back_ends_the_pause(now: float, left: float) -> None:
    assert Pause(failures=1, set_at=1000.0, wait_s=60.0, unreachable=False, because=WHY).remaining_s(now) == left


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("120", None, 120.0),
        (" 7 ", None, 7.0),
        ("Mon, 02 Mar 2026 22:12:00 GMT", "Mon, 02 Mar 2026 22:10:00 GMT", 120.0),
        ("Mon, 02 Mar 2026 22:09:00 GMT", "Mon, 02 Mar 2026 22:10:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 22:12:00 GMT", None, None),
        ("soon", "Mon, 02 Mar 2026 22:10:00 GMT", None),
        ("-5", None, None),
        (None, None, None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, date: str | None, seconds: float | None) -> None:
    assert retry_after(header, date) == seconds
