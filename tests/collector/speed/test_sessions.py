"""Permission to test, with a clock that the test sets."""

import itertools

import pytest

from collector.speed.sessions import BusyError, NoSessionError, SpeedSessions
from collector.speed.settings import SpeedSettings


class Clock:
    """Seconds, set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> SpeedSessions:
    names = itertools.count(1)
    settings = SpeedSettings(max_concurrent=2, max_megabytes=1, max_seconds=10, session_seconds=60, idle_seconds=20)
    return SpeedSessions(settings, clock, lambda: f"s{next(names)}")


def test_two_machines_of_a_school_never_test_together(sessions: SpeedSessions) -> None:
    sessions.open("a", "a1")
    with pytest.raises(BusyError) as refused:
        sessions.open("a", "a2")
    assert refused.value.message.code == "problem.speed_school_busy"
    assert refused.value.retry_after_s >= 1
    assert refused.value.retry


def test_an_agent_that_was_killed_takes_its_own_place_again(sessions: SpeedSessions) -> None:
    first = sessions.open("a", "a1")
    second = sessions.open("a", "a1")
    assert first.ended
    assert len(sessions) == 1
    assert sessions.get(second.name, "a") is second


def test_no_more_schools_than_the_line_bears(sessions: SpeedSessions) -> None:
    sessions.open("a", "a1")
    sessions.open("b", "b1")
    with pytest.raises(BusyError) as refused:
        sessions.open("c", "c1")
    assert refused.value.message.code == "problem.speed_busy"


def test_a_session_given_back_makes_room_at_once(sessions: SpeedSessions) -> None:
    first = sessions.open("a", "a1")
    sessions.open("b", "b1")
    sessions.close(first.name, "a")
    assert sessions.open("c", "c1").school_id == "c"


def test_a_silent_client_counts_as_gone(sessions: SpeedSessions, clock: Clock) -> None:
    session = sessions.open("a", "a1")
    clock.now += 19
    assert sessions.get(session.name, "a") is session
    clock.now += 20
    with pytest.raises(NoSessionError):
        sessions.get(session.name, "a")
    assert len(sessions) == 0


def test_a_lively_client_is_ended_at_the_end_of_its_session(sessions: SpeedSessions, clock: Clock) -> None:
    session = sessions.open("a", "a1")
    for _ in range(59):
        clock.now += 1
        session.count_received(10, clock.now)
    assert sessions.get(session.name, "a") is session
    clock.now += 1
    assert session.room(session.received, clock.now) == 0
    with pytest.raises(NoSessionError):
        sessions.get(session.name, "a")


def test_another_schools_session_is_not_to_be_had(sessions: SpeedSessions) -> None:
    session = sessions.open("a", "a1")
    with pytest.raises(NoSessionError):
        sessions.get(session.name, "b")
    with pytest.raises(NoSessionError):
        sessions.close(session.name, "b")
    assert len(sessions) == 1


def test_bytes_are_limited_in_each_direction_by_itself(sessions: SpeedSessions, clock: Clock) -> None:
    session = sessions.open("a", "a1")
    session.count_sent(900_000, clock.now)
    assert session.room(session.sent, clock.now) == 100_000
    assert session.room(session.received, clock.now) == 1_000_000
    session.count_sent(100_000, clock.now)
    assert session.room(session.sent, clock.now) == 0


def test_seconds_are_limited_from_the_first_byte_of_a_direction(sessions: SpeedSessions, clock: Clock) -> None:
    session = sessions.open("a", "a1")
    clock.now += 15
    assert session.room(session.sent, clock.now) > 0
    session.count_sent(1, clock.now)
    clock.now += 9.9
    assert session.room(session.sent, clock.now) > 0
    clock.now += 0.1
    assert session.room(session.sent, clock.now) == 0
    assert session.room(session.received, clock.now) > 0


def test_samples_are_a_tenth_of_a_second_apart_and_the_last_byte_is_among_them(
    sessions: SpeedSessions, clock: Clock
) -> None:
    session = sessions.open("a", "a1")
    for _ in range(25):
        session.count_received(100, clock.now)
        clock.now += 0.02
    count = session.count()
    assert count.received_bytes == 2500
    assert count.samples[0] == (0.0, 100)
    assert [at_s for at_s, _ in count.samples] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.48])
    assert count.samples[-1][1] == 2500
