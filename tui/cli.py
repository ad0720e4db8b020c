"""``campus-tui``: reads the command line and the configuration, then hands over to the screen."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from contract.exit_code import ExitCode
from contract.places import config_candidates, state_folder
from locales.cli import Parser, run
from locales.texts import LANGUAGES, Texts
from tui.config import TuiSettings, find_token, load
from tui.errors import SettingsError, TuiError, UnavailableError

if TYPE_CHECKING:
    from tui.client import Client


def main(argv: Sequence[str] | None = None) -> int:
    """The console script; returns the exit code."""
    return run(_main, argv)


def _main(argv: Sequence[str], texts: Texts) -> int:
    texts = _texts(argv, texts)
    if argv and argv[0] == "serve":
        from tui.web.cli import serve  # noqa: PLC0415 - brings a web server that the terminal does without

        return serve(argv[1:], texts)
    options = _parser(texts).parse_args(argv)
    if find_spec("textual") is None:
        raise UnavailableError("tui.missing_extra")
    environ = os.environ
    settings = load(_config_file(options.config, environ))
    url = options.url or settings.url
    if not url.startswith(("http://", "https://")):
        raise SettingsError("tui.bad_url", url=url)
    token = "" if options.demo else find_token(environ, options.token_file, settings)
    browser = "web_driver" in environ.get("TEXTUAL_DRIVER", "")  # set by `campus-tui serve` for its sessions
    if not browser and (environ.get("TERM") == "dumb" or not (sys.stdin.isatty() and sys.stdout.isatty())):
        raise NoTerminalError("tui.no_terminal")
    return _show(options, settings, url, token, texts)


class NoTerminalError(TuiError):
    """Standard input or output is no terminal, or one that cannot move its cursor (``TERM=dumb``)."""

    exit_code = ExitCode.USAGE


def _show(options: argparse.Namespace, settings: TuiSettings, url: str, token: str, texts: Texts) -> int:
    """Import the screens (about 0.3 s of CPU) and run them until the reader leaves."""
    if "SSH_CONNECTION" not in os.environ:
        # Three frames lie between a filter key and its list: 49 ms at Textual's 60 frames a second, 33 ms at 120.
        # Over SSH the bytes matter more. Textual reads this when it is imported.
        os.environ.setdefault("TEXTUAL_FPS", "120")
    from tui.app import CampusApp  # noqa: PLC0415 - only now is it known that a screen is wanted and can be had
    from tui.cache import Cache  # noqa: PLC0415
    from tui.views import Views  # noqa: PLC0415

    folder = state_folder(os.environ, sys.platform, Path.home(), system=False) / "tui"
    client, cache = _client(options, settings, url, token), None
    if settings.cache and not options.demo:
        cache = Cache.of(folder, client.address, token)
    app = CampusApp(
        client,
        texts,
        lambda: datetime.now().astimezone(),
        refresh_s=0 if options.demo else settings.refresh_s,
        ascii_only=options.ascii or settings.ascii,
        theme=options.theme or settings.theme,
        cache=cache,
        views=Views(None if options.demo else folder),
        folder=Path.cwd(),
        notice="tui.demo.notice" if options.demo else "",
    )
    app.run()
    return int(app.return_code or ExitCode.DONE)


def _client(options: argparse.Namespace, settings: TuiSettings, url: str, token: str) -> "Client":
    if options.demo:
        from tui.demo.county import DemoCounty  # noqa: PLC0415 - brings the packs

        return DemoCounty(datetime.now().astimezone())
    from tui.client import HttpClient  # noqa: PLC0415

    ca_file = options.ca_file or (Path(settings.ca_file) if settings.ca_file else None)
    return HttpClient(url, token, ca_file=ca_file, timeout_s=settings.timeout_s, page_size=settings.page_size)


def _parser(texts: Texts) -> Parser:
    example = texts("tui.example").replace("\n", "\n  ")
    parser = Parser(
        texts,
        prog="campus-tui",
        description=texts("tui.description"),
        epilog=f"{texts('cli.example')}\n  {example}",
        allow_abbrev=False,
    )
    parser.add_argument("--url", metavar="URL", help=texts("tui.option.url"))
    parser.add_argument("--token-file", metavar="FILE", type=Path, help=texts("tui.option.token_file"))
    parser.add_argument("--ca-file", metavar="FILE", type=Path, help=texts("tui.option.ca_file"))
    parser.add_argument("--config", metavar="FILE", type=Path, help=texts("cli.config"))
    parser.add_argument("--lang", choices=LANGUAGES, help=texts("tui.option.lang"))
    parser.add_argument("--demo", action="store_true", help=texts("tui.option.demo"))
    parser.add_argument("--ascii", action="store_true", help=texts("tui.option.ascii"))
    parser.add_argument("--theme", choices=("dark", "light", "contrast"), help=texts("tui.option.theme"))
    return parser


def _texts(argv: Sequence[str], texts: Texts) -> Texts:
    """The language asked for with ``--lang``, looked at first so that ``--help`` and mistakes are in it too."""
    for place, word in enumerate(argv):
        name, _, value = word.partition("=")
        wanted = value or (argv[place + 1] if place + 1 < len(argv) else "")
        if name == "--lang" and wanted in LANGUAGES:
            return Texts(wanted)
    return texts


def _config_file(named: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file that was named, or the first usual one that is there."""
    if named is not None:
        return named
    if environ.get("CAMPUS_CONFIG"):
        return Path(environ["CAMPUS_CONFIG"])
    return next((path for path in config_candidates(environ, sys.platform, Path.home()) if path.is_file()), None)
