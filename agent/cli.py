"""
``campus-agent``: parse, call one function, return its exit code.

Nothing that a command needs is imported before the command is known: help and version are asked for on slow machines too.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from locales import cli
from locales.texts import Texts

TIMES = "06:10,12:10,18:10,22:10"
"""Before lessons, at the noon break, after lessons, at night: the heavy test keeps to its own quiet windows anyway."""
SPLAY = "45m"
KINDS = ("systemd", "cron", "windows", "launchd")
PACK = "cn-henan-jiaozuo-2019"
"""The founding plan; spelled out, as importing the packs costs more than all of this file."""
CHECK_PROCESS = "check-process"
"""The process of one check; started by the runner, and by nobody else, so it stands in no help page."""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the console script."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given == [CHECK_PROCESS]:
        from agent.process import serve  # noqa: PLC0415 - the checks' imports, and no HTTP client

        return serve()
    return cli.run(_body, given)


def parser(texts: Texts) -> cli.Parser:
    """The whole command line."""
    top = cli.Parser(texts, prog="campus-agent", description=texts("agent.help"), epilog=_example(texts, "agent.example"))
    top.add_argument("--version", action=_Version, nargs=0, help=texts("cli.version"))
    top.add_argument("--config", metavar="FILE", help=texts("cli.config"))
    group = top.commands()
    enroll = cli.command(group, texts, "enroll", "agent.enroll")
    enroll.add_argument("url", metavar="URL", help=texts("agent.enroll.url"))
    enroll.add_argument("code", metavar="CODE", help=texts("agent.enroll.code"))
    enroll.add_argument("--again", action="store_true", help=texts("agent.enroll.again"))
    run = cli.command(group, texts, "run", "agent.run")
    run.add_argument("--only", metavar="CHECK,…", help=texts("agent.run.only"))
    run.add_argument("--no-deliver", action="store_true", help=texts("agent.run.no_deliver"))
    run.add_argument("--fail-under", type=float, metavar="N", help=texts("agent.run.fail_under"))
    run.add_argument("--background", action="store_true", help=texts("agent.run.background"))
    run.add_argument("--splay", metavar="45m", help=texts("agent.run.splay"))
    run.add_argument("--if-due", metavar="06:10,…", help=texts("agent.run.if_due"))
    preview = cli.command(group, texts, "preview", "agent.preview")
    preview.add_argument("--pack", metavar="ID", help=texts("agent.preview.pack"))
    deliver = cli.command(group, texts, "deliver", "agent.deliver")
    deliver.add_argument("--retry-parked", action="store_true", help=texts("agent.deliver.retry_parked"))
    deliver.add_argument("--when-due", action="store_true", help=texts("agent.deliver.when_due"))
    attest = cli.command(group, texts, "attest", "attest.command")
    attest.add_argument("file", nargs="?", type=Path, metavar="FILE", help=texts("attest.command.file"))
    attest.add_argument("--pack", metavar="ID", default=PACK, help=texts("agent.preview.pack"))
    doctor = cli.command(group, texts, "doctor", "agent.doctor")
    devices = cli.command(group, texts, "inventory", "inventory.command")
    devices.add_argument("--explain-privacy", action="store_true", help=texts("inventory.command.explain_privacy"))
    schedule = cli.command(group, texts, "schedule", "agent.schedule").commands("schedule_command")
    install = cli.command(schedule, texts, "install", "agent.schedule.install")
    install.add_argument("--times", metavar="06:10,…", default=TIMES, help=texts("agent.schedule.times"))
    install.add_argument("--splay", metavar="45m", default=SPLAY, help=texts("agent.schedule.splay"))
    install.add_argument("--kind", choices=KINDS, help=texts("agent.schedule.kind"))
    shown = cli.command(schedule, texts, "show", "agent.schedule.show")
    remove = cli.command(schedule, texts, "remove", "agent.schedule.remove")
    export = cli.command(group, texts, "export-spool", "agent.export")
    export.add_argument("file", metavar="FILE", help=texts("agent.export.file"))
    export.add_argument("--received", action="store_true", help=texts("agent.export.received"))
    purge = cli.command(group, texts, "purge", "agent.purge")
    purge.add_argument("--yes", action="store_true", help=texts("agent.purge.yes"))
    purge.add_argument("--discard-reports", action="store_true", help=texts("agent.purge.discard"))
    for command in (run, preview, doctor, shown, devices):
        command.add_argument("--json", action="store_true", help=texts("cli.json"))
    for command in (attest, enroll, run, preview, deliver, doctor, devices, install, shown, remove, export, purge):
        command.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help=texts("cli.config"))
    return top


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from agent.version import installed  # noqa: PLC0415 - package metadata costs 20 ms

        sys.stdout.write(f"campus-agent {installed()}\n")
        parser.exit()


def _body(argv: Sequence[str], texts: Texts) -> int:
    args = parser(texts).parse_args(argv)
    from agent import attest, commands, inventory, upkeep  # noqa: PLC0415 - 0.3 s of imports
    from agent.desk import Host  # noqa: PLC0415 - as above

    duty = {
        "attest": attest.attest,
        "enroll": commands.enroll,
        "run": commands.run,
        "preview": commands.preview_,
        "deliver": commands.deliver_,
        "doctor": commands.doctor,
        "inventory": inventory.inventory,
        "schedule": upkeep.schedule,
        "export-spool": upkeep.export_spool,
        "purge": upkeep.purge,
    }[args.command]
    return duty(args, texts, Host.this())


def _example(texts: Texts, code: str) -> str:
    return f"{texts('cli.example')}\n  " + texts(code).replace("\n", "\n  ")
