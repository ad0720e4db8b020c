"""HTTP/1.1 as the fast server needs it: a request's head read, a small answer written."""

import http
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from collector.errors import CollectorError

_HEAD_LIMIT = 16 * 1024
_BODY_LIMIT = 4 * 1024
"""Of small requests; bulk is not held."""


class NotHttpError(CollectorError):
    """What came is no HTTP request that can be answered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``headers`` by lower-case name. ``body`` is empty for bulk, which is read where it is counted."""

    method: str
    target: str
    headers: Mapping[str, str]
    length: int
    body: bytes

    @property
    def lossy(self) -> bool:
        """Whether the client asks for a congestion control that stands random loss."""
        return parse_qs(urlsplit(self.target).query).get("loss") == ["1"]

    @property
    def token(self) -> str:
        """The bearer token, empty without one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


def read_request(connection: socket.socket, waiting: bytes) -> tuple[Asked | None, bytes]:
    """
    The next request and the bytes behind it; None at the end of the connection.

    Raises :class:`NotHttpError`, and OSError when nothing comes for too long.
    """
    while b"\r\n\r\n" not in waiting:
        if len(waiting) > _HEAD_LIMIT:
            raise NotHttpError("problem.bad_request")
        piece = connection.recv(_HEAD_LIMIT)
        if not piece:
            return None, b""
        waiting += piece
    head, _, waiting = waiting.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 - RFC 9112 §3
        raise NotHttpError("problem.bad_request")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    told = headers.get("content-length", "0")
    if not told.isdigit():
        raise NotHttpError("problem.bad_request")
    length = int(told)
    body = b""
    if length and "/up/" not in words[1] and not words[1].partition("?")[0].endswith("/empty.php"):
        if length > _BODY_LIMIT:
            raise NotHttpError("problem.bad_request")
        while len(waiting) < length:
            piece = connection.recv(_BODY_LIMIT)
            if not piece:
                return None, b""
            waiting += piece
        body, waiting = waiting[:length], waiting[length:]
    return Asked(words[0], words[1], headers, length, body), waiting


def answer(
    connection: socket.socket, status: int, body: bytes, headers: Mapping[str, str] | None = None, *, close: bool = False
) -> None:
    """A small answer, never stored by anything in between."""
    lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}", "Cache-Control: no-store"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if status != http.HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(body)}")
    if close:
        lines.append("Connection: close")
    connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
