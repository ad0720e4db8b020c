"""When schools may be measured, and how much: the part ``slots`` of the collector's configuration."""

from typing import Annotated

from msgspec import Meta, Struct, field

from contract.settings import described

Span = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d\Z")]
Days = Annotated[
    str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(/\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?\Z")
]


class CalendarSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The schools' calendar; times and days are those of ``collector.time_zone``."""

    lessons: Annotated[
        list[Span],
        described(
            "上课时段，如 08:00-11:50；上课时不测速。周一至周五有效",
            "lesson times, e.g. 08:00-11:50, on Monday to Friday: no speed test then",
        ),
    ] = []
    terms: Annotated[
        list[Days],
        described(
            "学期，如 2026-02-25/2026-07-05；不填则全年都算学期",
            "terms, e.g. 2026-02-25/2026-07-05; the whole year when left out",
        ),
    ] = []
    holidays: Annotated[list[Days], described("学期中的放假日", "days off within a term")] = []
    school_days: Annotated[list[Days], described("调休上课的周末", "weekends with lessons, in exchange for a holiday")] = []
    exams: Annotated[list[Days], described("考试日，全天不测速", "exam days: no speed test all day")] = []


class SlotSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leases of speed tests."""

    calendar: Annotated[CalendarSettings, described("校历", "the schools' calendar")] = field(
        default_factory=CalendarSettings
    )
    lease_seconds: Annotated[
        int,
        described(
            "一次测速预留的时长（秒）；到期自动释放", "seconds reserved for one test; it ends by itself", ge=30, le=3600
        ),
    ] = 120
    spread_seconds: Annotated[
        int,
        described(
            "开始时间随机推迟的上限（秒），避免同时开始",
            "starts are delayed by up to so many seconds, so that they spread",
            ge=0,
            le=600,
        ),
    ] = 5
    rest_hours: Annotated[
        float,
        described(
            "同一出口测完后多少小时内不再安排其他电脑测速",
            "hours after a test of a line in which no other machine tests it",
            ge=0,
            le=744,
        ),
    ] = 20.0
    monthly_gigabytes: Annotated[
        float,
        described(
            "每所学校每月测速流量上限（GB）；用完后当月不再测速",
            "gigabytes of speed tests per school and month; none after that until the next month",
            gt=0,
            le=100_000,
        ),
    ] = 100.0
