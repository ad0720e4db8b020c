"""
How many connections a line needs: 8, doubled while that makes it faster.

Loss, not bandwidth, decides it: at 1 % random loss and 20 ms, 8 connections read half the truth in a perfectly steady way,
24 are exact (measured). So a plateau alone proves nothing; either a queue stands before the line, or more connections must
have been tried and gained less than 3 %.
"""

from checks.bandwidth.plateau import STEP_S, WINDOW_S, Curve

GAIN = 0.03
SETTLE_S = 0.8
"""From adding connections to the start of the 1-s mean that judges them, on a short line."""
SETTLE_TRIPS = 25
"""
The same in round trips. Slow start overshoots a queue of 50 ms and CUBIC needs 2 to 3 s at 100 ms to come back: connections
added meanwhile push the others out, and the line reads 8 to 16 % low (measured).
"""


class Ramp:
    """Decides when to add connections. ``since_s`` is when the present number began."""

    def __init__(self, connections: int, most: int, idle_ms: float | None = None) -> None:
        self.settle_s = max(SETTLE_S, SETTLE_TRIPS * (idle_ms or 0.0) / 1000)
        self.connections = connections
        self.most = most
        self.since_s = 0.0
        self.done = False
        """No more will be added."""
        self.still_growing = False
        """Set when the highest number was reached while each doubling still helped: the value is a lower bound."""
        self._before: float | None = None

    def step(self, curve: Curve, *, queue_stands: bool) -> int:
        """How many connections to add now."""
        end_s = curve.end_s
        if self.done or queue_stands or end_s < self.since_s + self.settle_s + WINDOW_S:
            return 0
        mean = curve.mbit_s(end_s - WINDOW_S, end_s)
        if mean > curve.mbit_s(end_s - WINDOW_S - STEP_S, end_s - STEP_S) * (1 + GAIN):
            return 0  # it grows by itself
        if self._before is not None and mean <= self._before * (1 + GAIN):
            self.done = True
            return 0
        added = min(self.connections, self.most - self.connections)
        if added <= 0:
            self.done, self.still_growing = True, self._before is not None
            return 0
        self._before, self.since_s = mean, end_s
        self.connections += added
        return added
