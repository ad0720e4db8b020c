"""Enrolled agents, and the one-time codes that enrol them."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from collector.store import tokens
from collector.store.schema import agent, enrolment_code
from contract.api import AgentRow


class NewCode(Struct, frozen=True, kw_only=True):
    """A code handed to a school."""

    school_id: str
    digest: str
    created_at: datetime
    expires_at: datetime


class Enrolment(Struct, frozen=True, kw_only=True):
    """An installation presents a code that belongs to ``school_id``."""

    school_id: str
    code_digest: str
    install_id: str
    agent_id: str
    """Used when the installation is new."""
    token_digest: str
    """Of the token it gets, should the code be good."""
    expires_at: datetime | None
    now: datetime
    public_key: str | None = None


class Refused(Struct, frozen=True):
    """Why a code was not accepted: ``problem.code_unknown``, ``problem.code_used`` or ``problem.code_expired``."""

    code: str


class Accepted(Struct, frozen=True):
    """The agent that the installation is."""

    school_id: str
    agent_id: str


def add_codes(connection: Connection, codes: Sequence[NewCode]) -> list[None]:
    """Store new codes."""
    for code in codes:
        connection.execute(insert(enrolment_code).values(**{name: getattr(code, name) for name in code.__struct_fields__}))
    return [None] * len(codes)


def school_of_code(connection: Connection, digest: str) -> str | None:
    """The school a code belongs to."""
    return connection.scalar(select(enrolment_code.c.school_id).where(enrolment_code.c.digest == digest))


def enrol(connection: Connection, wanted: Sequence[Enrolment]) -> list[Accepted | Refused]:
    """
    Bind each code to its installation and give the agent a new token.

    The same installation with the same code is the same agent again, also after the code's expiry: its answer was lost on
    the way. Its earlier token is taken back, because nobody is left who knows it.
    """
    return [_enrol(connection, item) for item in wanted]


def _enrol(connection: Connection, item: Enrolment) -> Accepted | Refused:
    statement = select(enrolment_code).where(
        enrolment_code.c.school_id == item.school_id, enrolment_code.c.digest == item.code_digest
    )
    code = connection.execute(statement).mappings().first()
    if code is None:
        return Refused("problem.code_unknown")
    if code["install_id"] not in (None, item.install_id):
        return Refused("problem.code_used")
    if code["install_id"] is None and code["expires_at"] <= item.now:
        return Refused("problem.code_expired")
    school_id, agent_id = item.school_id, code["agent_id"] or item.agent_id
    if _revoked(connection, school_id, agent_id):  # the code it once came in with does not let it in again
        return Refused("problem.code_used")
    if code["agent_id"] is None:
        connection.execute(
            insert(agent).values(school_id=school_id, agent_id=agent_id, install_id=item.install_id, enrolled_at=item.now)
        )
        connection.execute(
            update(enrolment_code)
            .where(enrolment_code.c.school_id == school_id, enrolment_code.c.digest == item.code_digest)
            .values(install_id=item.install_id, agent_id=agent_id, used_at=item.now)
        )
    tokens.revoke_agent(connection, school_id, agent_id, item.now)
    fresh_start = {"public_key": item.public_key, "chain": None, "chain_before": None, "chain_behind": 0, "cloned_at": None}
    connection.execute(
        update(agent).where(agent.c.school_id == school_id, agent.c.agent_id == agent_id).values(**fresh_start)
    )
    fresh = tokens.TokenRow(
        role="agent",
        digest=item.token_digest,
        school_id=school_id,
        agent_id=agent_id,
        counties=None,
        note="",
        created_at=item.now,
        expires_at=item.expires_at,
        revoked_at=None,
    )
    tokens.add(connection, [fresh])
    return Accepted(school_id, agent_id)


def _revoked(connection: Connection, school_id: str, agent_id: str) -> bool:
    there = agent.c.school_id == school_id, agent.c.agent_id == agent_id, agent.c.revoked_at.is_not(None)
    return connection.scalar(select(agent.c.agent_id).where(*there)) is not None


def revoke(connection: Connection, wanted: Sequence[tuple[str, str, datetime]]) -> list[bool]:
    """Take an agent's tokens back at a time: (school, agent, when). False for one that is not there, or was already."""
    return [_revoke(connection, *item) for item in wanted]


def _revoke(connection: Connection, school_id: str, agent_id: str, now: datetime) -> bool:
    there = agent.c.school_id == school_id, agent.c.agent_id == agent_id, agent.c.revoked_at.is_(None)
    hit = connection.execute(update(agent).where(*there).values(revoked_at=now)).rowcount
    tokens.revoke_agent(connection, school_id, agent_id, now)
    return hit == 1


def of_school(connection: Connection, school_id: str) -> list[AgentRow]:
    """The agents of a school, by id."""
    statement = select(agent).where(agent.c.school_id == school_id).order_by(agent.c.agent_id)
    return [
        AgentRow(
            agent_id=row["agent_id"],
            enrolled_at=row["enrolled_at"],
            last_seen_at=row["last_seen_at"],
            version=row["version"],
            clock_offset_s=row["clock_offset_s"],
            signed=row["public_key"] is not None,
            cloned=row["cloned_at"] is not None,
            revoked=row["revoked_at"] is not None,
        )
        for row in connection.execute(statement).mappings()
    ]
