"""``campus-collector enroll-code`` and ``token``: who may come in."""

import argparse
import secrets
from datetime import timedelta
from typing import Any

from collector.commands.desk import Desk, school_of, subcommand
from collector.errors import NotFoundError, UsageError
from collector.identity import code, token
from collector.identity.principal import Role
from collector.store import agents, schools, tokens
from collector.store.agents import NewCode
from collector.store.tokens import TokenRow
from contract.exit_code import ExitCode
from locales.cli import command
from locales.table import table
from locales.texts import Texts

MOST_DAYS = 3660
SHOWN = 12
"""Characters of the digest that name a token: 48 bits, enough to tell millions apart."""


def add(group: Any, texts: Texts) -> None:
    """Declare the commands."""
    parser = subcommand(group, texts, "enroll-code", "enroll_code", make_code)
    parser.add_argument("school", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    inner = command(group, texts, "token", "collector.token").commands("token_command")
    parser = subcommand(inner, texts, "create", "token_create", create)
    roles = [Role.VIEWER.value, Role.ADMIN.value]
    parser.add_argument("--role", choices=roles, required=True, help=texts("collector.token_create.role"))
    parser.add_argument("--county", action="append", metavar="COUNTY", help=texts("collector.token_create.county"))
    parser.add_argument("--days", type=int, metavar="N", help=texts("collector.token_create.days"))
    parser.add_argument("--note", default="", help=texts("collector.token_create.note"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(inner, texts, "list", "token_list", show)
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(inner, texts, "revoke", "token_revoke", revoke)
    parser.add_argument("id", metavar="ID", help=texts("collector.token_revoke.id"))


def make_code(desk: Desk, arguments: argparse.Namespace) -> int:
    """Make a one-time code; only its hash is kept, so it is shown here and never again."""
    now = desk.clock.now()
    expires = now + timedelta(days=desk.config.code_days)
    fresh = code.make(secrets.token_bytes)
    with desk.store() as store:
        school = school_of(store, arguments.school)
        new = NewCode(school_id=school.id, digest=code.code_digest(fresh), created_at=now, expires_at=expires)
        store.write(agents.add_codes, [new])
        desk.note(store, "enroll-code", f"expires {expires.isoformat()}", school.id)
    if arguments.json:
        desk.show({"code": fresh, "school_id": school.id, "expires_at": expires})
    else:
        until = expires.astimezone(desk.config.zone).date().isoformat()
        desk.say("collector.enroll_code.done", code=fresh, school=school.name, until=until)
    return int(ExitCode.DONE)


def create(desk: Desk, arguments: argparse.Namespace) -> int:
    """Make a token for a person or a dashboard; shown once."""
    if arguments.days is not None and not 1 <= arguments.days <= MOST_DAYS:
        raise UsageError("collector.token_create.bad_days")
    if arguments.role == Role.ADMIN and arguments.county:
        raise UsageError("collector.token_create.admin_county")
    now = desk.clock.now()
    fresh = token.make(arguments.role, token.NO_SCHOOL, secrets.token_bytes)
    row = TokenRow(
        role=arguments.role,
        digest=token.token_digest(fresh),
        school_id=None,
        agent_id=None,
        counties=None if arguments.county is None else tuple(arguments.county),
        note=arguments.note[:256],
        created_at=now,
        expires_at=None if arguments.days is None else now + timedelta(days=arguments.days),
        revoked_at=None,
    )
    with desk.store() as store:
        with store.reading() as connection:
            known = schools.counties(connection)
        unknown = [county for county in row.counties or () if county not in known]
        if unknown:
            raise NotFoundError("collector.county.unknown", county=", ".join(unknown), known=", ".join(known))
        store.write(tokens.add, [row])
        desk.note(store, "token create", f"{row.digest[:SHOWN]} {row.role}")
    if arguments.json:
        desk.show({"token": fresh, "id": row.digest[:SHOWN], "role": row.role, "expires_at": row.expires_at})
    else:
        print(fresh, file=desk.out)
    return int(ExitCode.DONE)


def show(desk: Desk, arguments: argparse.Namespace) -> int:
    """List tokens, without their secrets: nobody has them."""
    with desk.store() as store, store.reading() as connection:
        rows = tokens.listed(connection)
    if arguments.json:
        desk.show([{**_named(row), "id": row.digest[:SHOWN]} for row in rows])
        return int(ExitCode.DONE)
    words = desk.texts
    header = [words(f"collector.token_list.{name}") for name in ("id", "role", "scope", "created", "state", "note")]
    cells = [
        [row.digest[:SHOWN], row.role, _scope(row), row.created_at.date().isoformat(), _state(desk, row), row.note]
        for row in rows
    ]
    print(table(header, cells), file=desk.out)
    return int(ExitCode.DONE)


def revoke(desk: Desk, arguments: argparse.Namespace) -> int:
    """Take back the token whose id is given."""
    with desk.store() as store:
        with store.reading() as connection:
            hits = [row for row in tokens.listed(connection) if row.digest.startswith(arguments.id) and not row.revoked_at]
        if len(hits) != 1 or len(arguments.id) < SHOWN:
            raise NotFoundError("collector.token_revoke.none", id=arguments.id)
        store.write(tokens.revoke, [(hits[0].digest, desk.clock.now())])
        desk.note(store, "token revoke", f"{hits[0].digest[:SHOWN]} {hits[0].role}", hits[0].school_id or "")
    desk.say("collector.token_revoke.done", id=hits[0].digest[:SHOWN])
    return int(ExitCode.DONE)


def _named(row: TokenRow) -> dict[str, Any]:
    names = ("role", "school_id", "agent_id", "counties", "note", "created_at", "expires_at", "revoked_at")
    return {name: getattr(row, name) for name in names}


def _scope(row: TokenRow) -> str:
    if row.school_id:
        return f"{row.school_id} {row.agent_id}"
    return "*" if row.counties is None else ", ".join(row.counties)


def _state(desk: Desk, row: TokenRow) -> str:
    if row.revoked_at is not None:
        return desk.texts("collector.token_list.revoked", date=row.revoked_at.date().isoformat())
    if row.expires_at is None:
        return desk.texts("collector.token_list.valid")
    code_ = "expired" if row.expires_at <= desk.clock.now() else "until"
    return desk.texts(f"collector.token_list.{code_}", date=row.expires_at.date().isoformat())
