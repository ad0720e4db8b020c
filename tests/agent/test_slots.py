"""The agent's turn to test the line."""

from collections.abc import Callable

import pytest

from agent import slots
from agent.errors import UnreachableError
from agent.runner import Job
from checks.registry import all_checks, default_options
from contract.api import SlotAnswer
from contract.reason import ReasonCode


def jobs() -> list[Job]:
    found = all_checks()
    return [Job(found[name], default_options(found[name]), 10.0) for name in ("host", "bandwidth")]


class Collector:
    """Answers as it was told; keeps what it heard."""

    def __init__(self, answer: SlotAnswer | Exception | None) -> None:
        self.answer = answer
        self.asked, self.slept, self.ended = 0, [0.0][:0], [""][:0]

    def ask(self) -> SlotAnswer | None:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def turn(self, given: list[Job]) -> list[ReasonCode | None]:
        told: Callable[[SlotAnswer], None] = lambda _answer: None  # noqa: E731 - nobody looks
        with slots.turn(given, self.ask, self.ended.append, self.slept.append, told) as allowed:
            return [job.skipped.code if job.skipped else None for job in allowed]


def test_a_granted_turn_is_waited_for_and_given_back() -> None:
    collector = Collector(SlotAnswer(state="granted", wait_s=12.5, slot="x"))
    assert collector.turn(jobs()) == [None, None]
    assert (collector.slept, collector.ended) == ([12.5], ["x"])


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (SlotAnswer(state="granted", wait_s=14_000, slot="x"), ReasonCode.SLOT_TOO_LATE),
        (SlotAnswer(state="stand_in", wait_s=60), ReasonCode.SLOT_TAKEN),
        (SlotAnswer(state="done", wait_s=3600), ReasonCode.LINE_TESTED_ALREADY),
        (
            SlotAnswer(state="never", wait_s=86_400, used_megabytes=100_000, budget_megabytes=100_000),
            ReasonCode.DATA_BUDGET_USED,
        ),
    ],
)
def test_a_machine_whose_turn_it_is_not_skips_the_speed_test_alone_and_says_why(
    answer: SlotAnswer, code: ReasonCode
) -> None:
    collector = Collector(answer)
    assert collector.turn(jobs()) == [None, code]
    assert not collector.slept
    assert not collector.ended


@pytest.mark.parametrize("answer", [None, UnreachableError("agent.uplink.unreachable", url="http://x", problem="no")])
def test_a_collector_that_knows_no_slots_or_cannot_be_asked_changes_nothing(answer: Exception | None) -> None:
    assert Collector(answer).turn(jobs()) == [None, None]


def test_without_a_speed_test_nobody_is_asked() -> None:
    collector = Collector(None)
    assert collector.turn(jobs()[:1]) == [None]
    assert collector.asked == 0
