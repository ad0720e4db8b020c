"""Who tests when: one county's morning in simulated time, over a real database and several workers of it."""

import heapq
import itertools
import random
import threading
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.slots.gate import ClosedError, Gate
from collector.slots.leases import Answer, Asked, Leases, State
from collector.slots.settings import CalendarSettings, SlotSettings
from collector.store.engine import database_url
from collector.store.store import Store

ZONE = ZoneInfo("Asia/Shanghai")
EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=ZONE)
LESSONS = [("08:00", "11:50"), ("14:00", "17:30")]
SCHOOLS, AGENTS, CAPACITY = 500, 5, 10
TEST_S = 45
Test = tuple[datetime, datetime, str, str]


def make(
    folder: Path, settings: SlotSettings | None = None, servers: dict[str, int] | None = None, now: datetime = EIGHT
) -> Gate:
    names = itertools.count()
    leases = Leases(
        settings or SlotSettings(calendar=CalendarSettings(lessons=["-".join(span) for span in LESSONS])),
        servers or {"one": CAPACITY},
        ZONE,
        lambda most_s: random.Random(7).uniform(0, most_s),
        lambda: f"slot-{next(names)}-{threading.get_ident()}",
    )
    return Gate(leases, Store(database_url("c.db", folder), lambda: now), lambda: now)


def ask(gate: Gate, school: str, agent: str, at: datetime, uplink: str = "192.0.2.1") -> Answer:
    item = Asked(school_id=school, agent_id=agent, uplink=uplink, at=at)
    return gate._store.write(gate.leases.ask, [item])[0]


def finish(gate: Gate, school: str, slot: str, at: datetime) -> bool:
    return gate._store.write(gate.leases.finish, [(school, slot, at)])[0]


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Test], dict[str, State]]:
    """All tests of the day, and how it ended for each agent: events in order of time, as agents would act."""
    gate = make(tmp_path_factory.mktemp("morning"))
    rng = random.Random(42)
    order = itertools.count()
    events: list[tuple[datetime, int, str, str, str]] = []
    for number, machine in itertools.product(range(SCHOOLS), range(AGENTS)):
        at = EIGHT + timedelta(seconds=rng.uniform(-2, 2))
        events.append((at, next(order), "ask", f"s{number}", f"s{number}.a{machine}"))
    heapq.heapify(events)
    tests: list[Test] = []
    ended: dict[str, State] = {}
    while events:
        at, _, kind, school, agent = heapq.heappop(events)
        if kind.startswith("end:"):
            assert finish(gate, school, kind.removeprefix("end:"), at)
            continue
        answer = ask(gate, school, agent, at)
        wait = timedelta(seconds=gate.leases.start_in_s(answer, at))
        if answer.state is State.GRANTED:
            tests.append((at + wait, at + wait + timedelta(seconds=TEST_S), school, agent))
            ended[agent] = State.GRANTED
            heapq.heappush(events, (at + wait + timedelta(seconds=TEST_S), next(order), f"end:{answer.slot}", school, agent))
        elif answer.state is State.STAND_IN:
            heapq.heappush(events, (at + wait, next(order), "ask", school, agent))
        else:
            ended[agent] = answer.state
    gate._store.close()
    return tests, ended


def test_every_school_is_tested_once_and_every_machine_gets_its_answer(
    morning: tuple[list[Test], dict[str, State]],
) -> None:
    tests, ended = morning
    assert len({school for _, _, school, _ in tests}) == len(tests) == SCHOOLS
    assert len(ended) == SCHOOLS * AGENTS
    assert set(ended.values()) == {State.GRANTED, State.DONE}


def test_the_server_never_has_more_than_it_bears(morning: tuple[list[Test], dict[str, State]]) -> None:
    changes = sorted([(start, 1) for start, _, _, _ in morning[0]] + [(end, -1) for _, end, _, _ in morning[0]])
    assert max(itertools.accumulate(step for _, step in changes)) <= CAPACITY


def test_nothing_runs_during_lessons(morning: tuple[list[Test], dict[str, State]]) -> None:
    for start, end, _, _ in morning[0]:
        for opens, closes in LESSONS:
            first, last = (datetime.combine(EIGHT.date(), time.fromisoformat(text), ZONE) for text in (opens, closes))
            assert end <= first or start >= last


def test_two_machines_of_a_school_never_test_together_even_on_two_lines(tmp_path: Path) -> None:
    gate = make(tmp_path, SlotSettings())
    first, second = ask(gate, "s", "a1", EIGHT), ask(gate, "s", "a2", EIGHT, uplink="192.0.2.2")
    assert first.state is second.state is State.GRANTED
    assert second.starts_at >= first.starts_at + timedelta(seconds=120)
    gate._store.close()


def test_a_stand_in_takes_over_when_the_elected_machine_never_came(tmp_path: Path) -> None:
    gate = make(tmp_path, SlotSettings())
    assert ask(gate, "s", "a1", EIGHT).state is State.GRANTED
    waits = ask(gate, "s", "a2", EIGHT)
    assert waits.state is State.STAND_IN
    assert ask(gate, "s", "a2", waits.starts_at).state is State.GRANTED
    gate._store.close()


def test_a_machine_that_asks_again_keeps_its_appointment(tmp_path: Path) -> None:
    gate = make(tmp_path, SlotSettings())
    assert ask(gate, "s", "a1", EIGHT) == ask(gate, "s", "a1", EIGHT + timedelta(seconds=10))
    gate._store.close()


def test_the_machine_that_measures_may_measure_again_and_the_others_need_not(tmp_path: Path) -> None:
    gate = make(tmp_path, SlotSettings())
    granted = ask(gate, "s", "a1", EIGHT)
    assert finish(gate, "s", granted.slot, EIGHT + timedelta(seconds=40))
    assert not finish(gate, "s", granted.slot, EIGHT + timedelta(seconds=50))
    later = EIGHT + timedelta(minutes=5)
    assert ask(gate, "s", "a2", later).state is State.DONE
    assert ask(gate, "s", "a1", later).state is State.GRANTED
    gate._store.close()


def test_the_server_that_is_free_first_is_chosen(tmp_path: Path) -> None:
    gate = make(tmp_path, SlotSettings(), {"one": 1, "two": 1})
    starts = [ask(gate, f"s{number}", "a", EIGHT).starts_at for number in range(4)]
    assert starts == [EIGHT, EIGHT, EIGHT + timedelta(seconds=120), EIGHT + timedelta(seconds=120)]
    gate._store.close()


def test_several_workers_never_give_one_place_away_twice(tmp_path: Path) -> None:
    gates = [make(tmp_path, SlotSettings(), {"one": 3}) for _ in range(4)]
    answers: list[Answer] = []
    lock = threading.Lock()

    def work(number: int) -> None:
        for school in range(15):
            found = ask(gates[number], f"s{number}-{school}", "a", EIGHT)
            with lock:
                answers.append(found)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 60
    starts = sorted(answer.starts_at for answer in answers)
    assert all(late - early >= timedelta(seconds=120) for early, late in zip(starts, starts[3:], strict=False))
    for gate in gates:
        gate._store.close()


def test_the_months_data_is_counted_and_ends_the_tests(tmp_path: Path) -> None:
    gate = make(tmp_path, SlotSettings(monthly_gigabytes=1))
    gate.admit("s")
    gate._store.write(gate.leases.spend, [("s", 600_000_000, EIGHT), ("s", 400_000_000, EIGHT)])
    with pytest.raises(ClosedError) as refused:
        gate.admit("s")
    assert refused.value.message.code == "problem.speed_budget"
    answer = ask(gate, "s", "a1", EIGHT)
    assert (answer.state, answer.used_bytes) == (State.NEVER, 1_000_000_000)
    assert answer.starts_at == datetime(2026, 4, 1, tzinfo=ZONE)
    assert ask(gate, "s", "a1", answer.starts_at).state is State.GRANTED
    gate.admit("another school")
    gate._store.close()


def test_lessons_close_the_speed_routes_and_say_until_when(tmp_path: Path) -> None:
    gate = make(tmp_path)
    with pytest.raises(ClosedError) as refused:
        gate.admit("s")
    assert refused.value.message.code == "problem.speed_lessons"
    assert refused.value.retry_after_s == 230 * 60
    gate._store.close()


def test_times_are_kept_in_utc(tmp_path: Path) -> None:
    gate = make(tmp_path, SlotSettings())
    assert ask(gate, "s", "a1", EIGHT).starts_at == datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
    gate._store.close()
