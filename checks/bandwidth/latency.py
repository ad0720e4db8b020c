"""
Round trips over one kept-alive connection, idle and beside the load.

The time is taken from the send to the moment the answer's bytes wake the select call, so the 10-ms tick of the bulk does not
round it.
"""

import selectors
import statistics
from collections.abc import Callable

from checks.bandwidth.connection import HTTP_OK, Exchange, Place
from checks.registry import CheckError
from contract.reason import ReasonCode

EVERY_S = 0.2
STANDING_MS = 5.0
"""Rise of the round trip that shows a queue standing before the line. Below it, scheduling noise looks the same."""
_EMPTY = ("/v1/speed/ping", "/empty.php")
"""What answers nothing to a GET; of anything else only the head is asked for."""
_NO_CONTENT = 204
_FEWEST = 3


class Pinger:
    """Asks each :data:`EVERY_S` seconds, one question at a time; :meth:`rest` sleeps and takes answers on time."""

    def __init__(self, place: Place, path: str, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self.round_trips: list[tuple[float, float]] = []
        """(moment of asking on the clock, milliseconds)"""
        self.lost = False
        """The connection ended: no more round trips, which is no reason to stop measuring the rate."""
        self._exchange = Exchange(place)
        self._path = path
        self._clock, self._sleep = clock, sleep
        self._selector: selectors.BaseSelector | None = None
        self._next = clock()

    def advance(self) -> bool:
        """Go on connecting; True when ready. Raises OSError."""
        return self._exchange.wire.advance()

    def rest(self, until: float) -> None:
        """Sleep to ``until`` on the clock; ask when it is time, and note an answer when it comes."""
        while True:
            now = self._clock()
            if not self.lost and self._exchange.idle and now >= self._next:
                self._next = now + EVERY_S
                self._ask(now)
            if now >= until:
                return
            if self.lost or self._exchange.asked_at is None:
                self._sleep(until - now)
            elif self._waiting().select(until - now):
                self._take()

    def _ask(self, now: float) -> None:
        try:
            self._exchange.ask("GET" if self._path.endswith(_EMPTY) else "HEAD", self._path, now)
        except OSError:
            self.lost = True

    def _take(self) -> None:
        asked_at = self._exchange.asked_at
        try:
            answer = self._exchange.poll()
        except OSError:
            self.lost = True
            return
        if answer is None or asked_at is None:
            return
        if answer[0] in (HTTP_OK, _NO_CONTENT):
            self.round_trips.append((asked_at, (self._clock() - asked_at) * 1000))
        else:
            self.lost = True

    def _waiting(self) -> selectors.BaseSelector:
        if self._selector is None:
            self._selector = selectors.DefaultSelector()
            self._selector.register(self._exchange.wire.socket, selectors.EVENT_READ)
        return self._selector

    def close(self) -> None:
        """Drop the connection."""
        if self._selector is not None:
            self._selector.close()
        self._exchange.close()


def idle(
    place: Place,
    path: str,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    *,
    seconds: float = 1.0,
    patience_s: float = 5.0,
) -> list[float]:
    """Round trips in milliseconds during ``seconds`` without load. Raises CheckError ``collector_unreachable``."""
    pinger = Pinger(place, path, clock, sleep)
    try:
        limit = clock() + patience_s
        while not pinger.advance():
            if clock() >= limit:
                raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem="timeout")
            sleep(0.005)
        end = clock() + seconds
        while clock() < end:
            pinger.rest(min(end, clock() + EVERY_S / 2))
    except OSError as error:
        raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem=str(error)) from error
    finally:
        pinger.close()
    return [milliseconds for _, milliseconds in pinger.round_trips]


def queue_stands(round_trips: list[float], idle_ms: float | None) -> bool:
    """
    Whether a queue stood before the line all the time: even the lower quartile is :data:`STANDING_MS` above idle.

    A full link with a buffer shows this. A mean would also rise from a queue that comes and goes, as with 16 connections at
    1 % loss, where the line is 6 to 9 % short of full.
    """
    if idle_ms is None or len(round_trips) < _FEWEST:
        return False
    return statistics.quantiles(round_trips, n=4)[0] - idle_ms >= STANDING_MS
