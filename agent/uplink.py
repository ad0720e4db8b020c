"""
The collector over HTTP, as an agent needs it. Deliveries honour the system's proxies; measurements never come through here.

An answer counts as the collector's only when it has the collector's form: a captive portal answers 200 too, and a report
deleted on its word would be lost.
"""

import datetime as dt
import email.utils
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Self, TypeVar

import requests

from agent.backoff import retry_after
from agent.errors import RefusedError, UnreachableError
from contract.api import EnrolAnswer, EnrolRequest, Problem, Receipt, SchoolDetail, SlotAnswer
from contract.attestation import AnswerList, Attestation, AttestationReceipt
from contract.wire import WireError, decode, encode

T = TypeVar("T")
LARGEST_ANSWER = 4_000_000
"""Bytes; a school's detail with 50 reports is some 60 kB."""
DIRECT = "none"
PROXY_WANTS_LOGIN = 407
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
        proxy: str | None = None,
        wall: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        """``proxy``: an address, :data:`DIRECT` for none, None for what the environment or the system says."""
        self.url = url.rstrip("/")
        self._auth = None if token is None else _Bearer(token)
        self._verify: bool | str = ca_file or True
        self._timeout_s = timeout_s
        self._wall = wall
        self._session = requests.Session()
        self._session.headers["User-Agent"] = agent
        self._proxies = _proxies(self.url, proxy)
        self._session.trust_env = False  # else NO_PROXY and ~/.netrc would overrule what is chosen here

    def __enter__(self) -> Self:
        """Connections are kept alive between requests."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close them."""
        self._session.close()

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """``POST /v1/enrol``; :class:`RefusedError` when the code is not accepted."""
        return self._typed(self._ask("POST", "/v1/enrol", encode(request), gzipped=False), EnrolAnswer)

    def post_report(self, body: bytes, headers: Mapping[str, str] = MappingProxyType({})) -> Receipt | Refusal:
        """``POST /v1/reports`` with a gzip body and the headers of its signature."""
        answer = self._ask("POST", "/v1/reports", body, gzipped=True, headers=headers)
        if answer.status in _SUCCESS:
            return self._typed(answer, Receipt)
        return _refusal(answer)

    def ask_slot(self) -> SlotAnswer | None:
        """Whether this machine may run a speed test; None from a collector without slots. Raises :class:`AgentError`."""
        answer = self._ask("POST", "/v1/slots", b"")
        return None if answer.status == HTTPStatus.NOT_FOUND else self._typed(answer, SlotAnswer)

    def end_slot(self, slot: str) -> None:
        """Give a slot back. Raises :class:`AgentError` when the collector cannot be told."""
        self._ask("DELETE", f"/v1/slots/{slot}")

    def school(self) -> SchoolDetail:
        """``GET /v1/agent/score``: the school as the register and the judge see it."""
        return self._typed(self._ask("GET", "/v1/agent/score"), SchoolDetail)

    def attestations(self) -> AnswerList:
        """``GET /v1/agent/attestations``: what this school has answered."""
        return self._typed(self._ask("GET", "/v1/agent/attestations"), AnswerList)

    def attest(self, form: Attestation) -> AttestationReceipt:
        """``POST /v1/attestations``."""
        return self._typed(self._ask("POST", "/v1/attestations", encode(form)), AttestationReceipt)

    def attach(self, sha256: str, content: bytes) -> None:
        """``PUT /v1/attachments/{sha256}``."""
        answer = self._ask("PUT", f"/v1/attachments/{sha256}", content)
        if answer.status not in _SUCCESS:
            raise _refusal(answer).error

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
        chosen = requests.utils.select_proxy(self.url, self._proxies)
        return None if chosen is None else chosen.rpartition("@")[2]

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        gzipped: bool = False,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> _Answer:
        # Date (RFC 9110 §6.6.1) tells the collector this clock's offset apart from the time a report lay in the spool.
        sent = {"Date": email.utils.format_datetime(self._wall().astimezone(dt.UTC), usegmt=True), **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if gzipped:
            sent["Content-Encoding"] = "gzip"
        try:
            # verify goes with the request: a session's own is overridden by REQUESTS_CA_BUNDLE (psf/requests#3829).
            with self._session.request(
                method,
                self.url + path,
                data=body,
                headers=sent,
                auth=self._auth,
                verify=self._verify,
                proxies=self._proxies,
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
            raise self._untrusted(error) from error
        except requests.exceptions.ProxyError as error:
            raise UnreachableError("agent.uplink.proxy", proxy=self.proxy or "?", problem=_short(error)) from error
        except (requests.RequestException, OSError) as error:  # OSError: ca_file is not there
            raise UnreachableError("agent.uplink.unreachable", url=self.url, problem=_short(error)) from error
        if answer.status == PROXY_WANTS_LOGIN:
            raise UnreachableError("agent.uplink.proxy", proxy=self.proxy or "?", problem="HTTP 407")
        if answer.status in _REDIRECT:
            raise UnreachableError("agent.uplink.not_the_collector", url=self.url)
        return answer

    def _untrusted(self, error: requests.exceptions.SSLError) -> UnreachableError:
        """A wrong clock looks like a bad certificate: then the machine's own date is shown with it."""
        text = str(error)
        if any(word in text for word in ("certificate has expired", "not yet valid")):
            today = f"{self._wall():%Y-%m-%d}"
            return UnreachableError("agent.uplink.tls_dates", url=self.url, problem=_short(error), today=today)
        return UnreachableError("agent.uplink.tls", url=self.url, problem=_short(error))

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


def _proxies(url: str, given: str | None) -> dict[str, str]:
    if given == DIRECT:
        return {}
    if given is not None:
        return {"http": given, "https": given}
    return dict(requests.utils.get_environ_proxies(url))


def _short(error: BaseException) -> str:
    """The operating system's own words where it had any: the libraries around it repeat the address and add object names."""
    inner: BaseException | None = error
    words = ""
    while inner is not None:
        words = getattr(inner, "verify_message", "") or getattr(inner, "strerror", None) or words
        inner = inner.__cause__ or inner.__context__
    return str(words or error)[:200]
