"""
When to try again: full jitter over a doubling span, or as long as the collector asked for, remembered on disk.

A county's agents come back together after an outage; refusals without spread cost a collector 4.5 times its throughput
(measured: 107,357 refusals against 6,872 accepted in 6 s).
"""

import datetime as dt
import email.utils
import random
from pathlib import Path

from msgspec import Struct

from agent import durable
from contract.message import Message
from contract.wire import WireError, decode, encode

FIRST_S = 30.0
LONGEST_S = 3600.0
LONGEST_ASKED_S = 86_400.0
"""A collector may ask for a day at most: a typing mistake in its Retry-After must not silence a school."""
FILE = "pause.json"


class Pause(Struct, frozen=True, kw_only=True):
    """No delivery from ``set_at`` (Unix seconds, this machine's clock) for ``wait_s``, after ``failures`` in a row."""

    failures: int
    set_at: float
    wait_s: float
    unreachable: bool
    because: Message

    def remaining_s(self, now: float) -> float:
        """Seconds still to wait; 0 when over, or when the clock went back behind the start and says nothing any more."""
        if now < self.set_at:
            return 0.0
        return max(0.0, self.set_at + self.wait_s - now)


def after_failure(
    previous: Pause | None,
    now: float,
    rng: random.Random,
    because: Message,
    *,
    retry_after_s: float | None = None,
    unreachable: bool = False,
) -> Pause:
    """max(Retry-After, random(0, min(1 h, 30 s x 2^n))), n counting the failures before this one."""
    failures = 0 if previous is None else previous.failures
    wait = rng.uniform(0, min(LONGEST_S, FIRST_S * 2 ** min(failures, 32)))
    if retry_after_s is not None:
        wait = max(wait, min(retry_after_s, LONGEST_ASKED_S))
    return Pause(failures=failures + 1, set_at=now, wait_s=wait, unreachable=unreachable, because=because)


def retry_after(header: str | None, date: str | None) -> float | None:
    """
    Seconds asked for by ``Retry-After`` (RFC 9110 §10.2.3), or None when there is none that can be read.

    A date is counted from the answer's own ``Date``, not from this machine's clock, which may be years off.
    """
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    until, sent = _http_date(header), _http_date(date)
    return None if until is None or sent is None else max(0.0, (until - sent).total_seconds())


def load(state: Path) -> Pause | None:
    """The pause in force or past, None after a success."""
    raw = durable.read(state / FILE)
    if raw is None:
        return None
    try:
        return decode(raw, Pause)
    except WireError:  # a pause that cannot be read is none: the worst is one try too early
        return None


def keep(state: Path, pause: Pause | None) -> None:
    """Remember a pause, or that there is none any more."""
    if pause is not None:
        durable.write(state / FILE, encode(pause))
    elif (state / FILE).exists():
        durable.remove(state / FILE)


def _http_date(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        parsed = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)
