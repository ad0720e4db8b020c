"""When a school may be measured. Pure: a local time comes in, a local time goes out."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from collector.slots.settings import CalendarSettings

_FRIDAY = 4
_HORIZON_DAYS = 400
"""Beyond a school year: a calendar that allows nothing for so long allows nothing."""
_DAY = timedelta(days=1)
Interval = tuple[datetime, datetime]


class Calendar:
    """Answers for local times that all have one and the same time zone, or none."""

    def __init__(self, settings: CalendarSettings) -> None:
        self._lessons = sorted(_span(text) for text in settings.lessons)
        self._terms = [_days(text) for text in settings.terms]
        self._holidays = [_days(text) for text in settings.holidays]
        self._school_days = [_days(text) for text in settings.school_days]
        self._exams = [_days(text) for text in settings.exams]

    def opens(self, earliest: datetime, seconds: float) -> datetime | None:
        """The first moment from ``earliest`` on at which ``seconds`` pass without lesson or exam, or None."""
        moment, length = earliest, timedelta(seconds=seconds)
        while moment < earliest + timedelta(days=_HORIZON_DAYS):
            end = self._blocked_until(moment, moment + length)
            if end is None:
                return moment
            moment = end
        return None

    def _blocked_until(self, since: datetime, until: datetime) -> datetime | None:
        """The end of the first closed interval that overlaps ``since`` to ``until``, None without one."""
        day = since.date()
        while day <= until.date():
            for start, end in self._closed(day, since):
                if start < until and since < end:
                    return end
            day += _DAY
        return None

    def _closed(self, day: date, like: datetime) -> Iterable[Interval]:
        midnight = datetime.combine(day, time(), like.tzinfo)
        if _within(day, self._exams):
            return [(midnight, datetime.combine(day + _DAY, time(), like.tzinfo))]
        if not self._has_lessons(day):
            return []
        return [(midnight + start, midnight + end) for start, end in self._lessons]

    def _has_lessons(self, day: date) -> bool:
        if _within(day, self._school_days):
            return True
        if day.weekday() > _FRIDAY or _within(day, self._holidays):
            return False
        return not self._terms or _within(day, self._terms)


def _span(text: str) -> tuple[timedelta, timedelta]:
    start, _, end = text.partition("-")
    return _clock(start), _clock(end)


def _clock(text: str) -> timedelta:
    hours, _, minutes = text.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _days(text: str) -> tuple[date, date]:
    first, _, last = text.partition("/")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def _within(day: date, spans: Iterable[tuple[date, date]]) -> bool:
    return any(first <= day <= last for first, last in spans)
