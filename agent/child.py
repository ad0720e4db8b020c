"""
One child process from start to certain end: its lines as they come, its time limit, its whole process group killed.

Reading is bounded: a child may write for ever, the agent keeps no more than :data:`LONGEST_LINE` of a line.
"""

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes. The largest honest line is 8192 devices of some 250 bytes: 2 MB."""
STDERR_KEPT = 4096
CHUNK = 65_536
HERE = Path(__file__).parent.parent
"""Where ``-m agent`` is found: not in whatever folder the command was given in, which may hold another ``agent``."""
LOOK_S = 0.5
"""How often a silent child is looked at: one that is dead may have left its pipe to a grandchild."""
DRAIN_S = 1.0
"""For what is still in the pipe after the end; a grandchild that fled its group may hold the pipe open for ever."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its newline. ``size`` is its true length: more than ``text`` holds when it was cut."""

    text: bytes
    size: int

    @property
    def cut(self) -> bool:
        """True when only the beginning was kept."""
        return self.size > len(self.text)


@dataclass(frozen=True, slots=True)
class End:
    """How the child ended. ``signal`` is a POSIX name such as SIGSEGV; ``errors`` the tail of its standard error."""

    timed_out: bool
    exit_status: int
    errors: str

    @property
    def words(self) -> str:
        """``signal SIGSEGV`` or ``exit status 3``."""
        if self.exit_status < 0:
            try:
                return f"signal {signal.Signals(-self.exit_status).name}"
            except ValueError:
                return f"signal {-self.exit_status}"
        return f"exit status {self.exit_status}"


class Lines:
    """Cuts a stream of bytes into lines; keeps the first ``limit`` bytes of each and counts the rest."""

    def __init__(self, limit: int = LONGEST_LINE) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The lines that ``chunk`` completes."""
        *whole, rest = chunk.split(b"\n")
        for piece in whole:
            self._take(piece)
            yield self.rest()
        self._take(rest)

    def rest(self) -> Line:
        """What came since the last newline."""
        line = Line(bytes(self._kept), self._size)
        self._kept.clear()
        self._size = 0
        return line

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        self._kept += piece[: self._limit - len(self._kept)]


def run(
    command: Sequence[str],
    order: bytes,
    timeout_s: float,
    on_line: Callable[[Line], None],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> End:
    """
    Start ``command``, give it ``order`` on standard input, pass its lines to ``on_line``, and see to its end.

    Standard input stays open until the end: a child whose agent was killed notices by its closing. On POSIX the child leads
    a session of its own, so that everything it started goes with it.
    """
    limit = clock() + timeout_s
    process = subprocess.Popen(
        command,
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    errors = bytearray()
    readers = [
        threading.Thread(target=_pump, args=(process.stdout, chunks.put), daemon=True),
        threading.Thread(target=_pump, args=(process.stderr, lambda chunk: _keep_tail(errors, chunk)), daemon=True),
    ]
    try:
        for reader in readers:
            reader.start()
        with contextlib.suppress(OSError):  # it died at once: its end says more
            process.stdin.write(order + b"\n")
            process.stdin.flush()
        timed_out = not _listen(process, chunks, on_line, limit, clock)
    finally:
        _end(process)
    for reader in readers:
        reader.join(DRAIN_S)
    for stream, reader in zip((process.stdout, process.stderr), readers, strict=True):
        if not reader.is_alive():
            stream.close()
    return End(timed_out, process.returncode, bytes(errors).decode("utf-8", "replace"))


def _listen(
    process: subprocess.Popen[bytes],
    chunks: queue.SimpleQueue[bytes],
    on_line: Callable[[Line], None],
    limit: float,
    clock: Callable[[], float],
) -> bool:
    """Take what the child says until it is over; False when ``limit`` comes first."""
    lines = Lines()
    while True:
        try:
            chunk = chunks.get(timeout=max(0.0, min(LOOK_S, limit - clock())))
        except queue.Empty:
            if process.poll() is not None:
                return True
            if clock() >= limit:
                return False
            continue
        if not chunk:
            break
        for line in lines.feed(chunk):
            on_line(line)
    try:
        process.wait(timeout=max(0.0, limit - clock()))
    except subprocess.TimeoutExpired:  # it closed its output and lives on
        return False
    return True


def _pump(stream: IO[bytes], take: Callable[[bytes], None]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while chunk := os.read(stream.fileno(), CHUNK):
            take(chunk)
    take(b"")


def _keep_tail(kept: bytearray, chunk: bytes) -> None:
    kept += chunk
    del kept[:-STDERR_KEPT]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the child's group, and wait for the child itself."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        _kill_tree(process.pid)
    if process.stdin:
        with contextlib.suppress(OSError):
            process.stdin.close()
    process.wait()


def _kill_tree(pid: int) -> None:
    """Windows has no process groups to kill: the child and its descendants, one by one."""
    import psutil  # noqa: PLC0415 - 14 MiB, and needed on Windows only

    with contextlib.suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        for process in [*leader.children(recursive=True), leader]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
