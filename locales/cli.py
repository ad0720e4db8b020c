"""The command line in the reader's language: parser, faults, and the one place where errors become exit codes."""

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from contract.errors import CampusError
from contract.exit_code import ExitCode
from locales.texts import Texts, language_from

if TYPE_CHECKING:
    from contract.document import DocumentError


class Parser(argparse.ArgumentParser):
    """argparse with its fixed words from the catalogue, and :attr:`ExitCode.USAGE` for a wrong command line."""

    def __init__(self, texts: Texts, **options: Any) -> None:
        self.texts = texts
        _speak(texts)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(add_help=False, **options)
        self._positionals.title = texts("cli.arguments")
        self._optionals.title = texts("cli.options")
        self.add_argument("-h", "--help", action="help", help=texts("cli.help"))

    def commands(self, dest: str = "command") -> Any:
        """The group of subcommands; each made with :func:`command`."""
        return self.add_subparsers(
            dest=dest,
            title=self.texts("cli.commands"),
            metavar=self.texts("cli.command"),
            required=True,
            parser_class=Parser,
        )

    def error(self, message: str) -> NoReturn:
        """Print usage and what was wrong; leave with 64."""
        self.print_usage(sys.stderr)
        self.exit(ExitCode.USAGE, self.texts("cli.wrong_usage", program=self.prog, problem=message) + "\n")


def _speak(texts: Texts) -> None:
    """
    Let argparse say its own sentences in the reader's language.

    It looks them up through two names of its module, which gettext would fill by environment variables alone. A sentence
    that the catalogue lacks (of a newer Python) stays English.
    """

    def one(message: str) -> str:
        return texts.entry(f"argparse:{message}") or message

    def many(singular: str, plural: str, number: int) -> str:
        return one(singular if number == 1 else plural)

    vars(argparse).update({"_": one, "ngettext": many})


def command(group: Any, texts: Texts, name: str, key: str) -> Parser:
    """
    Add subcommand ``name`` to ``group`` with the texts ``<key>.help`` and ``<key>.example``.

    The example is shown at the end of its help page.
    """
    example = texts(f"{key}.example")
    parser: Parser = group.add_parser(
        name,
        texts=texts,
        help=texts(f"{key}.help"),
        description=texts(f"{key}.help"),
        epilog=f"{texts('cli.example')}\n  " + example.replace("\n", "\n  "),
    )
    return parser


def run(
    body: Callable[[Sequence[str], Texts], int],
    argv: Sequence[str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    err: TextIO | None = None,
) -> int:
    """
    Run a command's body and turn what it raises into an exit code.

    The only place, beside the runner around a check, where errors are caught. ``SystemExit`` of the parser passes through.
    """
    environ = os.environ if environ is None else environ
    err = sys.stderr if err is None else err
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console on code page 936, a cron mail in the C locale
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(encoding="utf-8", errors="replace")
    texts = Texts(language_from(environ))
    try:
        return int(body(sys.argv[1:] if argv is None else argv, texts))
    except CampusError as error:
        print(explain(error, texts), file=err)
        return int(error.exit_code)
    except BrokenPipeError:  # `campus-collector … | head`: the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.DONE)
    except KeyboardInterrupt:
        print(texts("cli.interrupted"), file=err)
        return 130
    except Exception:  # noqa: BLE001 - a defect: say so, with the traceback, and leave with its own code
        traceback.print_exc(file=err)
        print(texts("cli.crashed"), file=err)
        return int(ExitCode.CRASHED)


def explain(error: CampusError, texts: Texts) -> str:
    """One line for most errors; for a wrong document, every fault of it."""
    from contract.document import DocumentError  # noqa: PLC0415 - brings PyYAML, which `--help` can do without

    if isinstance(error, DocumentError):
        return explain_document(error, texts)
    return texts("cli.error", problem=texts.say(error.message))


def explain_document(error: "DocumentError", texts: Texts) -> str:
    """Every fault of a document on a line of its own: ``file:line: key: what was found, what was expected``."""
    lines = [
        f"{error.source}:{fault.line}: {fault.key}: {texts.say(fault.problem)}"
        if fault.key
        else f"{error.source}:{fault.line}: {texts.say(fault.problem)}"
        for fault in error.faults
    ]
    return "\n".join([*lines, texts("document.count", faults=len(error.faults), source=error.source)])
