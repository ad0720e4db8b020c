"""
The speed endpoints without a framework: a thread per connection over blocking sockets.

Measured on loopback with 8 connections, CPU seconds of the server per GB: this way 0.15 down and 0.20 up, uvicorn with a
plain ASGI application 0.25 and 1.08. A client that leaves ends its thread at the next chunk: a blocking send returns an
error then, where an endless ASGI sender goes on for ever. Python lets go of its lock in each system call, so threads do not
wait for one another.
"""

import contextlib
import itertools
import logging
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from checks.bandwidth import congestion
from checks.bandwidth.overhead import segments
from collector.speed.request import Asked, NotHttpError, answer, read_request
from collector.speed.routes import Routes
from collector.speed.session import Session
from collector.speed.stuff import CHUNK_BYTES, NOISE

_LOG = logging.getLogger(__name__)
_PATIENCE_S = 20
"""A connection on which nothing moves for so long is closed: the client has gone without saying so."""
_BUFFER_BYTES = 256 * 1024
_LOOK_S = 0.2
_OK, _TOO_LARGE, _CONFLICT, _NOT_FOUND = 200, 413, 409, 404


@dataclass(frozen=True, slots=True)
class Limits:
    """``connections`` at a time in all; further ones are closed at once."""

    connections: int = 4096


class FastServer:
    """Serves a listening socket until :meth:`stop`; each connection has a thread of its own."""

    def __init__(
        self,
        listener: socket.socket,
        routes: Routes,
        clock: Callable[[], float],
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._listener, self._routes, self._clock, self._tls = listener, routes, clock, tls
        self._places = threading.BoundedSemaphore((limits or Limits()).connections)
        self._numbers = itertools.count()
        self._stopping = threading.Event()

    def serve(self) -> None:
        """Take connections until :meth:`stop` is called from another thread or a signal handler."""
        while not self._stopping.is_set():
            try:
                connection, address = self._listener.accept()
            except OSError:
                if self._stopping.is_set():
                    return
                raise
            if not self._places.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._serve_one, args=(connection, str(address[0])), daemon=True).start()

    def stop(self) -> None:
        """Take no more connections; those in progress end with the process."""
        self._stopping.set()
        with contextlib.suppress(OSError):  # nobody connected: not an error of a listening socket
            self._listener.shutdown(socket.SHUT_RDWR)

    def _serve_one(self, connection: socket.socket, peer: str) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            patience = struct.pack("ll", _PATIENCE_S, 0)
            # As socket options: a Python timeout would cost a poll() per chunk.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
            talk = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with talk:
                self._talk(talk, peer)
        except (OSError, NotHttpError) as error:  # the client left, or speaks something else
            _LOG.debug("connection of %s ended: %s", peer, error)
        finally:
            connection.close()
            self._places.release()

    def _talk(self, connection: socket.socket, peer: str) -> None:
        waiting = b""
        while True:
            asked, waiting = read_request(connection, waiting)
            if asked is None:
                return
            path = urlsplit(asked.target).path
            kind, _, name = path.removeprefix("/v1/speed/").partition("/")
            if kind == "librespeed":
                name, _, page = name.partition("/")
                kind = {"garbage.php": "down", "empty.php": "up" if asked.method == "POST" else "ping"}.get(page, "")
            if kind in ("down", "up"):
                session = self._routes.session(name)
                if session is None:
                    answer(connection, _NOT_FOUND, b"")
                elif kind == "down":
                    self._send(connection, session, asked)
                elif self._receive(connection, session, asked, waiting):
                    waiting = b""
                    continue
                return
            status, body, headers = self._routes.small(kind, name, asked, peer)
            answer(connection, status, body, headers)

    def _send(self, connection: socket.socket, session: Session, asked: Asked) -> None:
        """Bytes until the client leaves, the session ends, or its bytes or seconds are used up."""
        number = next(self._numbers)
        used = congestion.choose(connection, congestion.LOSSY if asked.lossy else congestion.STEADY)
        if not session.room(session.sent, self._clock()):
            answer(connection, _CONFLICT, b"")
            return
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nX-Congestion-Control: {used or 'system'}\r\n"
        connection.sendall(f"{head}Cache-Control: no-store\r\nConnection: close\r\n\r\n".encode())
        looked_at = 0.0
        while room := session.room(session.sent, now := self._clock()):
            size = connection.send(NOISE[: min(CHUNK_BYTES, room)])
            session.count_sent(size, self._clock())
            if now - looked_at >= _LOOK_S:
                looked_at = now
                self._look(connection, session, number)
        self._look(connection, session, number)

    def _receive(self, connection: socket.socket, session: Session, asked: Asked, early: bytes) -> bool:
        """Count what arrives; True when the whole body came and the connection can go on."""
        left = asked.length
        buffer = memoryview(bytearray(_BUFFER_BYTES))
        if early:
            session.count_received(len(early), self._clock())
            left -= len(early)
        while left > 0 and session.room(session.received, self._clock()):
            size = connection.recv_into(buffer[: min(left, _BUFFER_BYTES)])
            if not size:
                return False
            session.count_received(size, self._clock())
            left -= size
        answer(connection, _OK if left <= 0 else _TOO_LARGE, b"", close=left > 0)
        return left <= 0

    def _look(self, connection: socket.socket, session: Session, number: int) -> None:
        option = getattr(socket, "TCP_INFO", None)
        if option is None:
            return
        counted = segments(connection.getsockopt(socket.IPPROTO_TCP, option, 256))
        if counted is not None:
            session.note_segments(number, counted)
