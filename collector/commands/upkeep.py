"""``campus-collector doctor``, ``backup``, ``audit`` and ``agent``: what whoever runs it does now and then."""

import argparse
from pathlib import Path
from typing import Any

from collector.commands.desk import Desk, school_of, subcommand
from collector.errors import NotFoundError, UsageError
from collector.health import State, Surroundings, examine
from collector.store import agents, audit
from collector.store.backup import copy_database
from contract.api import AgentRow
from contract.exit_code import ExitCode
from locales.cli import command
from locales.table import table
from locales.texts import Texts


def add(group: Any, texts: Texts) -> None:
    """Declare the commands."""
    parser = subcommand(group, texts, "doctor", "doctor", doctor)
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(group, texts, "audit", "audit", show_audit)
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(group, texts, "backup", "backup", backup)
    parser.add_argument("file", type=Path, metavar="FILE", help=texts("collector.backup.file"))
    inner = command(group, texts, "agent", "collector.agent").commands("agent_command")
    parser = subcommand(inner, texts, "list", "agent_list", show_agents)
    parser.add_argument("school", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(inner, texts, "revoke", "agent_revoke", revoke)
    parser.add_argument("school", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("agent", metavar="AGENT", help=texts("collector.agent_revoke.agent"))


def doctor(desk: Desk, arguments: argparse.Namespace) -> int:
    """Look at everything; 75 when something must be mended."""
    findings = examine(Surroundings(desk.config, desk.folder, desk.url, desk.store))
    if arguments.json:
        desk.show(findings)
    else:
        rows = [[desk.texts(f"collector.doctor.{item.state}"), desk.texts.say(item.message)] for item in findings]
        print(table([desk.texts("collector.doctor.state"), desk.texts("collector.doctor.seen")], rows), file=desk.out)
    bad = any(item.state is State.BAD for item in findings)
    return int(ExitCode.TRY_AGAIN if bad else ExitCode.DONE)


def backup(desk: Desk, arguments: argparse.Namespace) -> int:
    """Copy an SQLite database, with the server running or not."""
    if desk.url.get_backend_name() != "sqlite" or not desk.url.database:
        raise UsageError("collector.backup.not_sqlite")
    count = copy_database(Path(desk.url.database), arguments.file)
    desk.say("collector.backup.done", file=str(arguments.file), reports=count)
    return int(ExitCode.DONE)


def show_audit(desk: Desk, arguments: argparse.Namespace) -> int:
    """What people changed, newest first."""
    with desk.store() as store, store.reading() as connection:
        entries = audit.newest(connection)
    if arguments.json:
        desk.show(entries)
        return int(ExitCode.DONE)
    header = [desk.texts(f"collector.audit.{name}") for name in ("at", "person", "action", "school", "subject")]
    rows = [
        [
            f"{entry.at.astimezone(desk.config.zone):%Y-%m-%d %H:%M:%S}",
            entry.person,
            entry.action,
            entry.school_id,
            entry.subject,
        ]
        for entry in entries
    ]
    print(table(header, rows), file=desk.out)
    return int(ExitCode.DONE)


def show_agents(desk: Desk, arguments: argparse.Namespace) -> int:
    """The agents of a school: whether they sign, and whether two machines share an identity."""
    with desk.store() as store:
        school = school_of(store, arguments.school)
        with store.reading() as connection:
            rows = agents.of_school(connection, school.id)
    if arguments.json:
        desk.show(rows)
        return int(ExitCode.DONE)
    words = desk.texts
    header = [words(f"collector.agent_list.{name}") for name in ("agent", "enrolled", "seen", "version", "state")]
    cells = [
        [
            row.agent_id,
            row.enrolled_at.astimezone(desk.config.zone).date().isoformat(),
            words("common.none")
            if row.last_seen_at is None
            else f"{row.last_seen_at.astimezone(desk.config.zone):%Y-%m-%d %H:%M}",
            row.version,
            words(f"collector.agent_list.{_state(row)}"),
        ]
        for row in rows
    ]
    print(table(header, cells), file=desk.out)
    return int(ExitCode.DONE)


def _state(row: AgentRow) -> str:
    if row.revoked:
        return "revoked"
    if row.cloned:
        return "cloned"
    return "signed" if row.signed else "token_only"


def revoke(desk: Desk, arguments: argparse.Namespace) -> int:
    """Shut an agent out; what it has reported stays."""
    with desk.store() as store:
        school = school_of(store, arguments.school)
        if store.write(agents.revoke, [(school.id, arguments.agent, desk.clock.now())]) == [False]:
            raise NotFoundError("collector.agent_revoke.none", school=school.id, agent=arguments.agent)
        desk.note(store, "agent revoke", arguments.agent, school.id)
    desk.say("collector.agent_revoke.done", agent=arguments.agent, school=school.name)
    return int(ExitCode.DONE)
