"""``campus-collector``: the command line."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence

from collector.errors import MissingExtraError
from locales.cli import Parser, run
from locales.texts import Texts

NEEDED = ("httptools", "sqlalchemy", "starlette", "uvicorn")
"""What extra ``[collector]`` brings; an agent's machine has none of it."""
SUBJECTS = (
    "serve",
    "serve_speed",
    "schools",
    "access",
    "packs",
    "scores",
    "explain",
    "attestation",
    "waiver",
    "website",
    "export",
    "import_spool",
    "upkeep",
    "kit",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    return run(_body, argv)


def _body(argv: Sequence[str], texts: Texts) -> int:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError("collector.extra_missing", missing=", ".join(missing))
    from collector.commands.desk import open_desk  # noqa: PLC0415 - imports SQLAlchemy, which may be missing

    arguments = parser(texts).parse_args(argv)
    return int(arguments.act(open_desk(arguments.config, texts, database=arguments.database_url), arguments))


def parser(texts: Texts) -> Parser:
    """The whole command line; each subject adds its own commands."""
    from collector.commands.desk import everywhere  # noqa: PLC0415 - imports SQLAlchemy, which may be missing

    top = Parser(texts, prog="campus-collector", description=texts("collector.about"))
    everywhere(top, texts, default=None)
    group = top.commands()
    for subject in SUBJECTS:
        importlib.import_module(f"collector.commands.{subject}").add(group, texts)
    return top


if __name__ == "__main__":
    sys.exit(main())
