"""Time as the collector sees it: the calendar for what is stored, the monotonic clock for durations."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` gives an aware UTC time, ``monotonic`` seconds from an arbitrary start."""

    now: Callable[[], datetime] = _utc_now
    monotonic: Callable[[], float] = time.monotonic
