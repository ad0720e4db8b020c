"""
Runs the client's blocking calls in threads, and posts what comes back.

Daemon threads and not Textual's thread workers: those are joined when the program ends, so that ``q`` would hang for as
long as a collector that takes the connection and never answers (15 s by default).
"""

import threading
from collections.abc import Callable

from textual.message import Message

from contract.api import SchoolPage
from tui.cache import Cache
from tui.client import Client
from tui.errors import TuiError
from tui.messages import FetchBroke, FetchFailed, PageArrived, PagesEnded, RollupArrived, SchoolArrived

Post = Callable[[Message], object]
KEPT_ROUND = 0
"""The round of the pages from the cache; the collector's begin at 1."""
PAGES_AHEAD = 3
"""Pages that may wait for the screen, so that a fast collector does not fill the memory with decoded rows."""


class Fetcher:
    """
    One for the life of the app. ``post`` must be safe to call from any thread.

    With a ``cache``, what was kept is posted before the first question, so that the screen is never empty without need.
    """

    def __init__(self, client: Client, post: Post, cache: Cache | None = None) -> None:
        self._client = client
        self._post = post
        self._cache = cache
        self._changed = threading.Condition()
        self._running: set[str] = set()
        self._round = KEPT_ROUND
        self._ahead = 0
        self._closed = False

    def busy(self, subject: str) -> bool:
        """True while an answer for ``subject`` is awaited."""
        return subject in self._running

    def schools(self) -> None:
        """Ask for all schools and the sums. Nothing happens while the last such question is still under way."""
        number = self._round + 1
        if self._start("schools", lambda: self._all_schools(number)):
            self._round = number
        self._start("rollup", lambda: self._sums(number))

    def school(self, school_id: str) -> None:
        """Ask for one school."""
        self._start(f"school/{school_id}", lambda: self._one(school_id))

    def taken(self) -> None:
        """A page has been shown; the next one may come."""
        with self._changed:
            self._ahead -= 1
            self._changed.notify_all()

    def close(self) -> None:
        """Post nothing any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def settle(self, timeout_s: float = 30.0) -> bool:
        """Block until nothing is under way; for tests and scripts. False when that took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed or not self._running, timeout_s)

    def _all_schools(self, number: int) -> None:
        if self._cache is not None and number == KEPT_ROUND + 1:
            kept = False
            for page in self._cache.pages():
                kept = True
                self._page(KEPT_ROUND, page)
            if kept:
                self._post(PagesEnded(KEPT_ROUND, kept=True))
        pages = self._client.pages()
        for page in pages if self._cache is None else self._cache.keep_pages(pages):
            if self._closed:
                return
            self._page(number, page)
        self._post(PagesEnded(number))

    def _page(self, number: int, page: SchoolPage) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._ahead < PAGES_AHEAD)
            self._ahead += 1
        self._post(PageArrived(number, page))

    def _sums(self, number: int) -> None:
        if self._cache is not None and number == KEPT_ROUND + 1:
            kept = self._cache.rollup()
            if kept is not None:
                self._post(RollupArrived(kept, kept=True))
        rollup = self._client.rollup()
        if self._cache is not None:
            self._cache.keep_rollup(rollup)
        self._post(RollupArrived(rollup))

    def _one(self, school_id: str) -> None:
        if self._cache is None:
            self._post(SchoolArrived(self._client.school(school_id)))
            return
        kept = self._cache.school(school_id)
        if kept is not None:
            self._post(SchoolArrived(kept, kept=True))
        detail = self._client.school(school_id)
        self._cache.keep_school(detail)
        self._post(SchoolArrived(detail))

    def _start(self, subject: str, job: Callable[[], object]) -> bool:
        with self._changed:
            if subject in self._running or self._closed:
                return False
            self._running.add(subject)
        threading.Thread(target=self._run, args=(subject, job), name=f"fetch {subject}", daemon=True).start()
        return True

    def _run(self, subject: str, job: Callable[[], object]) -> None:
        try:
            job()
        except TuiError as error:  # shown as a bar; the screens stay
            if not self._closed:
                self._post(FetchFailed(subject, error))
        except Exception as error:  # noqa: BLE001 - handed to the app, which raises it where it is seen
            if not self._closed:
                self._post(FetchBroke(error))
        finally:
            with self._changed:
                self._running.discard(subject)
                self._changed.notify_all()
