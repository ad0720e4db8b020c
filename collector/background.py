"""What the server does by itself: score schools that have reported, and all of them now and then."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool

from collector.interpreter import long_running
from collector.scoring import Scoring

REST = 3.0
"""Scoring rests three times as long as it works: requests keep most of the interpreter, and 10,000 schools take minutes."""
BUSY_REST = 30.0
WINDOW_S = 0.2
BUSY = 50
"""
While more than so many reports a second come in, scoring takes 3 % of the time: the marks wait in the database, and a
school that sends many reports in a rush is scored once for all of them.
"""


class Background:
    """Runs while the server runs. :meth:`wake` is cheap and called from the event loop after each new report."""

    def __init__(
        self, scoring: Scoring, every_s: float, sweep: Callable[[Callable[[], bool]], int] = lambda _stop: 0
    ) -> None:
        self._scoring = scoring
        self._every_s = every_s
        self._sweep = sweep
        self._woken = asyncio.Event()
        self._stopping = threading.Event()
        self._arrived = 0

    def wake(self) -> None:
        """There is something to score."""
        self._arrived += 1
        self._woken.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """
        Begins with what a crash may have left unscored and with a round over all schools, whose data has aged meanwhile.

        At the end the school at hand is finished; the marks of the others stay in the database.
        """
        with long_running():
            task = asyncio.create_task(self._work())
            try:
                yield
            finally:
                self._stopping.set()
                self._woken.set()
                await task

    async def _work(self) -> None:
        while not self._stopping.is_set():
            await self._run(self._scoring.catch_up)
            await self._run(self._scoring.everything)
            await self._run(self._sweep)
            next_round = time.monotonic() + self._every_s
            while not self._stopping.is_set() and await self._wait(next_round - time.monotonic()):
                await self._run(self._scoring.catch_up)

    async def _run(self, work: Callable[[Callable[[], bool]], int]) -> None:
        """Do ``work`` beside the event loop; it asks between two schools whether to go on, and is kept waiting."""
        since = time.monotonic()
        seen, seen_at, busy = self._arrived, since, False

        def rest() -> bool:
            nonlocal since, seen, seen_at, busy
            if time.monotonic() >= seen_at + WINDOW_S:
                busy = self._arrived - seen > BUSY * (time.monotonic() - seen_at)
                seen, seen_at = self._arrived, time.monotonic()
            stopping = self._stopping.wait((BUSY_REST if busy else REST) * (time.monotonic() - since))
            since = time.monotonic()
            return stopping

        await run_in_threadpool(work, rest)

    async def _wait(self, seconds: float) -> bool:
        """True when woken, False when ``seconds`` are over. Only the wait is limited: a thread cannot be cancelled."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True
