"""How often one agent may report: a bucket that fills steadily, so that a spool may empty itself but nobody can flood."""

import random
from collections.abc import Callable
from dataclasses import dataclass

BURST = 1000
"""Reports at once: an agent that was cut off for three years and reported daily."""
PER_HOUR = 600
MOST_KNOWN = 100_000
"""Agents remembered at most, some 20 MB; beyond it those whose bucket is full again are forgotten, which changes nothing."""
SPREAD_S = 60


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rates:
    """One bucket an agent, in memory: a restart forgives."""

    def __init__(self, monotonic: Callable[[], float], burst: int = BURST, per_hour: int = PER_HOUR) -> None:
        self._now = monotonic
        self._burst = burst
        self._per_s = per_hour / 3600
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, school_id: str, agent_id: str) -> int | None:
        """None when the agent may go on; else the seconds it should wait, spread so that many do not return together."""
        now = self._now()
        if len(self._buckets) >= MOST_KNOWN:
            self._forget(now)
        bucket = self._buckets.setdefault((school_id, agent_id), _Bucket(float(self._burst), now))
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._per_s)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            return None
        return int((1 - bucket.left) / self._per_s) + random.SystemRandom().randint(1, SPREAD_S)

    def _forget(self, now: float) -> None:
        full = self._burst / self._per_s
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if now - bucket.at < full}
        if len(self._buckets) >= MOST_KNOWN:
            self._buckets.clear()
