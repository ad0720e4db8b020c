"""When connections are added."""

from checks.bandwidth.plateau import Curve
from checks.bandwidth.ramp import Ramp
from tests.checks.bandwidth.test_plateau import curve


def grow(ramp: Ramp, rate_by_connections: dict[int, float], *, seconds: float = 20.0) -> list[int]:
    """Numbers of connections used, on a line without a queue that carries what the table says."""
    made, total, used = Curve(), 0.0, [ramp.connections]
    for step in range(int(seconds * 10)):
        made.add(step / 10, round(total))
        total += rate_by_connections[ramp.connections] * 0.1 / 8e-6
        if ramp.step(made, queue_stands=False):
            used.append(ramp.connections)
    return used


def test_connections_double_while_that_makes_the_line_faster() -> None:
    ramp = Ramp(8, 64)
    assert grow(ramp, {8: 48.0, 16: 90.0, 32: 95.6, 64: 95.7}) == [8, 16, 32, 64]
    assert ramp.done
    assert not ramp.still_growing


def test_a_gain_below_three_percent_is_no_gain() -> None:
    assert grow(Ramp(8, 64), {8: 95.0, 16: 97.0}) == [8, 16]


def test_growing_at_the_last_doubling_is_said() -> None:
    ramp = Ramp(8, 32)
    assert grow(ramp, {8: 10.0, 16: 20.0, 32: 40.0}) == [8, 16, 32]
    assert ramp.still_growing


def test_nothing_is_added_while_a_queue_stands() -> None:
    ramp = Ramp(8, 64)
    assert ramp.step(curve(*[50.0] * 60), queue_stands=True) == 0
    assert not ramp.done


def test_the_last_step_does_not_pass_the_limit() -> None:
    assert grow(Ramp(8, 12), {8: 10.0, 12: 15.0}) == [8, 12]
