"""``campus-collector website``: survey a website now, or list what was found of a school's."""

import argparse
from typing import Any

from collector.commands.desk import Desk, school_of, subcommand
from collector.errors import NotFoundError
from collector.website.record import history
from collector.website.schedule import survey_site, surveyor
from collector.website.survey import Item, Survey
from contract.exit_code import ExitCode
from locales.cli import command
from locales.table import table
from locales.texts import Texts


def add(group: Any, texts: Texts) -> None:
    """Declare the commands."""
    inner = command(group, texts, "website", "collector.website").commands("website_command")
    parser = subcommand(inner, texts, "check", "website_check", check)
    parser.add_argument("what", metavar="SCHOOL|URL", help=texts("collector.website_check.what"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))
    parser = subcommand(inner, texts, "history", "website_history", show)
    parser.add_argument("school", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("--json", action="store_true", help=texts("cli.json"))


def check(desk: Desk, arguments: argparse.Namespace) -> int:
    """Survey a URL, which is stored nowhere, or every configured site of a school, which is."""
    by = surveyor(desk.config.website)
    if by is None:
        raise NotFoundError("collector.website.no_resolver")
    if "://" in arguments.what:
        found = [by.survey(arguments.what)]
    else:
        sites = [site for site in desk.config.website.sites if site.school == arguments.what]
        if not sites:
            raise NotFoundError("collector.website.none", school=arguments.what)
        with desk.store() as store:
            school_of(store, arguments.what)
            done = [survey_site(site, by, store, desk.clock) for site in sites]
        found = [item.survey for item in done if item is not None]
    if arguments.json:
        desk.show(found)
    else:
        for survey in found:
            _print(desk, survey)
    return int(ExitCode.DONE)


def show(desk: Desk, arguments: argparse.Namespace) -> int:
    """One line a survey, newest first."""
    with desk.store() as store:
        school_of(store, arguments.school)
        with store.reading() as connection:
            states = history(connection, arguments.school)
    if arguments.json:
        desk.show(states)
        return int(ExitCode.DONE)
    header = [desk.texts(f"collector.website.{name}") for name in ("at", "url", "ready", "faults")]
    rows = []
    for state in states:
        faults = [desk.texts(f"website.item.{item.value}") for item in Item if state.values.get(item.value) is False]
        at = state.at.astimezone(desk.config.zone).strftime("%Y-%m-%d %H:%M")
        rows.append([at, state.url, _word(desk, state.values.get("ready")), ", ".join(faults)])
    print(table(header, rows), file=desk.out)
    return int(ExitCode.DONE)


def _print(desk: Desk, survey: Survey) -> None:
    print(f"{survey.url}  {desk.texts('collector.website.ready')}: {_word(desk, survey.ready)}", file=desk.out)
    rows = [
        [desk.texts(f"website.item.{found.item.value}"), _word(desk, found.passed), found.detail]
        for found in survey.findings
    ]
    header = [desk.texts(f"collector.website.{name}") for name in ("item", "passed", "detail")]
    print(table(header, rows), file=desk.out)


def _word(desk: Desk, passed: object) -> str:
    return desk.texts("common.none") if passed is None else desk.texts("common.yes" if passed else "common.no")
