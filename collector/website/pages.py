"""One visit to a page over one address: how long each step took, what came, and the certificate."""

import http.client
import itertools
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

MOST_BYTES = 2_000_000
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Visit:
    """``problem`` None: an answer came. Times in milliseconds; ``first_ms`` from the request to the first byte."""

    status: int = 0
    location: str = ""
    body: bytes = b""
    tcp_ms: float | None = None
    first_ms: float | None = None
    page_ms: float | None = None
    problem: str | None = None
    certificate: str | None = None
    """What is wrong with the certificate, in the TLS library's words; None when it is good or there is none."""
    expires: float | None = None
    """When the certificate ends, in seconds since 1970."""

    @property
    def good(self) -> bool:
        """An answer that is no error."""
        return self.problem is None and self.certificate is None and 200 <= self.status < 400  # noqa: PLR2004 - HTTP

    @property
    def rate_mbit_s(self) -> float | None:
        """Of the body, from the first byte to the last; None where it is too small to tell."""
        if self.page_ms is None or self.first_ms is None or len(self.body) < 50_000:  # noqa: PLR2004 - too few packets
            return None
        return len(self.body) * 8 / 1000 / max(self.page_ms - self.first_ms, 0.01)


def visit(
    url: str, address: str, timeout_s: float, tls: ssl.SSLContext, clock: Callable[[], float] = time.monotonic
) -> Visit:
    """GET ``url`` at ``address``, whatever its name resolves to. Follows nothing, raises nothing a network can cause."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    begun = clock()
    try:
        made = socket.create_connection((address, port), timeout_s)
    except OSError as error:
        return Visit(problem=f"tcp: {error}")
    tcp_ms = (clock() - begun) * 1000
    expires = None
    with made:
        if secure:
            try:
                made = tls.wrap_socket(made, server_hostname=parts.hostname)
            except ssl.SSLCertVerificationError as error:
                return Visit(tcp_ms=tcp_ms, problem="tls", certificate=error.verify_message)
            except OSError as error:
                return Visit(tcp_ms=tcp_ms, problem=f"tls: {error}")
            expires = ssl.cert_time_to_seconds(str((made.getpeercert() or {})["notAfter"]))
        with made:
            return _exchange(made, url, tcp_ms, expires, clock, begun + timeout_s)


def _exchange(
    made: socket.socket, url: str, tcp_ms: float, expires: float | None, clock: Callable[[], float], end: float
) -> Visit:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/html,*/*\r\nConnection: close\r\n\r\n"
    begun = clock()
    try:
        made.sendall(request.encode("ascii", "replace"))
        answer = http.client.HTTPResponse(made)
        answer.begin()
        first_ms = (clock() - begun) * 1000
        body = b""
        while len(body) < MOST_BYTES and (piece := answer.read1(_CHUNK)):
            body += piece
            if clock() > end:
                return Visit(
                    status=answer.status, tcp_ms=tcp_ms, first_ms=first_ms, problem="page: timed out", expires=expires
                )
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Visit(tcp_ms=tcp_ms, problem=f"http: {type(error).__name__} {error}", expires=expires)
    page_ms = (clock() - begun) * 1000
    location = answer.getheader("Location") or ""
    return Visit(answer.status, location, body, tcp_ms, first_ms, page_ms, None, None, expires)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if self._silent <= 0:
            self.words += re.findall(r"[A-Za-z]+|[\u4e00-\u9fff]", data)  # numbers change: counters, dates


def _parsed(body: bytes) -> _Links:
    parser = _Links()
    parser.feed(body.decode("utf-8", "replace"))
    return parser


def site_of(url: str) -> str:
    """What belongs to one site: the same host, with or without ``www``."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def inner_links(url: str, body: bytes) -> list[str]:
    """Addresses of other pages of the same site (its subdomains count), in order, each once."""
    try:
        found = [urldefrag(urljoin(url, item.strip()))[0] for item in _parsed(body).found]
        return list(
            dict.fromkeys(
                item
                for item in found
                if urlsplit(item).scheme in ("http", "https")
                and f".{urlsplit(item).hostname}".endswith(f".{site_of(url)}")
                and item.rstrip("/") != url.rstrip("/")
            )
        )
    except ValueError:  # an address that is none, such as http://[
        return []


def alike(one: bytes, other: bytes) -> float:
    """How much of the words of two pages is the same, 0 to 1 (Jaccard over pairs of words)."""
    pairs = []
    for body in (one, other):
        words = _parsed(body).words
        pairs.append(set(itertools.pairwise(words)) or {(word, "") for word in words})
    union = pairs[0] | pairs[1]
    return len(pairs[0] & pairs[1]) / len(union) if union else 1.0
