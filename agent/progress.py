"""One line on a terminal that says what is going on now. Silent where nobody looks: cron mails every byte."""

import shutil
from typing import TextIO

from agent.runner import Watcher
from checks.registry import Check
from contract.message import Message
from contract.report import CheckRun
from locales.table import fit, plain
from locales.texts import Texts

_CLEAR = "\r\x1b[K"


class Line:
    """A line that is written over; ``live`` False makes it silent."""

    def __init__(self, stream: TextIO, *, live: bool) -> None:
        self._stream = stream
        self._live = live

    @classmethod
    def on(cls, stream: TextIO) -> "Line":
        """Live when the stream is a terminal."""
        return cls(stream, live=stream.isatty())

    def show(self, text: str) -> None:
        """Replace the line."""
        if self._live:
            cells = max(20, shutil.get_terminal_size().columns - 1)
            self._stream.write(_CLEAR + fit(plain(text), cells).rstrip())
            self._stream.flush()

    def keep(self, text: str) -> None:
        """Replace the line and leave it standing."""
        if self._live:
            self._stream.write(_CLEAR + plain(text) + "\n")
            self._stream.flush()

    def clear(self) -> None:
        """Leave nothing behind."""
        if self._live:
            self._stream.write(_CLEAR)
            self._stream.flush()


class RunLine(Watcher):
    """The run of the checks on such a line: each check's status stays, its stages pass by."""

    def __init__(self, line: Line, texts: Texts, total: int, errors: TextIO) -> None:
        self._line = line
        self._texts = texts
        self._total = total
        self._errors = errors
        self._done = 0

    def started(self, check: Check) -> None:
        """Show which of how many begins."""
        self._line.show(self._head(check))

    def stage(self, check: Check, stage: Message, share: float | None) -> None:
        """Show what it does."""
        percent = "" if share is None else f" {min(max(share, 0.0), 1.0):.0%}"
        self._line.show(f"{self._head(check)}：{self._texts.say(stage)}{percent}")

    def ended(self, check: Check, run: CheckRun, errors: str) -> None:
        """Leave its status standing; what a broken check printed goes to standard error, for the log."""
        self._done += 1
        self._line.keep(f"{self._head(check, self._done)}：{self._texts(f'status.{run.status.value}')}")
        for row in errors.splitlines():
            self._errors.write(f"{check.id}: {plain(row)}\n")

    def _head(self, check: Check, number: int | None = None) -> str:
        place = self._done + 1 if number is None else number
        return f"[{place}/{self._total}] {self._texts.pick(check.title)}"
