"""``campus-tui serve``: reads its options and starts the browser view."""

import asyncio
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from contract.exit_code import ExitCode
from locales.cli import Parser
from locales.texts import LANGUAGES, Texts
from tui.errors import UnavailableError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(argv: Sequence[str], texts: Texts) -> int:
    """Returns the exit code once it is interrupted."""
    options = _parser(texts).parse_args(argv)
    if find_spec("textual_serve") is None:
        raise UnavailableError("tui.missing_extra")
    from tui.web.server import Board, Limits, run  # noqa: PLC0415 - only now is it known that it can be had

    port = options.port
    names = LOOPBACK if options.host in LOOPBACK else (options.host,)
    own = [f"http://{f'[{name}]' if ':' in name else name}:{port}" for name in names]
    session = [sys.executable, "-m", "tui", *(["--demo"] if options.demo else []), "--lang", texts.language]
    command = _quoted([*session, *[word for word in options.rest if word != "--"]])
    board = Board(command, options.host, port, Limits([*own, *options.origin], options.sessions), texts)
    try:
        asyncio.run(run(board, lambda: _say(texts("tui.web.listening", url=own[0]))))
    except OSError as error:
        raise UnavailableError("tui.web.no_address", host=options.host, port=port, problem=str(error)) from error
    except KeyboardInterrupt:
        return ExitCode.DONE
    return ExitCode.DONE


def _quoted(words: Sequence[str]) -> str:
    return subprocess.list2cmdline(words) if sys.platform == "win32" else "exec " + shlex.join(words)


def _parser(texts: Texts) -> Parser:
    parser = Parser(
        texts,
        prog="campus-tui serve",
        description=texts("tui.web.description"),
        epilog=f"{texts('cli.example')}\n  " + texts("tui.web.example").replace("\n", "\n  "),
        allow_abbrev=False,
    )
    parser.add_argument("--host", default="127.0.0.1", help=texts("tui.web.option.host"))
    parser.add_argument("--port", type=int, default=8765, help=texts("tui.web.option.port"))
    parser.add_argument("--origin", action="append", default=[], help=texts("tui.web.option.origin"))
    parser.add_argument("--sessions", type=int, default=20, help=texts("tui.web.option.sessions"))
    parser.add_argument("--demo", action="store_true", help=texts("tui.option.demo"))
    parser.add_argument("--lang", choices=LANGUAGES, help=texts("tui.option.lang"))
    parser.add_argument("rest", nargs="*", metavar="--", help=texts("tui.web.option.rest"))
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
