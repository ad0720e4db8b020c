"""What the server does by itself: score schools that have reported, and all of them now and then."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from collector.scoring import Scoring


class Background:
    """Runs while the server runs. :meth:`wake` is cheap and called from the event loop after each new report."""

    def __init__(self, scoring: Scoring, every_s: float) -> None:
        self._scoring = scoring
        self._every_s = every_s
        self._woken = asyncio.Event()
        self._stopping = threading.Event()

    def wake(self) -> None:
        """There is something to score."""
        self._woken.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """
        Begins with what a crash may have left unscored and with a round over all schools, whose data has aged meanwhile.

        At the end the school at hand is finished; the marks of the others stay in the database.
        """
        task = asyncio.create_task(self._work())
        try:
            yield
        finally:
            self._stopping.set()
            self._woken.set()
            await task

    async def _work(self) -> None:
        stop = self._stopping.is_set
        time = asyncio.get_running_loop().time
        while not stop():
            await run_in_threadpool(self._scoring.catch_up, stop)
            await run_in_threadpool(self._scoring.everything, stop)
            next_round = time() + self._every_s
            while not stop() and await self._wait(next_round - time()):
                await run_in_threadpool(self._scoring.catch_up, stop)

    async def _wait(self, seconds: float) -> bool:
        """True when woken, False when ``seconds`` are over. Only the wait is limited: a thread cannot be cancelled."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True
