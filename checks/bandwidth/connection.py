"""
HTTP/1.1 by hand over non-blocking sockets: what a test needs of it, and nothing that would hide a byte.

A library in between delivers fixed chunks or counts what it has buffered: with requests no plateau is seen at all, asyncio
reads upload 2 % high (both measured at 100 Mbit/s).
"""

import contextlib
import errno
import socket
import ssl
import struct
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from checks.registry import CheckError
from contract.reason import ReasonCode

_IN_PROGRESS = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EISCONN, errno.EALREADY, 10035, 10056, 10037}
"""The last three are Windows' WSAEWOULDBLOCK, WSAEISCONN and WSAEALREADY."""
_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_HEAD_LIMIT = 16 * 1024
HTTP_OK = 200


class RefusedError(CheckError):
    """The collector answered a data request with something else than 200."""

    def __init__(self, status: int) -> None:
        super().__init__(ReasonCode.COLLECTOR_REFUSED, problem=f"HTTP {status}")
        self.http_status = status


@dataclass(frozen=True, slots=True)
class Place:
    """Where the collector is: one address of it, chosen once, so that every connection takes the same way."""

    family: int
    sockaddr: Any
    host: str
    port: int
    prefix: str
    token: str
    tls: ssl.SSLContext | None

    @property
    def address(self) -> str:
        """The IP literal, with its zone if it has one."""
        return str(self.sockaddr[0])

    def head(self, method: str, path: str, *lines: str) -> bytes:
        """Request line and headers."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == (443 if self.tls else 80) else f":{self.port}"
        fixed = (
            f"{method} {self.prefix}{path} HTTP/1.1",
            f"Host: {name}{port}",
            *([f"Authorization: Bearer {self.token}"] if self.token else []),
            "Accept-Encoding: identity",
            "Cache-Control: no-store",
        )
        return "\r\n".join([*fixed, *lines, "", ""]).encode("ascii")


def locate(url: str, token: str, ca_file: str | None, *, family: int = socket.AF_UNSPEC, timeout_s: float = 5.0) -> Place:
    """
    The first address of the URL's host, in the system's order (RFC 6724), that takes a TCP connection.

    ``family`` AF_INET or AF_INET6 takes one family only. Raises :class:`CheckError` ``collector_unreachable``, or
    ``reading_failed`` for the CA file.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        tls = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
    except OSError as error:
        raise CheckError(ReasonCode.READING_FAILED, problem=f"{ca_file}: {error}") from error
    port = parts.port or (443 if tls else 80)
    try:
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    except OSError as error:
        raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem=str(error)) from error
    problem = ""
    for kind, _, _, _, sockaddr in found:
        try:
            with socket.socket(kind, socket.SOCK_STREAM) as trial:
                trial.settimeout(timeout_s)
                trial.connect(sockaddr)
        except OSError as error:
            problem = str(error)
            continue
        return Place(kind, sockaddr, host, port, parts.path.rstrip("/"), token, tls)
    raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem=problem)


class Wire:
    """A connection that is never waited for: every call does what can be done now."""

    def __init__(self, place: Place) -> None:
        """Begin to connect."""
        self.place = place
        self.ready = False
        self.closed = False
        self._connected = False
        self.socket: socket.socket | ssl.SSLSocket = socket.socket(place.family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connect()

    def advance(self) -> bool:
        """Go on connecting and shaking hands; True when the connection can carry requests. Raises OSError."""
        if not self.ready and not self.closed:
            if not self._connected:
                self._connect()
            if self._connected:
                self.ready = self._shake()
        return self.ready

    def _connect(self) -> None:
        """A second connect() tells how the first is doing, on every system."""
        code = self.socket.connect_ex(self.place.sockaddr)
        if code not in _IN_PROGRESS:
            raise OSError(code, f"connect to {self.place.address}")
        self._connected = code in {0, errno.EISCONN, 10056}
        if self._connected and self.place.tls is not None:
            self.socket = self.place.tls.wrap_socket(
                self.socket, server_hostname=self.place.host, do_handshake_on_connect=False
            )

    def _shake(self) -> bool:
        if not isinstance(self.socket, ssl.SSLSocket):
            return True
        try:
            self.socket.do_handshake()
        except _NOT_NOW:
            return False
        return True

    def write(self, data: bytes | memoryview) -> int:
        """Bytes taken now, 0 when none. Raises OSError when the peer is gone."""
        try:
            return self.socket.send(data)
        except _NOT_NOW:
            return 0

    def read_into(self, buffer: memoryview) -> int | None:
        """
        Bytes read now into ``buffer``, 0 when there are none, None at the end of the stream.

        TLS hands out one record of 16 KiB per call, so it is asked until the buffer is full or nothing is left.
        """
        filled = 0
        try:
            while filled < len(buffer):
                size = self.socket.recv_into(buffer[filled:])
                if not size:
                    return filled or None
                filled += size
                if not isinstance(self.socket, ssl.SSLSocket):
                    break
        except _NOT_NOW:
            pass
        except (ssl.SSLEOFError, ConnectionResetError):
            return filled or None
        return filled

    def mss(self) -> int | None:
        """Payload bytes of a full segment (options already taken off), None where the system does not tell."""
        try:
            return self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) or None
        except (OSError, AttributeError):
            return None

    def tcp_info(self) -> bytes:
        """Linux's struct tcp_info, empty elsewhere."""
        option = getattr(socket, "TCP_INFO", None)
        if option is None:
            return b""
        try:
            return self.socket.getsockopt(socket.IPPROTO_TCP, option, 256)
        except OSError:
            return b""

    def close(self) -> None:
        """Drop the connection and what it still holds: a normal close would go on sending a full buffer."""
        if not self.closed:
            self.closed = True
            with contextlib.suppress(OSError):  # not every system lets a dying socket be asked
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()


class Head:
    """Collects the bytes before the body of an answer and keeps the status."""

    def __init__(self) -> None:
        self.raw = b""
        self.status: int | None = None

    def feed(self, data: bytes | memoryview) -> bytes:
        """Take bytes; return those that belong to the body. Raises OSError when this is not HTTP."""
        if self.status is not None:
            return bytes(data)
        self.raw += bytes(data)
        before, mark, body = self.raw.partition(b"\r\n\r\n")
        if not mark:
            if len(self.raw) > _HEAD_LIMIT:
                raise OSError(errno.EPROTO, "the answer's head does not end")
            return b""
        words = before.split(b" ", 2)
        if not words[0].startswith(b"HTTP/1.") or not words[1:] or not words[1].isdigit():
            raise OSError(errno.EPROTO, "the answer is not HTTP/1.x")
        self.raw = before
        self.status = int(words[1])
        return body

    def value(self, wanted: str) -> str:
        """The value of a header, named in lower case; empty without it."""
        for line in self.raw.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == wanted.encode("ascii"):
                return value.strip().decode("latin-1")
        return ""

    def length(self) -> int:
        """The value of Content-Length, 0 without one."""
        told = self.value("content-length")
        return int(told) if told.isdigit() else 0


class Exchange:
    """Small requests one after the other over one kept-alive connection, none of them waited for."""

    def __init__(self, place: Place) -> None:
        self.wire = Wire(place)
        self.asked_at: float | None = None
        self.head = Head()
        self._body = b""
        self._bare = False
        self._buffer = memoryview(bytearray(64 * 1024))

    @property
    def idle(self) -> bool:
        """Whether a new question may be asked."""
        return self.asked_at is None and self.wire.ready

    def ask(self, method: str, path: str, now: float, body: bytes = b"") -> None:
        """Send a request; a body is JSON and small."""
        lines = [f"Content-Length: {len(body)}"] if method == "POST" else []
        lines += ["Content-Type: application/json"] if body else []
        self.wire.write(self.wire.place.head(method, path, *lines) + body)
        self._bare = method == "HEAD"
        self.asked_at, self.head, self._body = now, Head(), b""

    def poll(self) -> tuple[int, bytes] | None:
        """Status and body when the answer is complete. Raises OSError when the connection is gone."""
        if not self.wire.advance() or self.asked_at is None:
            return None
        size = self.wire.read_into(self._buffer)
        if size is None:
            raise OSError(errno.ECONNRESET, "the collector closed the connection")
        if size:
            self._body += self.head.feed(self._buffer[:size])
        if self.head.status is None or (not self._bare and len(self._body) < self.head.length()):
            return None
        self.asked_at = None
        return self.head.status, self._body

    def close(self) -> None:
        """Drop the connection."""
        self.wire.close()
