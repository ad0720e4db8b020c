"""Asks the collector for a turn before a speed test, waits for it, and gives it back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace

from agent.config import Configuration
from agent.desk import own_uplink
from agent.errors import AgentError
from agent.identity import Credentials
from agent.runner import Job
from contract.api import SlotAnswer
from contract.message import Message
from contract.reason import Reason, ReasonCode, because

CHECK = "bandwidth"
LONGEST_WAIT_S = 900.0
"""A turn further off is left to the next scheduled run; the collector keeps the appointment meanwhile."""
_GIGABYTE = 1000.0
Ask = Callable[[], SlotAnswer | None]
"""None from a collector that knows no slots."""


@contextmanager
def turn(
    jobs: Sequence[Job],
    ask: Ask,
    give_back: Callable[[str], None],
    sleep: Callable[[float], None],
    told: Callable[[SlotAnswer], None],
    longest_s: float = LONGEST_WAIT_S,
) -> Iterator[Sequence[Job]]:
    """
    The jobs, with the speed test marked as skipped and why when it is not this machine's turn.

    A collector that cannot be asked changes nothing: the check finds out by itself. ``told`` hears of a turn beforehand.
    """
    chosen = [job for job in jobs if job.check.id == CHECK and job.skipped is None]
    answer = _asked(ask) if chosen else None
    reason = None if answer is None else _refusal(answer, longest_s)
    if answer is not None and reason is None:
        told(answer)
        if answer.wait_s > 0:
            sleep(answer.wait_s)
    marked = jobs if reason is None else [replace(job, skipped=reason) if job in chosen else job for job in jobs]
    try:
        yield marked
    finally:
        if answer is not None and reason is None and answer.slot:
            _ended(give_back, answer.slot)


def held(
    jobs: Sequence[Job],
    config: Configuration,
    enrolled: Credentials | None,
    sleep: Callable[[float], None],
    told: Callable[[SlotAnswer], None],
) -> AbstractContextManager[Sequence[Job]]:
    """:func:`turn` of an enrolled machine. Without a collector there is nobody to ask."""
    if enrolled is None:
        return nullcontext(jobs)

    def ask() -> SlotAnswer | None:
        with own_uplink(config, enrolled) as uplink:
            return uplink.ask_slot()

    def end(slot: str) -> None:
        with own_uplink(config, enrolled) as uplink:
            uplink.end_slot(slot)

    return turn(jobs, ask, end, sleep, told)


def sentence(answer: SlotAnswer) -> Message:
    """What a person is told of a turn: when it comes, and how much of the month's data is gone."""
    seconds, used, budget = (round(value) for value in (answer.wait_s, answer.used_megabytes, answer.budget_megabytes))
    return Message("agent.slot.turn", {"seconds": seconds, "used": used, "budget": budget})


def _asked(ask: Ask) -> SlotAnswer | None:
    try:
        return ask()
    except AgentError:
        return None


def _ended(give_back: Callable[[str], None], slot: str) -> None:
    """A collector that cannot be told frees the place when the lease ends."""
    try:
        give_back(slot)
    except AgentError:
        return


def _refusal(answer: SlotAnswer, longest_s: float) -> Reason | None:
    minutes = max(1, round(answer.wait_s / 60))
    match answer.state:
        case "granted":
            return because(ReasonCode.SLOT_TOO_LATE, minutes=minutes) if answer.wait_s > longest_s else None
        case "stand_in":
            return because(ReasonCode.SLOT_TAKEN, minutes=minutes)
        case "done":
            return because(ReasonCode.LINE_TESTED_ALREADY, minutes=minutes)
        case _:
            used, budget = (round(value / _GIGABYTE, 1) for value in (answer.used_megabytes, answer.budget_megabytes))
            return because(ReasonCode.DATA_BUDGET_USED, used_gb=used, budget_gb=budget)
