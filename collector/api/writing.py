"""Waiting for a write from within a request."""

import asyncio
import random

from starlette.requests import Request

from collector.api.problem import ProblemError
from collector.errors import StoreError
from collector.store.writer import Item, Result, Write

RETRY_S = (5, 60)
"""Spread of ``Retry-After``: agents that were refused together must not come back together (measured: a herd that does
lowers what gets through by 4.5)."""


async def written(request: Request, write: Write[Item, Result], item: Item) -> Result:
    """
    The result of ``write`` for ``item``, after its commit.

    503 with ``Retry-After`` when the store cannot take it now. A client that leaves meanwhile changes nothing: the write is
    done, and its retry will be told so.
    """
    try:
        return await asyncio.wrap_future(request.app.state.store.submit(write, item))
    except StoreError as error:
        wait = random.SystemRandom().randint(*RETRY_S)
        raise ProblemError(503, "problem.store_busy", headers={"Retry-After": str(wait)}) from error
