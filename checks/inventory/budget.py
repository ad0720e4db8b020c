"""
How many frames a second a search may send: one budget, shared by every sender.

Common access switches count ARP per port: Cisco, D-Link and Planet ARP inspection close or drop at 15 a second, Ruijie's
NFPP limits a source to 4 a second and logs 15 in 10 s as a scan. The presets stay below those.
"""

from collections.abc import Callable
from enum import StrEnum


class Preset(StrEnum):
    """A pace that a switch of some kind tolerates."""

    QUIET = "quiet"
    """Below 15 frames in 10 s, which Ruijie logs as a scan."""
    POLITE = "polite"
    """Below 4 frames a second, Ruijie's limit per source."""
    DEFAULT = "default"
    """Below 15 frames a second, the default of ARP inspection."""
    FAST = "fast"
    """Below 100 frames a second; with the consent of who runs the switches."""
    LAB = "lab"
    """A network of one's own."""


FRAMES_PER_SECOND = {
    Preset.QUIET: 1.4,
    Preset.POLITE: 3.5,
    Preset.DEFAULT: 12.0,
    Preset.FAST: 90.0,
    Preset.LAB: 5000.0,
}


class Budget:
    """
    Evenly spaced frames: never two within 1 / ``rate``, and nothing saved up for later.

    ``clock`` is monotonic seconds. ``highest`` is the rate allowed, ``rate`` the one in force.
    """

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self.highest = self.rate = rate
        self.clock = clock
        self.spent = 0
        self.slowed = 0
        self._next_at = clock()

    @property
    def free_at(self) -> float:
        """When the next frame may go out, on ``clock``."""
        return self._next_at

    def spend(self, frames: float = 1) -> None:
        """Book what has just been sent; ``frames`` more than 1 where the system itself sends on our behalf."""
        self.spent += 1
        self._next_at = self.clock() + frames / self.rate

    def slow(self) -> bool:
        """Go down to the next preset; False when this is the slowest already."""
        lower = [rate for rate in FRAMES_PER_SECOND.values() if rate < self.rate]
        if not lower:
            return False
        self.rate = max(lower)
        self.slowed += 1
        return True
