"""One of the parallel connections: takes or gives what the kernel allows now, and notices a refusal."""

import os

from checks.bandwidth.congestion import LOSSY, STEADY, choose
from checks.bandwidth.connection import HTTP_OK, Head, Place, RefusedError, Wire
from checks.bandwidth.flow import Direction
from checks.bandwidth.overhead import acknowledged, segments

NOISE = os.urandom(256 * 1024)
"""Incompressible, made once: 0.2 ms."""
_NOISE = memoryview(NOISE)
_BUFFER = memoryview(bytearray(1024 * 1024))
"""One for all: nobody reads what arrives. 1 MiB per connection and tick is 6.7 Gbit/s with 8 connections (measured)."""
_WRITES_PER_TICK = 8
_LIMIT_REACHED = frozenset({409, 413})
"""The collector's own limit was used up by the other connections, before this one began or in the middle of it."""


class Stream:
    """One of the parallel connections."""

    def __init__(self, place: Place, direction: Direction, *, lossy: bool = False) -> None:
        self.wire = Wire(place)
        self.lossy = lossy
        """Whether its sender is to use a congestion control that stands random loss."""
        if direction is Direction.UPLOAD:
            choose(self.wire.socket, LOSSY if lossy else STEADY)
        self._direction = direction
        self._head = Head()
        self._segments: tuple[int, int] | None = None
        self._acked: int | None = None
        self.followed = False
        """Another one has taken its place."""

    def start(self, head: bytes) -> None:
        """Send the request. Raises OSError."""
        if self.wire.write(head) != len(head):
            raise OSError("a new connection did not take 400 bytes")

    def move(self, most: int) -> int:
        """Bytes moved now. A peer that has gone closes this stream only; the run goes on with the others."""
        try:
            return self._pull(most) if self._direction is Direction.DOWNLOAD else self._push(most)
        except (ConnectionError, TimeoutError):
            self._leave()
            return 0

    def _pull(self, most: int) -> int:
        size = self.wire.read_into(_BUFFER[:most])
        if size is None:
            self._leave()
            return 0
        if size and self._head.status is None:
            self._head.feed(_BUFFER[:size])
            self._judge()
        return 0 if self.wire.closed else size

    def _push(self, most: int) -> int:
        done = 0
        for _ in range(_WRITES_PER_TICK):
            size = self.wire.write(_NOISE[: most - done])
            done += size
            if not size or done >= most:
                break
        return done

    def hear(self) -> None:
        """An answer before the upload's end is a refusal, or the collector's own limit (413)."""
        if self.wire.closed:
            return
        try:
            size = self.wire.read_into(_BUFFER)
        except (ConnectionError, TimeoutError):
            size = None
        if size:
            self._head.feed(_BUFFER[:size])
            self._judge()
        if size is None:
            self._leave()

    def _judge(self) -> None:
        status = self._head.status
        if status is None or status == HTTP_OK:
            return
        if status not in _LIMIT_REACHED:
            raise RefusedError(status)
        self._leave()

    def segments(self) -> tuple[int, int] | None:
        """(retransmitted, sent), kept from before a close."""
        if not self.wire.closed:
            self._segments = segments(self.wire.tcp_info())
        return self._segments

    def acknowledged(self) -> int | None:
        """Bytes of the request and its body that the peer's system has confirmed; kept from before a close."""
        if not self.wire.closed:
            self._acked = acknowledged(self.wire.tcp_info())
        return self._acked

    def _leave(self) -> None:
        self.segments()
        self.acknowledged()
        self.wire.close()
