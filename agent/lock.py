"""One run at a time: a lock of the operating system, which a killed holder cannot leave behind."""

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent import durable
from agent.errors import StateError

FILE = "lock"

if sys.platform == "win32":
    import msvcrt

    def _seize(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _seize(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def held(state: Path) -> Iterator[bool]:
    """
    Hold the run lock of a state folder; gives False at once when another process has it.

    The holder's process id stands in the file from its second byte on, for people (Windows locks the first byte).
    """
    durable.make_folder(state)
    path = state / FILE
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, durable.PRIVATE_FILE)
    except OSError as error:
        raise StateError("agent.state.unwritable", path=str(path), problem=error.strerror or "?") from error
    try:
        mine = _seize(handle)
        durable.give_away(handle, state)
        if mine:
            with contextlib.suppress(OSError):  # a full disk: the lock holds all the same, only its holder is not told
                os.ftruncate(handle, 0)
                os.write(handle, f" {os.getpid()}\n".encode())
        yield mine
    finally:
        os.close(handle)


def holder(state: Path) -> str:
    """Process id of the last holder, empty when the file cannot tell."""
    try:
        return (state / FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
