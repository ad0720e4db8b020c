"""Lessons, terms, holidays, exchanged weekends and exams."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from collector.slots.calendar import Calendar
from collector.slots.settings import CalendarSettings

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(
    CalendarSettings(
        lessons=["14:00-17:30", "08:00-11:50"],
        terms=["2026-02-25/2026-07-05"],
        holidays=["2026-05-01/2026-05-05"],
        school_days=["2026-05-09"],
        exams=["2026-06-07/2026-06-08"],
    )
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-02T07:30:00", "2026-03-02T07:30:00"),
        ("2026-03-02T07:58:30", "2026-03-02T11:50:00"),
        ("2026-03-02T08:00:00", "2026-03-02T11:50:00"),
        ("2026-03-02T11:49:59", "2026-03-02T11:50:00"),
        ("2026-03-02T13:58:00", "2026-03-02T13:58:00"),
        ("2026-03-02T13:58:01", "2026-03-02T17:30:00"),
        ("2026-03-07T09:00:00", "2026-03-07T09:00:00"),
        ("2026-05-01T09:00:00", "2026-05-01T09:00:00"),
        ("2026-05-09T09:00:00", "2026-05-09T11:50:00"),
        ("2026-06-06T23:59:00", "2026-06-09T00:00:00"),
        ("2026-06-07T12:30:00", "2026-06-09T00:00:00"),
        ("2026-08-10T09:00:00", "2026-08-10T09:00:00"),
    ],
)
def test_a_test_of_two_minutes_begins_when_the_calendar_allows_all_of_it(now: str, opens: str) -> None:
    assert CALENDAR.opens(at(now), 120) == at(opens)


def test_an_empty_calendar_is_always_open() -> None:
    assert Calendar(CalendarSettings()).opens(at("2026-03-02T09:00:00"), 3600) == at("2026-03-02T09:00:00")


def test_a_calendar_that_never_opens_says_so() -> None:
    assert Calendar(CalendarSettings(exams=["2026-01-01/2029-01-01"])).opens(at("2026-03-02T09:00:00"), 60) is None
