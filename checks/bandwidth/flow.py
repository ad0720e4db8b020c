"""The values of a test: which way, within what limits, and what it gave."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from checks.bandwidth.overhead import Packet
from checks.bandwidth.plateau import Curve, Stretch


class Direction(StrEnum):
    """Seen from this machine."""

    DOWNLOAD = "download"
    UPLOAD = "upload"


class Ended(StrEnum):
    """Why the streams were stopped."""

    SETTLED = "settled"
    SECONDS = "seconds"
    BYTES = "bytes"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard limits of one direction. ``connections`` is where it begins, ``most`` where doubling ends."""

    seconds: float
    bytes: int
    connections: int
    most: int
    hold_s: float = 0.0
    """The rate must have stood for the later half of so many seconds; 0 ends at the first plateau."""


@dataclass(frozen=True, slots=True)
class World:
    """What the engine uses of the machine. ``card`` gives the network card's (received, sent) bytes, or None."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    card: Callable[[], tuple[int, int] | None]
    load: Callable[[], tuple[float, float, float]]
    """(own CPU seconds, busy CPU seconds of the machine, all CPU seconds of the machine) since some moment."""


@dataclass(slots=True)
class Trace:
    """Raw samples; times are seconds since the first request left."""

    curve: Curve = field(default_factory=Curve)
    received: Curve = field(default_factory=Curve)
    sent: Curve = field(default_factory=Curve)
    """Both of the network card."""
    again: Curve = field(default_factory=Curve)
    """Segments that the sender sent again, where its system tells."""
    load: list[tuple[float, float, float, float]] = field(default_factory=list)
    round_trips: list[tuple[float, float]] = field(default_factory=list)
    connections: list[tuple[float, int]] = field(default_factory=list)
    ticks: int = 0
    late_ticks: int = 0


@dataclass(frozen=True, slots=True)
class Flow:
    """What one direction gave."""

    direction: Direction
    ended: Ended
    stretch: Stretch
    saturated: bool
    packet: Packet
    mss: int | None
    timestamps: bool
    segments: tuple[int, int] | None
    """(retransmitted, sent) by this machine, where the system tells."""
    moved_bytes: int
    seconds: float
    connections: int
    idle_ms: float | None
    trace: Trace
    confirmed: bool = True
    """False when it ended at the first plateau, which an allowance for bursts can make too high."""
    server_mbit_s: float | None = None
    """What the server's own line left for this test; None when nobody has declared it."""
    server_proven: bool = False
    """A second server gave the same: neither of them was the limit."""

    def round_trips(self) -> list[float]:
        """Milliseconds, of the questions asked within the stretch that counts."""
        inside = [ms for at_s, ms in self.trace.round_trips if self.stretch.since_s <= at_s <= self.stretch.until_s]
        return inside or [ms for _, ms in self.trace.round_trips]
