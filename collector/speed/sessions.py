"""
Permission to move bulk data: who may test now, how much, how long, and what has passed so far.

No I/O and no clock of its own, so that every limit is tested with a clock that a test sets. Calls come from one event loop
or from the threads of the fast server; nothing here waits.
"""

import math
import secrets
import threading
from collections.abc import Callable
from datetime import datetime

from collector.errors import CollectorError
from collector.speed.session import Session
from collector.speed.settings import SpeedSettings


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
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """Sessions that hold a place now."""
        with self._lock:
            self._sweep()
            return len(self._open)

    def open(
        self, school_id: str, agent_id: str, *, report_id: str = "", peer: str = "", opened_at: datetime | None = None
    ) -> Session:
        """A new session. Raises :class:`BusyError` (``problem.speed_school_busy``, ``problem.speed_busy``)."""
        with self._lock:
            session = self._opened(school_id, agent_id)
        session.report_id, session.peer, session.opened_at = report_id, peer, opened_at
        return session

    def _opened(self, school_id: str, agent_id: str) -> Session:
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
        for each in self._open.values():
            each.most_open = max(each.most_open, len(self._open))
        return session

    def get(self, name: str, school_id: str) -> Session:
        """The school's open session of that name. Raises :class:`NoSessionError` (``problem.speed_no_session``)."""
        with self._lock:
            self._sweep()
            session = self._open.get(name)
        if session is None or session.school_id != school_id:
            raise NoSessionError("problem.speed_no_session")
        session.seen_at = self.clock()
        return session

    def find(self, name: str) -> Session | None:
        """The open session of that name, of whatever school."""
        with self._lock:
            self._sweep()
            session = self._open.get(name)
            if session is not None:
                session.seen_at = self.clock()
        return session

    def close(self, name: str, school_id: str) -> None:
        """Free the place; the session's connections end at their next chunk. Raises :class:`NoSessionError`."""
        with self._lock:
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
