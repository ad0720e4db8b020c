"""Who is asking: the bearer token of a request, looked up by its SHA-256."""

from dataclasses import dataclass
from enum import StrEnum

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from collector.api.problem import ProblemError
from collector.identity.token import scope_of, token_digest
from collector.store.store import Store
from collector.store.tokens import TokenRow


class Role(StrEnum):
    """What a token may do; the route table of docs/architecture.md names the role of each route."""

    AGENT = "agent"
    """Post its own school's reports, ask for speed sessions, read its own school's score."""
    VIEWER = "viewer"
    """Read everything of its counties."""
    ADMIN = "admin"
    """Everything a viewer may, of all counties, and changes."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The owner of a valid token. ``counties`` None means all of them."""

    role: Role
    school_id: str | None = None
    agent_id: str | None = None
    counties: tuple[str, ...] | None = None
    public_key: str | None = None

    def sees(self, county: str) -> bool:
        """Whether schools of ``county`` may be shown to this principal."""
        return self.counties is None or county in self.counties


_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="campus-audit"'}


async def _looked_up(store: Store, scope: str, digest: str) -> TokenRow | None:
    """20 µs in a file beside us; a database on the network may keep a thread waiting, never the event loop."""
    return store.token(scope, digest) if store.embedded else await run_in_threadpool(store.token, scope, digest)


async def require(request: Request, *roles: Role) -> Principal:
    """
    The principal of the request, when its role is one of ``roles``.

    Raises 401 ``problem.token_missing``, ``problem.token_unknown`` or ``problem.token_expired``, and 403
    ``problem.role_not_allowed``.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise ProblemError(401, "problem.token_missing", headers=_CHALLENGE)
    found = await _looked_up(request.app.state.store, scope_of(token), token_digest(token))
    if found is None or found.revoked_at is not None:
        raise ProblemError(401, "problem.token_unknown", headers=_CHALLENGE)
    if found.expires_at is not None and found.expires_at <= request.app.state.clock.now():
        raise ProblemError(401, "problem.token_expired", headers=_CHALLENGE, expired_at=found.expires_at.isoformat())
    if Role(found.role) not in roles:
        raise ProblemError(403, "problem.role_not_allowed", role=found.role, allowed=", ".join(roles))
    return Principal(Role(found.role), found.school_id, found.agent_id, found.counties, found.public_key)
