"""
The collector over HTTP, as an agent needs it. Deliveries honour the system's proxies; measurements never come through here.

An answer counts as the collector's only when it has the collector's form: a captive portal answers 200 too, and a report
deleted on its word would be lost.
"""

import datetime as dt
import email.utils
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

import requests

from agent.backoff import retry_after
from agent.errors import RefusedError, UnreachableError
from contract.api import EnrolAnswer, EnrolRequest, Problem, Receipt, SchoolDetail
from contract.wire import WireError, decode, encode

T = TypeVar("T")
LARGEST_ANSWER = 4_000_000
"""Bytes; a school's detail with 50 reports is some 60 kB."""
_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer outside 2xx. ``problem`` is None when it was no problem document (a proxy in front may have spoken)."""

    status: int
    problem: Problem | None
    retry_after_s: float | None

    @property
    def error(self) -> RefusedError:
        """The same as an error, under the collector's own message code."""
        if self.problem is None:
            return RefusedError(self.status, "agent.uplink.status", status=self.status)
        return RefusedError(self.status, self.problem.code, **self.problem.params)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    retry_after_s: float | None
    date: str | None


class _Bearer(requests.auth.AuthBase):
    """Sets the token. As ``auth`` rather than a header, or requests would put a ~/.netrc entry in its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Uplink:
    """One collector. Every method raises :class:`UnreachableError` when nothing that looks like it answers."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        ca_file: str | None = None,
        timeout_s: float = 30.0,
        agent: str = "campus-agent",
        session: requests.Session | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._auth = None if token is None else _Bearer(token)
        self._verify: bool | str = ca_file or True
        self._timeout_s = timeout_s
        self._session = session or requests.Session()
        self._session.headers["User-Agent"] = agent

    def __enter__(self) -> Self:
        """Connections are kept alive between requests."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close them."""
        self._session.close()

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """``POST /v1/enrol``; :class:`RefusedError` when the code is not accepted."""
        return self._typed(self._ask("POST", "/v1/enrol", encode(request), gzipped=False), EnrolAnswer)

    def post_report(self, body: bytes) -> Receipt | Refusal:
        """``POST /v1/reports`` with a gzip body."""
        answer = self._ask("POST", "/v1/reports", body, gzipped=True)
        if answer.status in _SUCCESS:
            return self._typed(answer, Receipt)
        return _refusal(answer)

    def school(self) -> SchoolDetail:
        """``GET /v1/agent/score``: the school as the register and the judge see it."""
        return self._typed(self._ask("GET", "/v1/agent/score"), SchoolDetail)

    def time(self, wall: Callable[[], dt.datetime]) -> float | None:
        """
        ``GET /healthz``: this machine's clock minus the collector's in seconds (± 1), None when it does not say.

        :class:`RefusedError` when the collector is there but not in order.
        """
        answer = self._ask("GET", "/healthz")
        if answer.status not in _SUCCESS:
            raise _refusal(answer).error
        if answer.date is None:
            return None
        try:
            return (wall() - email.utils.parsedate_to_datetime(answer.date)).total_seconds()
        except (ValueError, TypeError):
            return None

    @property
    def proxy(self) -> str | None:
        """The proxy that deliveries go through, without its credentials; None when there is none."""
        chosen = requests.utils.select_proxy(self.url, requests.utils.get_environ_proxies(self.url))
        return None if chosen is None else chosen.rpartition("@")[2]

    def _ask(self, method: str, path: str, body: bytes | None = None, *, gzipped: bool = False) -> _Answer:
        headers = {} if body is None else {"Content-Type": "application/json"}
        if gzipped:
            headers["Content-Encoding"] = "gzip"
        try:
            # verify goes with the request: a session's own is overridden by REQUESTS_CA_BUNDLE (psf/requests#3829).
            with self._session.request(
                method,
                self.url + path,
                data=body,
                headers=headers,
                auth=self._auth,
                verify=self._verify,
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
            ) as response:
                raw = b""
                for piece in response.iter_content(65_536):
                    raw += piece
                    if len(raw) > LARGEST_ANSWER:
                        raise UnreachableError("agent.uplink.not_the_collector", url=self.url)
                date = response.headers.get("Date")
                asked = retry_after(response.headers.get("Retry-After"), date)
                answer = _Answer(response.status_code, raw, asked, date)
        except requests.exceptions.SSLError as error:
            raise UnreachableError(_tls_code(str(error)), url=self.url, problem=_short(error)) from error
        except (requests.RequestException, OSError) as error:  # OSError: ca_file is not there
            raise UnreachableError("agent.uplink.unreachable", url=self.url, problem=_short(error)) from error
        if answer.status in _REDIRECT:
            raise UnreachableError("agent.uplink.not_the_collector", url=self.url)
        return answer

    def _typed(self, answer: _Answer, type_: type[T]) -> T:
        if answer.status not in _SUCCESS:
            raise _refusal(answer).error
        try:
            return decode(answer.body, type_)
        except WireError as error:
            raise UnreachableError("agent.uplink.not_the_collector", url=self.url) from error


def _refusal(answer: _Answer) -> Refusal:
    try:
        problem = decode(answer.body, Problem)
    except WireError:
        problem = None
    return Refusal(answer.status, problem, answer.retry_after_s)


def _tls_code(text: str) -> str:
    """A wrong clock looks like a bad certificate; say which."""
    clocked = ("certificate has expired", "not yet valid")
    return "agent.uplink.tls_dates" if any(word in text for word in clocked) else "agent.uplink.tls"


def _short(error: BaseException) -> str:
    """The operating system's own words where it had any: the libraries around it repeat the address and add object names."""
    inner: BaseException | None = error
    words = ""
    while inner is not None:
        words = getattr(inner, "verify_message", "") or getattr(inner, "strerror", None) or words
        inner = inner.__cause__ or inner.__context__
    return str(words or error)[:200]
