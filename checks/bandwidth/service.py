"""The collector's permission to test: asked for, waited for politely, given back."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from checks.bandwidth.connection import HTTP_OK, Exchange, Head, Place
from checks.registry import CheckError, Skipped
from contract.api import Problem, SignedReceipt, SpeedRequest, SpeedSession
from contract.errors import CampusError
from contract.message import Message
from contract.reason import ReasonCode
from contract.wire import WireError, decode, encode

_CREATED, _BUSY, _OVERLOADED = 201, 429, 503
_PATIENCE_S = 10.0
_USUAL_WAIT_S = 10.0
"""When a refusal says nothing about when to come back."""
Progress = Callable[[Message, float | None], None]


@dataclass(slots=True)
class Grant:
    """An open session; ``receipt`` is there after it was given back, where the server signs."""

    session: SpeedSession
    receipt: SignedReceipt | None = None


def request(
    place: Place, method: str, path: str, *, clock: Callable[[], float], sleep: Callable[[float], None], body: bytes = b""
) -> tuple[int, Head, bytes]:
    """One small request on a connection of its own. Raises CheckError ``collector_unreachable``."""
    exchange = Exchange(place)
    limit = clock() + _PATIENCE_S
    try:
        while not exchange.wire.advance():
            _before(limit, clock)
            sleep(0.002)
        exchange.ask(method, path, clock(), body)
        while (answer := exchange.poll()) is None:
            _before(limit, clock)
            sleep(0.002)
    except OSError as error:
        raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem=str(error)) from error
    finally:
        exchange.close()
    return answer[0], exchange.head, answer[1]


def _before(limit: float, clock: Callable[[], float]) -> None:
    if clock() >= limit:
        raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem="timeout")


@contextmanager
def session(
    place: Place,
    *,
    give_up_at: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    rng: random.Random,
    progress: Progress,
    report_id: str = "",
) -> Iterator[Grant]:
    """
    An open session for the result that ``report_id`` will carry, given back at the end whatever happened.

    While the collector is busy it is asked again after its ``Retry-After`` and up to a quarter more, so that schools that
    were refused together do not come back together; not past ``give_up_at`` on the clock. Then, and for any other refusal:
    :class:`Skipped` ``collector_refused`` with the problem's code.
    """
    granted = Grant(_open(place, give_up_at, clock, sleep, rng, progress, report_id))
    try:
        yield granted
    finally:
        granted.receipt = _give_back(place, granted.session, clock, sleep)


def _open(
    place: Place,
    give_up_at: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    rng: random.Random,
    progress: Progress,
    report_id: str,
) -> SpeedSession:
    wanted = encode(SpeedRequest(report_id=report_id))
    while True:
        progress(Message("bandwidth.progress.open"), 0.0)
        status, head, body = request(place, "POST", "/v1/speed/sessions", clock=clock, sleep=sleep, body=wanted)
        if status == _CREATED:
            return decode(body, SpeedSession)
        named = head.value("retry-after")
        wait_s = (float(named) if named.isdigit() else _USUAL_WAIT_S) * (1 + rng.random() / 4)
        if status not in (_BUSY, _OVERLOADED) or clock() + wait_s >= give_up_at:
            raise Skipped(ReasonCode.COLLECTOR_REFUSED, problem=_problem(status, body))
        progress(Message("bandwidth.progress.wait", {"seconds": round(wait_s)}), 0.0)
        sleep(wait_s)


def _give_back(
    place: Place, granted: SpeedSession, clock: Callable[[], float], sleep: Callable[[float], None]
) -> SignedReceipt | None:
    """A collector that cannot be told frees the place by itself after 20 s without a sign of life."""
    try:
        status, _, body = request(place, "DELETE", f"/v1/speed/sessions/{granted.session}", clock=clock, sleep=sleep)
        return decode(body, SignedReceipt) if status == HTTP_OK else None
    except (CheckError, WireError):
        return None


def _problem(status: int, body: bytes) -> str:
    """The problem's code when the answer holds one: it is put into words with the reason."""
    try:
        return decode(body, Problem).code
    except CampusError:  # a proxy in between answers in HTML
        return f"HTTP {status}"
