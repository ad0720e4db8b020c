"""One school's permission to move bulk data, and what has passed under it. No I/O; counted from one loop or many threads."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from contract.api import SpeedCount

SAMPLE_SECONDS = 0.1
"""Spacing of the samples. A plateau is looked for in windows of 1 s, so one sample is a tenth of a window."""
_SLACK_SECONDS = 1e-6
_MOST_SAMPLES = 4000
"""Bound of one session's memory: 400 s of samples, more than ``max_seconds`` admits."""
_LEAST_SECONDS = 1.0


@dataclass(slots=True)
class Stream:
    """What has passed in one direction. ``started_at`` is the arrival or departure of its first byte."""

    bytes: int = 0
    started_at: float | None = None
    latest_at: float = 0.0
    samples: list[tuple[float, int]] = field(default_factory=list)
    """(seconds since ``started_at``, total bytes)"""

    def add(self, size: int, now: float) -> None:
        """``size`` bytes more; a sample is kept each :data:`SAMPLE_SECONDS`."""
        if self.started_at is None:
            self.started_at = now
        self.bytes += size
        self.latest_at = now
        since = now - self.started_at
        if not self.samples or (
            since - self.samples[-1][0] >= SAMPLE_SECONDS - _SLACK_SECONDS and len(self.samples) < _MOST_SAMPLES
        ):
            self.samples.append((round(since, 4), self.bytes))

    def curve(self) -> list[tuple[float, int]]:
        """The samples with the newest count as the last, so that a short transfer has two."""
        samples = list(self.samples)
        if self.started_at is not None and samples:
            since = round(self.latest_at - self.started_at, 4)
            if since > samples[-1][0]:
                samples.append((since, self.bytes))
        return samples

    def later_half_mbit_s(self) -> float | None:
        """
        Mean rate of the later half, None below 1 s.

        An allowance for bursts is used up first, so the later half is what a receipt vouches for.
        """
        curve = self.curve()
        if len(curve) < 2 or curve[-1][0] < _LEAST_SECONDS:  # noqa: PLR2004 - a rate needs two samples
            return None
        end_s, total = curve[-1]
        start_s, before = next(point for point in curve if point[0] >= end_s / 2)
        return (total - before) * 8e-6 / (end_s - start_s) if end_s > start_s else None


@dataclass(slots=True)
class Session:
    """One school's permission. Times are seconds of the injected clock, but for ``opened_at``."""

    name: str
    school_id: str
    agent_id: str
    max_bytes: int
    max_seconds: float
    expires_at: float
    seen_at: float
    opened_at: datetime | None = None
    report_id: str = ""
    """The report that the result is for: its receipt is good for no other."""
    peer: str = ""
    most_open: int = 1
    """The largest number of sessions that were open at a time while this one was."""
    ended: bool = False
    sent: Stream = field(default_factory=Stream)
    received: Stream = field(default_factory=Stream)
    segments: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By connection: (retransmitted, sent) segments of this server, where the system tells."""
    lock: threading.Lock = field(default_factory=threading.Lock)

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
        """``size`` bytes were handed to the connection: what the client got but for the buffers on the way."""
        with self.lock:
            self.sent.add(size, now)
            self.seen_at = now

    def count_received(self, size: int, now: float) -> None:
        """``size`` bytes of the upload arrived."""
        with self.lock:
            self.received.add(size, now)
            self.seen_at = now

    def note_segments(self, connection: int, counted: tuple[int, int]) -> None:
        """The newest counts of a connection."""
        with self.lock:
            self.segments[connection] = counted

    def count(self, line_mbit_s: float | None = None) -> SpeedCount:
        """What has passed so far. ``line_mbit_s`` is the server's own line, shared by the sessions that were open."""
        with self.lock:
            pairs = list(self.segments.values())
            return SpeedCount(
                received_bytes=self.received.bytes,
                samples=self.received.curve(),
                sent_bytes=self.sent.bytes,
                server_mbit_s=None if line_mbit_s is None else line_mbit_s / self.most_open,
                resent=(sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)) if pairs else None,
            )
