"""
Runs the client's blocking calls in threads, and posts what comes back.

Daemon threads and not Textual's thread workers: those are joined when the program ends, so that ``q`` would hang for as
long as a collector that takes the connection and never answers (15 s by default).
"""

import threading
from collections.abc import Callable

from textual.message import Message

from tui.client import Client
from tui.errors import TuiError
from tui.messages import FetchBroke, FetchFailed, PageArrived, PagesEnded, RollupArrived, SchoolArrived

Post = Callable[[Message], object]


class Fetcher:
    """One for the life of the app. ``post`` must be safe to call from any thread."""

    def __init__(self, client: Client, post: Post) -> None:
        self._client = client
        self._post = post
        self._changed = threading.Condition()
        self._running: set[str] = set()
        self._round = 0
        self._closed = False

    def busy(self, subject: str) -> bool:
        """True while an answer for ``subject`` is awaited."""
        return subject in self._running

    def schools(self) -> None:
        """Ask for all schools and the sums. Nothing happens while the last such question is still under way."""
        number = self._round + 1
        if self._start("schools", lambda: self._all_schools(number)):
            self._round = number
        self._start("rollup", lambda: self._post(RollupArrived(self._client.rollup())))

    def school(self, school_id: str) -> None:
        """Ask for one school."""
        self._start(f"school/{school_id}", lambda: self._post(SchoolArrived(self._client.school(school_id))))

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
        for page in self._client.pages():
            if self._closed:
                return
            self._post(PageArrived(number, page))
        self._post(PagesEnded(number))

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
