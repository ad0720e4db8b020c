"""An agent may empty its spool, and may not flood."""

from collector.rates import MOST_KNOWN, Rates
from tests.collector.conftest import Server, a_report


class Ticks:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_burst_is_let_through_and_then_the_pace_holds() -> None:
    ticks = Ticks()
    rates = Rates(ticks, burst=5, per_hour=3600)
    assert [rates.take("S1", "a") for _ in range(5)] == [None] * 5
    wait = rates.take("S1", "a")
    assert wait is not None
    assert 2 <= wait <= 62
    assert rates.take("S1", "b") is None
    ticks.at = 1.0
    assert rates.take("S1", "a") is None
    assert rates.take("S1", "a") is not None


def test_waits_are_spread() -> None:
    rates = Rates(Ticks(), burst=1, per_hour=3600)
    assert rates.take("S1", "a") is None
    assert len({rates.take("S1", "a") for _ in range(200)}) > 10


def test_what_is_remembered_is_bounded() -> None:
    rates = Rates(Ticks(), burst=1, per_hour=3600)
    for number in range(MOST_KNOWN + 10):
        rates.take("S1", str(number))
    assert len(rates._buckets) <= MOST_KNOWN


def test_a_flooding_agent_is_told_when_to_come_back_and_nothing_is_stored(server: Server) -> None:
    server.app.state.rates = Rates(Ticks(), burst=1, per_hour=60)
    token = server.token("agent", "S1", "a1")
    assert server.post(a_report(1), token).status_code == 201
    answer = server.post(a_report(2), token)
    assert (answer.status_code, answer.json()["code"]) == (429, "problem.too_often")
    assert 60 <= int(answer.headers["Retry-After"]) <= 121
