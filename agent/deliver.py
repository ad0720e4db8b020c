"""Brings what is spooled to the collector, oldest first. Each answer decides about one report; nothing else removes any."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from agent import backoff
from agent.errors import UnreachableError
from agent.signing import Signer
from agent.spool import Entry, ParkReason, Spool
from agent.uplink import Refusal, Uplink
from contract.exit_code import ExitCode
from contract.message import Message

PARKED = frozenset({400, 401, 403, 409, 413, 415, 422})
"""Refusals that the same bytes would meet again."""
CREDENTIAL = frozenset({401, 403})
"""These are about the agent, not about the report: the next report would meet the same."""
CONFLICT = 409
INTERNAL = 500


@dataclass(slots=True)
class Delivery:
    """How a delivery went. ``failure`` is why it stopped early, None when every report was dealt with."""

    delivered: int = 0
    parked: list[tuple[str, ParkReason]] = field(default_factory=list)
    waiting: int = 0
    failure: Message | None = None
    exit_code: ExitCode = ExitCode.DONE
    wait_s: float = 0.0
    paused: bool = False
    """Nothing was tried, because ``wait_s`` of an earlier failure were left."""
    cloned: bool = False
    """The collector has seen another machine with this identity."""


def deliver(
    spool: Spool,
    uplink: Uplink,
    signer: Signer,
    *,
    wall: Callable[[], dt.datetime],
    rng: random.Random,
    ignore_pause: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Delivery:
    """
    Post every waiting report, oldest first. The caller holds the run lock.

    2xx with the report's own receipt: deleted. :data:`PARKED`: laid aside with the reason. 429, 5xx and no answer: all
    stays, and :mod:`agent.backoff` sets a pause that survives this process. A 500 ends the delivery at its second time only:
    one report that a collector chokes on does not hold up those behind it.
    """
    queue = spool.waiting()
    result = Delivery(waiting=len(queue))
    pause = backoff.load(spool.folder)
    if queue and pause is not None and not ignore_pause:
        remaining = pause.remaining_s(wall().timestamp())
        if remaining > 0:
            result.wait_s, result.paused = remaining, True
            result.failure = pause.because
            result.exit_code = ExitCode.UNREACHABLE if pause.unreachable else ExitCode.TRY_AGAIN
            return result
    stop: _Stop | None = None
    faults = 0
    for done, entry in enumerate(queue):
        progress(done, len(queue))
        met = _post(spool, uplink, signer, entry, result, wall)
        if met is not None:
            stop = met
            faults += 1
            if met.final or faults > 1:
                break
    result.waiting = len(spool.waiting())
    if stop is not None:
        result.failure = stop.because
        if stop.pauses:
            _pause(spool, result, pause, wall, rng, stop)
        else:
            result.exit_code = ExitCode.NOT_PERMITTED
    elif queue:
        backoff.keep(spool.folder, None)
        result.exit_code = ExitCode.TRY_AGAIN if result.parked else ExitCode.DONE
    return result


@dataclass(frozen=True, slots=True)
class _Stop:
    """Why a report was not taken, when that says something about the next one."""

    because: Message
    unreachable: bool = False
    final: bool = True
    pauses: bool = True
    asked_s: float | None = None


def _post(
    spool: Spool, uplink: Uplink, signer: Signer, entry: Entry, result: Delivery, wall: Callable[[], dt.datetime]
) -> _Stop | None:
    """One report: deliver it, park it, or say why not."""
    body = spool.body(entry)
    try:
        answer = uplink.post_report(body, signer.headers(entry.report_id, entry.sequence, body))
    except UnreachableError as error:
        return _Stop(error.message, unreachable=True)
    if isinstance(answer, Refusal):
        if answer.status in PARKED and not _is_there_in_full(answer, entry):
            reason = _park_reason(answer, wall())
            spool.park(entry, reason)
            result.parked.append((entry.report_id, reason))
            return _Stop(answer.error.message, pauses=False) if answer.status in CREDENTIAL else None
        if answer.status not in PARKED:
            return _Stop(answer.error.message, final=answer.status != INTERNAL, asked_s=answer.retry_after_s)
    elif answer.report_id != entry.report_id:
        return _Stop(Message("agent.uplink.not_the_collector", {"url": uplink.url}), unreachable=True)
    else:
        signer.received(answer)
        result.cloned = result.cloned or answer.cloned
    spool.delivered(entry)
    result.delivered += 1
    return None


def _pause(
    spool: Spool,
    result: Delivery,
    previous: backoff.Pause | None,
    wall: Callable[[], dt.datetime],
    rng: random.Random,
    stop: _Stop,
) -> None:
    known = None if result.delivered else previous  # a success in between starts the doubling anew
    pause = backoff.after_failure(
        known,
        wall().timestamp(),
        rng,
        stop.because,
        retry_after_s=stop.asked_s,
        unreachable=stop.unreachable,
    )
    backoff.keep(spool.folder, pause)
    result.wait_s = pause.wait_s
    nothing_done = stop.unreachable and not result.delivered
    result.exit_code = ExitCode.UNREACHABLE if nothing_done else ExitCode.TRY_AGAIN


def _is_there_in_full(answer: Refusal, entry: Entry) -> bool:
    """
    True for 409 to a report that was trimmed here.

    Only this agent ever made the id, so the other body under it is the same report before trimming, whose receipt was lost.
    """
    return answer.status == CONFLICT and entry.trimmed


def _park_reason(answer: Refusal, at: dt.datetime) -> ParkReason:
    problem = answer.problem
    if problem is None:
        return ParkReason(status=answer.status, at=at, code="agent.uplink.status", params={"status": answer.status})
    return ParkReason(
        status=answer.status,
        at=at,
        code=problem.code,
        title=problem.title[:500],
        field=problem.field,
        params=problem.params,
    )
