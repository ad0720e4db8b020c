"""
Permission to move bulk data: who may test now, how much, how long, and what has passed so far.

No I/O and no clock of its own, so that every limit is tested with a clock that a test sets. All calls come from one event
loop; nothing here waits.
"""

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from collector.errors import CollectorError
from collector.speed.settings import SpeedSettings
from contract.api import SpeedCount

SAMPLE_SECONDS = 0.1
"""Spacing of the upload's samples. A plateau is looked for in windows of 1 s, so one sample is a tenth of a window."""
_SLACK_SECONDS = 1e-6
_MOST_SAMPLES = 4000
"""Bound of one session's memory: 400 s of samples, more than ``max_seconds`` admits."""


class SpeedError(CollectorError):
    """Root of what this package refuses."""


class BusyError(SpeedError):
    """Not now. ``retry_after_s`` is a whole number of seconds, at least 1."""

    retry = True

    def __init__(self, code: str, /, retry_after_s: int) -> None:
        super().__init__(code, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class NoSessionError(SpeedError):
    """The session is unknown, ended, or of another school; the three are not told apart to who asks."""


@dataclass(slots=True)
class Stream:
    """What has passed in one direction. ``started_at`` is the arrival or departure of its first byte."""

    bytes: int = 0
    started_at: float | None = None
    latest_at: float = 0.0


@dataclass(slots=True)
class Session:
    """One school's permission. Times are seconds of the injected clock."""

    name: str
    school_id: str
    agent_id: str
    max_bytes: int
    max_seconds: float
    expires_at: float
    seen_at: float
    ended: bool = False
    sent: Stream = field(default_factory=Stream)
    received: Stream = field(default_factory=Stream)
    samples: list[tuple[float, int]] = field(default_factory=list)

    def room(self, stream: Stream, now: float) -> int:
        """Bytes that may still pass in this direction at ``now``; 0 when a limit is reached or the session is over."""
        if self.ended or now >= self.expires_at:
            return 0
        if stream.started_at is not None and now - stream.started_at >= self.max_seconds:
            return 0
        return max(0, self.max_bytes - stream.bytes)

    def seconds_left(self, stream: Stream, now: float) -> float:
        """Seconds that this direction may still take."""
        started_at = now if stream.started_at is None else stream.started_at
        return max(0.0, min(self.expires_at, started_at + self.max_seconds) - now)

    def count_sent(self, size: int, now: float) -> None:
        """``size`` bytes were handed to the connection: an upper bound of what the client got, for the limit only."""
        if self.sent.started_at is None:
            self.sent.started_at = now
        self.sent.bytes += size
        self.seen_at = now

    def count_received(self, size: int, now: float) -> None:
        """``size`` bytes of the upload arrived; a sample is kept each :data:`SAMPLE_SECONDS`."""
        if self.received.started_at is None:
            self.received.started_at = now
        self.received.bytes += size
        self.received.latest_at = self.seen_at = now
        since = now - self.received.started_at
        if not self.samples or (
            since - self.samples[-1][0] >= SAMPLE_SECONDS - _SLACK_SECONDS and len(self.samples) < _MOST_SAMPLES
        ):
            self.samples.append((round(since, 4), self.received.bytes))

    def count(self) -> SpeedCount:
        """What has passed so far; the newest arrival is the last sample, so that a short upload has two."""
        samples = list(self.samples)
        if self.received.started_at is not None:
            since = round(self.received.latest_at - self.received.started_at, 4)
            if since > samples[-1][0]:
                samples.append((since, self.received.bytes))
        return SpeedCount(received_bytes=self.received.bytes, samples=samples, sent_bytes=self.sent.bytes)


class SpeedSessions:
    """
    The open sessions of one collector process.

    One per school, so that two machines of a school do not halve each other's result; at most ``max_concurrent`` in all, so
    that the collector's own line is not the limit. An agent that asks again (it was killed in a test) replaces its own.
    """

    def __init__(
        self,
        settings: SpeedSettings,
        clock: Callable[[], float],
        names: Callable[[], str] = lambda: secrets.token_urlsafe(18),
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._names = names
        self._open: dict[str, Session] = {}

    def __len__(self) -> int:
        """Sessions that hold a place now."""
        self._sweep()
        return len(self._open)

    def open(self, school_id: str, agent_id: str) -> Session:
        """A new session. Raises :class:`BusyError` (``problem.speed_school_busy``, ``problem.speed_busy``)."""
        self._sweep()
        now = self.clock()
        for other in [session for session in self._open.values() if session.school_id == school_id]:
            if other.agent_id != agent_id:
                raise BusyError("problem.speed_school_busy", self._wait(other, now))
            self._end(other)
        if len(self._open) >= self.settings.max_concurrent:
            soonest = min(self._wait(session, now) for session in self._open.values())
            raise BusyError("problem.speed_busy", soonest)
        session = Session(
            name=self._names(),
            school_id=school_id,
            agent_id=agent_id,
            max_bytes=self.settings.max_megabytes * 1_000_000,
            max_seconds=self.settings.max_seconds,
            expires_at=now + self.settings.session_seconds,
            seen_at=now,
        )
        self._open[session.name] = session
        return session

    def get(self, name: str, school_id: str) -> Session:
        """The school's open session of that name. Raises :class:`NoSessionError` (``problem.speed_no_session``)."""
        self._sweep()
        session = self._open.get(name)
        if session is None or session.school_id != school_id:
            raise NoSessionError("problem.speed_no_session")
        session.seen_at = self.clock()
        return session

    def close(self, name: str, school_id: str) -> None:
        """Free the place; the session's connections end at their next chunk. Raises :class:`NoSessionError`."""
        self._end(self.get(name, school_id))

    def _end(self, session: Session) -> None:
        session.ended = True
        self._open.pop(session.name, None)

    def _sweep(self) -> None:
        now = self.clock()
        for session in list(self._open.values()):
            if now >= session.expires_at or now - session.seen_at >= self.settings.idle_seconds:
                self._end(session)

    def _wait(self, session: Session, now: float) -> int:
        """
        Seconds after which asking again is worthwhile.

        A test of both directions takes about 7 s when nothing is wrong, so a quarter of the longest it may take, at most
        what is left of the session.
        """
        usual = self.settings.max_seconds / 4
        return max(1, math.ceil(min(usual, session.expires_at - now)))
