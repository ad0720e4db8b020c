"""One direction of our engine as a process of its own: ``python -m benchmarks.bandwidth_client URL download|upload``."""

import contextlib
import json
import random
import resource
import sys
import time
from statistics import median

from checks.bandwidth.connection import locate
from checks.bandwidth.engine import measure
from checks.bandwidth.flow import Direction, Limits, World
from checks.bandwidth.latency import idle
from checks.bandwidth.service import session
from checks.bandwidth.target import of_session
from contract.message import Message
from tests.checks.bandwidth.server import TOKEN


def cpu_s() -> float:
    """User and system seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def silent(_message: Message, _share: float | None) -> None:
    """Nobody looks."""


def main() -> int:
    """Measure once and print rate, wall seconds, megabytes, CPU seconds and how it ended as JSON."""
    place = locate(sys.argv[1], TOKEN, None)
    clock, sleep = time.monotonic, time.sleep
    with contextlib.ExitStack() as stack:
        granted = stack.enter_context(
            session(place, give_up_at=clock() + 30, clock=clock, sleep=sleep, rng=random.Random(1), progress=silent)
        )
        began, used = clock(), cpu_s()
        flow = measure(
            Direction(sys.argv[2]),
            place,
            of_session(granted.session.session),
            Limits(seconds=10, bytes=500_000_000, connections=8, most=64),
            World(clock, sleep, lambda: None, lambda: (0.0, 0.0, 0.0)),
            idle_ms=median(idle(place, "/v1/speed/ping", clock, sleep)),
            live=lambda _rate, _share: None,
        )
        wall_s, cpu = clock() - began, cpu_s() - used
    sys.stdout.write(
        json.dumps(
            {
                "mbit_s": flow.stretch.mbit_s,
                "wall_s": wall_s,
                "megabytes": flow.moved_bytes / 1e6,
                "cpu_s": cpu,
                "ended": flow.ended.value,
                "connections": flow.connections,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
