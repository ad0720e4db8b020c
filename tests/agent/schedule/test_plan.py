"""Times, spread and what is due."""

import datetime as dt
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import cli
from agent.errors import UsageError
from agent.schedule.plan import Kind, clock_times, due, shown, splay_seconds, wait_s

TIMES = clock_times("06:10,12:10,18:10,22:10")
ZONE = dt.timezone(dt.timedelta(hours=8))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_an_installation_waits_the_same_time_every_day() -> None:
    assert wait_s("ab" * 16, 2700) == wait_s("ab" * 16, 2700)


def test_a_county_spreads_evenly() -> None:
    waits = [wait_s(f"{number:032x}", 2700) for number in range(3000)]
    assert 0 <= min(waits) < 20
    assert 2680 < max(waits) < 2700
    assert abs(statistics.mean(waits) - 1350) < 60
    busiest = max(sum(minute * 60 <= wait < (minute + 1) * 60 for wait in waits) for minute in range(45))
    assert busiest < 2 * 3000 / 45


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (None, "2026-03-02T09:00", True),
        ("2026-03-02T06:40", "2026-03-02T12:09", False),
        ("2026-03-02T06:40", "2026-03-02T12:10", True),
        ("2026-03-02T12:30", "2026-03-02T13:10", False),
        ("2026-03-01T22:30", "2026-03-02T05:00", False),
        ("2026-03-01T18:30", "2026-03-02T05:00", True),
        ("2025-03-01T18:30", "2026-03-02T12:10", True),
        ("2029-03-02T12:30", "2026-03-02T13:10", True),
    ],
    ids=["never", "early", "on time", "done", "night", "missed the evening", "a year off", "clock set back"],
)
def test_a_run_is_due_when_a_time_has_passed_since_the_last(last: str | None, now: str, expected: bool) -> None:
    assert due(TIMES, None if last is None else at(last), at(now)) is expected


def test_a_missed_run_is_made_up_for_once() -> None:
    woken = at("2026-03-05T09:17")
    assert due(TIMES, at("2026-03-02T06:40"), woken)
    assert not due(TIMES, woken, woken + dt.timedelta(minutes=53))


@given(st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2027, 1, 1)), st.integers(0, 1439))  # noqa: DTZ001 - zone below
def test_a_run_that_just_started_is_never_due(moment: dt.datetime, minute: int) -> None:
    times = (dt.time(minute // 60, minute % 60),)
    now = moment.replace(tzinfo=ZONE)
    assert not due(times, now, now)


@pytest.mark.parametrize(("text", "seconds"), [("45m", 2700), ("90s", 90), ("0", 0), ("600", 600)])
def test_a_span_is_read(text: str, seconds: int) -> None:
    assert splay_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "1h", "56m", "-3", "ten", "5 m"])
def test_a_span_that_is_none_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="bad_splay"):
        splay_seconds(text)


def test_times_are_read_sorted_and_written_back() -> None:
    assert shown(clock_times("22:10， 6:10,12：10,6:10")) == "06:10,12:10,22:10"


@pytest.mark.parametrize("text", ["", "24:00", "6", "06:60", "06:10,noon"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="bad_time"):
        clock_times(text)


def test_the_command_line_offers_what_there_is() -> None:
    assert tuple(Kind) == cli.KINDS
    assert clock_times(cli.TIMES) == TIMES
    assert splay_seconds(cli.SPLAY) == 2700
