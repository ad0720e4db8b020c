"""
The collector's viewer interface, over HTTP. Blocking: called from threads of :mod:`tui.fetching` only.

Each call opens its own session: requests' sessions are not made for several threads, and one that is left open would hold a
connection of the collector for as long as the screen is.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

from contract.api import Problem, Rollup, SchoolDetail, SchoolPage
from contract.wire import WireError, decode
from tui.errors import AnswerError

T = TypeVar("T")
MAX_ANSWER_BYTES = 64 << 20
"""A page of 1,000 schools is about 0.5 MB; anything near this is not a collector."""
_LOOPBACK = ("127.", "localhost", "[::1]", "::1")
_STATUS = {
    401: ("tui.fault.token_refused", False),
    403: ("tui.fault.not_permitted", False),
    404: ("tui.fault.not_found", False),
    429: ("tui.fault.busy", True),
    503: ("tui.fault.busy", True),
}


class Client(Protocol):
    """What the screens need from a collector. Every call may raise :class:`tui.errors.AnswerError`."""

    @property
    def address(self) -> str:
        """Shown to the reader."""

    def pages(self) -> Iterator[SchoolPage]:
        """All schools the token may see, page by page."""

    def rollup(self) -> Rollup:
        """The sums over them, and the targets."""

    def school(self, school_id: str) -> SchoolDetail:
        """One school, scored now."""


class _Bearer(AuthBase):
    """As an auth object, so that an entry in ``~/.netrc`` cannot replace the token (requests prefers netrc over headers)."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class HttpClient:
    """
    A :class:`Client` over the network.

    ``timeout_s`` bounds connecting and each wait for data. ``ca_file`` is a PEM file with the county's own authority;
    there is no way to turn verification off.
    """

    def __init__(
        self, url: str, token: str, *, ca_file: Path | None = None, timeout_s: float = 15.0, page_size: int = 500
    ) -> None:
        self._url = url.rstrip("/")
        self._auth = _Bearer(token)
        self._ca_file = ca_file
        self._timeout = (min(5.0, timeout_s), timeout_s)
        self._page_size = page_size

    @property
    def address(self) -> str:
        """Without any credentials that were written into it."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def pages(self) -> Iterator[SchoolPage]:
        """Ordered by school id. A page without progress ends it: two servers in a loop must not hold the screen."""
        after: str | None = None
        with self._session() as session:
            while True:
                params: dict[str, str | int] = {"limit": self._page_size}
                if after is not None:
                    params["after"] = after
                page = self._get(session, "/v1/schools", SchoolPage, params)
                yield page
                if page.next is None or page.next == after or not page.items:
                    return
                after = page.next

    def rollup(self) -> Rollup:
        """Over everything the token may see."""
        with self._session() as session:
            return self._get(session, "/v1/rollup", Rollup)

    def school(self, school_id: str) -> SchoolDetail:
        """One school with its scorecards."""
        with self._session() as session:
            return self._get(session, f"/v1/schools/{quote(school_id, safe='')}", SchoolDetail)

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.auth = self._auth
        session.headers["Accept"] = "application/json"
        host = urlsplit(self._url).netloc.rpartition("@")[2]
        if host.startswith(_LOOPBACK):  # a proxy cannot reach this machine's own loopback
            session.trust_env = False
        if self._ca_file is not None:
            session.verify = str(self._ca_file)
        return session

    def _get(self, session: requests.Session, path: str, type_: type[T], params: dict[str, str | int] | None = None) -> T:
        return self._guarded(lambda: self._exchange(session, path, type_, params))

    def _exchange(self, session: requests.Session, path: str, type_: type[T], params: dict[str, str | int] | None) -> T:
        with session.get(
            self._url + path, params=params, timeout=self._timeout, stream=True, allow_redirects=False
        ) as answer:
            body = bytearray()
            for part in answer.iter_content(1 << 16):
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    raise AnswerError("tui.fault.too_large", megabytes=MAX_ANSWER_BYTES >> 20)
            if answer.status_code != requests.codes.ok:
                raise _refusal(answer.status_code, bytes(body))
            return decode(bytes(body), type_)

    def _guarded(self, exchange: Callable[[], T]) -> T:
        """Turn what can go wrong between two machines into one of our own errors. The order matters: they are subclasses."""
        try:
            return exchange()
        except WireError as error:
            raise AnswerError(
                "tui.fault.not_understood",
                field=error.message.params.get("field", "$"),
                problem=error.message.params.get("problem", "?"),
            ) from error
        except requests.exceptions.SSLError as error:
            raise AnswerError("tui.fault.tls", url=self.address, problem=_cause(error)) from error
        except requests.exceptions.Timeout as error:
            raise AnswerError("tui.fault.slow", retry=True, url=self.address, seconds=self._timeout[1]) from error
        except requests.exceptions.ConnectionError as error:
            raise AnswerError("tui.fault.unreachable", retry=True, url=self.address) from error
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise AnswerError("tui.fault.broken", retry=True, url=self.address, problem=_cause(error)) from error


def _refusal(status: int, body: bytes) -> AnswerError:
    """
    The named error for a status, with the collector's own words where it gave any we know no name for.

    Its parameters go along under their own names: its sentence, which stands inside ours, is filled from them.
    """
    if status in _STATUS:
        code, retry = _STATUS[status]
        return AnswerError(code, retry=retry)
    try:
        problem = decode(body, Problem)
    except WireError:
        return AnswerError("tui.fault.status", retry=status >= requests.codes.server_error, status=status)
    inner = {name: value for name, value in problem.params.items() if name != "retry"}
    params = {"field": problem.field or "$", **inner, "http_status": status, "refusal": problem.code}
    return AnswerError("tui.fault.refused", retry=status >= requests.codes.server_error, **params)


def _cause(error: BaseException) -> str:
    """The innermost reason of a chain of wrapped errors, on one line."""
    inner: BaseException = error
    while inner.args and isinstance(inner.args[0], BaseException):
        inner = inner.args[0]
    reason = getattr(inner, "reason", None)
    return " ".join(str(reason if isinstance(reason, BaseException) else inner).split())[:200]
