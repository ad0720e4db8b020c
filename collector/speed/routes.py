"""What the fast server answers to small requests: the same as :mod:`collector.api.speed`, without a framework."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from collector.slots.gate import ClosedError, Gate
from collector.speed.receipts import Key, receipt_of
from collector.speed.request import Asked
from collector.speed.session import Session
from collector.speed.sessions import BusyError, NoSessionError, SpeedSessions
from contract.api import Problem, SpeedRequest, SpeedSession
from contract.wire import WireError, decode, encode

Small = tuple[int, bytes, dict[str, str]]
_JSON = {"Content-Type": "application/json"}


class Routes:
    """``owner`` gives (school, agent) of a bearer token, or None."""

    def __init__(
        self,
        sessions: SpeedSessions,
        owner: Callable[[str], tuple[str, str] | None],
        now: Callable[[], datetime],
        key: Key | None,
        gate: Gate | None = None,
    ) -> None:
        self._sessions, self._owner, self._now, self._key, self._gate = sessions, owner, now, key, gate

    def session(self, name: str) -> Session | None:
        """The open session of that name: 144 random bits, so that knowing it is the permission."""
        return self._sessions.find(name)

    def small(self, kind: str, name: str, asked: Asked, peer: str) -> Small:
        """Status, body and headers."""
        if kind == "ping":
            return HTTPStatus.NO_CONTENT, b"", {}
        if kind != "sessions":
            return _problem(HTTPStatus.NOT_FOUND, "problem.not_found")
        if asked.method == "POST" and not name:
            return self._open(asked, peer)
        session = self._sessions.find(name)
        if session is None:
            return _problem(HTTPStatus.NOT_FOUND, "problem.speed_no_session")
        if asked.method == "DELETE":
            return self._close(session)
        return HTTPStatus.OK, encode(session.count(self._sessions.settings.line_mbit_s)), _JSON

    def _open(self, asked: Asked, peer: str) -> Small:
        owner = self._owner(asked.token)
        if owner is None:
            return _problem(HTTPStatus.UNAUTHORIZED, "problem.token_unknown")
        try:
            wanted = decode(asked.body, SpeedRequest) if asked.body else SpeedRequest()
            if self._gate is not None:
                self._gate.admit(owner[0])
            session = self._sessions.open(*owner, report_id=wanted.report_id, peer=peer, opened_at=self._now())
        except WireError as error:
            return _problem(HTTPStatus.BAD_REQUEST, error.message.code)
        except (BusyError, ClosedError) as error:
            status, body, headers = _problem(HTTPStatus.TOO_MANY_REQUESTS, error.message.code)
            return status, body, headers | {"Retry-After": str(error.retry_after_s)}
        granted = SpeedSession(
            session=session.name, max_bytes=session.max_bytes, max_seconds=session.max_seconds, peer_address=peer
        )
        return HTTPStatus.CREATED, encode(granted), _JSON

    def _close(self, session: Session) -> Small:
        try:
            self._sessions.close(session.name, session.school_id)
        except NoSessionError as error:
            return _problem(HTTPStatus.NOT_FOUND, error.message.code)
        if self._gate is not None:
            self._gate.spent(session.school_id, session.sent.bytes + session.received.bytes)
        if self._key is None or session.opened_at is None:
            return HTTPStatus.NO_CONTENT, b"", {}
        signed = self._key.sign(receipt_of(session, self._now(), self._sessions.settings.line_mbit_s))
        return HTTPStatus.OK, encode(signed), _JSON


def _problem(status: int, code: str) -> Small:
    problem = Problem(type=f"urn:campus-audit:{code}", title=code, status=int(status), code=code)
    return status, encode(problem), {"Content-Type": "application/problem+json"}
