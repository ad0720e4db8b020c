"""
One HTTP/1.1 request over one family, with the segment size clamped when asked for, and the answer timed.

By hand, because a library neither binds a request to an address family nor sets TCP_MAXSEG before the handshake.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

CLAMP = 1220
"""1280, which every IPv6 link carries (RFC 8200 §5), less 40 for IPv6 and 20 for TCP."""
_HEAD_LIMIT = 16 * 1024
_KEPT = 4096
_CHUNK = 65_536
_IPV6_MTU = 24
"""linux/in6.h; Python has no name for it."""


@dataclass(frozen=True, slots=True)
class Web:
    """
    How HTTP is spoken to a target: the name it is asked for, the path, and TLS or not.

    ``token`` is sent as bearer token: to our own collector only. ``large`` is a path whose answer has some 6 kB, ``bulk``
    one of some 300 kB, each None where there is none.
    """

    host: str
    path: str
    tls: ssl.SSLContext | None
    token: str | None = None
    large: str | None = None
    bulk: str | None = None

    def request(self, path: str) -> bytes:
        """A GET that closes the connection afterwards."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Accept-Encoding: identity", "Connection: close"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        return "\r\n".join([*lines, "", ""]).encode("ascii", "replace")


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` holds its first 4096 bytes, ``size`` counts all. ``flow_s`` is from the first byte to the last."""

    status: int
    location: str
    body: bytes
    size: int
    flow_s: float
    source: str
    path_mtu: int | None


async def connect(address: str, port: int, *, mss: int | None = None) -> socket.socket:
    """A connected socket that does not block. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        if mss and hasattr(socket, "TCP_MAXSEG"):
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, mss)
        await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:  # also when cancelled: nobody else holds the socket yet
        made.close()
        raise
    return made


async def fetch(
    address: str,
    port: int,
    web: Web,
    path: str,
    clock: Callable[[], float],
    *,
    mss: int | None = None,
    stop_after_s: float | None = None,
) -> Answer:
    """
    GET ``path`` and read to the end of the connection, or for ``stop_after_s`` seconds from the first byte.

    Raises OSError, ssl.SSLError, or ValueError when the answer is no HTTP.
    """
    made = await connect(address, port, mss=mss)
    source = str(made.getsockname()[0])
    name = web.host if web.tls else None
    try:
        reader, writer = await asyncio.open_connection(sock=made, ssl=web.tls, server_hostname=name, limit=_CHUNK)
    except BaseException:
        made.close()
        raise
    try:
        writer.write(web.request(path))
        await writer.drain()
        status, headers = await _head(reader)
        body, size, flow_s = await _body(reader, headers, clock, stop_after_s)
        return Answer(status, headers.get("location", ""), body, size, flow_s, source, _mtu(made))
    finally:
        writer.close()
        with contextlib.suppress(OSError):  # the answer is in; how the peer ends the connection does not matter
            await writer.wait_closed()


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        raw = error.partial  # servers that answer a status line and close: the status is what counts
    except asyncio.LimitOverrunError as error:
        raise ValueError("the head of the answer does not end") from error
    first, *lines = raw[:_HEAD_LIMIT].decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/1.") or len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 - version and status
        raise ValueError("no HTTP status line")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _body(
    reader: asyncio.StreamReader, headers: dict[str, str], clock: Callable[[], float], stop_after_s: float | None
) -> tuple[bytes, int, float]:
    wanted = int(headers["content-length"]) if headers.get("content-length", "").isdigit() else None
    begun = clock()
    kept, size = b"", 0
    while wanted is None or size < wanted:
        piece = await reader.read(_CHUNK)
        if not piece:
            break
        size += len(piece)
        kept = (kept + piece)[:_KEPT] if len(kept) < _KEPT else kept
        if stop_after_s is not None and clock() - begun > stop_after_s:
            break
    return kept, size, clock() - begun


def _mtu(made: socket.socket) -> int | None:
    """The path MTU that the system has learned; Linux only."""
    if made.family != socket.AF_INET6:
        return None
    try:
        return made.getsockopt(socket.IPPROTO_IPV6, _IPV6_MTU)
    except OSError:
        return None
