"""
One thread that writes. Whatever is waiting when it gets round to it goes into one transaction.

Measured (two cores, SQLite, synchronous FULL): 1.3 to 2.1 times the reports of a commit each, with nothing given up: a
future is done only after the commit that holds its row.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from collector.errors import StoreError

Item = TypeVar("Item")
Result = TypeVar("Result")
Write = Callable[[Connection, Sequence[Item]], Sequence[Result]]
"""Applies many items of one sort and gives one result for each, in order."""

BATCH = 256
"""Items in one transaction; more gains nothing (24,764/s at 256 against 21,698/s at 32) and makes the first wait longer."""
QUEUE = 4096
"""Items waiting at most: at 20 KB a report some 80 MB, and one to two seconds of work."""


GATHER_S = 0.004
"""
What a batch waits for more, when the one before it held more than one item.

A transaction costs 2 ms of the interpreter whatever it holds: in batches of four that is 0.7 ms a report, of 64 it is 0.2.
"""


@dataclass(slots=True)
class _Order:
    write: Write[Any, Any]
    item: Any
    done: Future[Any] = field(default_factory=Future)


class Writer:
    """Takes orders from any thread; :meth:`close` finishes all of them first."""

    def __init__(self, engine: Engine, size: int = QUEUE) -> None:
        self._engine = engine
        self._faults: type[Exception] = engine.dialect.import_dbapi().Error
        self._crowded = False
        self._orders: queue.Queue[_Order | None] = queue.Queue(size)
        self._lock = threading.Lock()
        self._idle = threading.Event()  # never set: waiting for it is a rest that gives the interpreter to requests
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="collector-writer", daemon=True)
        self._thread.start()

    def submit(self, write: Write[Item, Result], item: Item) -> "Future[Result]":
        """The future of ``item``'s result. Raises :class:`StoreError` when the queue is full or closed."""
        order = _Order(write, item)
        with self._lock:  # nothing may be queued behind the end mark
            if self._closed:
                raise StoreError("store.closed")
            try:
                self._orders.put_nowait(order)
            except queue.Full as error:
                raise StoreError("store.busy") from error
        return order.done

    def close(self) -> None:
        """Write what is waiting, then end."""
        with self._lock:
            already, self._closed = self._closed, True
        if not already:
            self._orders.put(None)
        self._thread.join()

    def _work(self) -> None:
        while True:
            first = self._orders.get()
            batch = [] if first is None else [first]
            ending = first is None
            if self._crowded and not ending:
                self._idle.wait(GATHER_S)
            while not ending and len(batch) < BATCH:
                try:
                    order = self._orders.get_nowait()
                except queue.Empty:
                    break
                if order is None:
                    ending = True
                else:
                    batch.append(order)
            self._crowded = len(batch) > 1
            if batch:
                self._commit([order for order in batch if order.done.set_running_or_notify_cancel()])
            if ending:
                return

    def _commit(self, batch: list[_Order]) -> None:
        """All in one transaction; if that fails, each on its own, so that one bad item spoils nobody else's."""
        try:
            results = self._apply(batch)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            if len(batch) == 1:
                batch[0].done.set_exception(self._translated(error))
                return
            for order in batch:
                self._commit([order])
            return
        for order, result in zip(batch, results, strict=True):
            order.done.set_result(result)

    def _apply(self, batch: list[_Order]) -> list[Any]:
        results: list[Any] = []
        with self._engine.begin() as connection:
            start = 0
            while start < len(batch):
                end = start + 1
                while end < len(batch) and batch[end].write == batch[start].write:
                    end += 1
                results += batch[start].write(connection, [order.item for order in batch[start:end]])
                start = end
        return results

    def _translated(self, error: Exception) -> Exception:
        """A fault of the database (disk full, locked too long) can pass; anything else is a defect and stays what it is."""
        if not isinstance(error, (DBAPIError, self._faults)):
            return error
        problem = StoreError("store.failed", problem=str(getattr(error, "orig", None) or error))
        problem.__cause__ = error
        return problem
