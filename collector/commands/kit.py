"""``campus-collector kit``: everything a school needs to begin, in one zip, with instructions in its language."""

import argparse
import json
import secrets
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from collector.commands.desk import Desk, school_of, subcommand
from collector.errors import NotFoundError, UsageError
from collector.identity import code
from collector.store import agents
from collector.store.agents import NewCode
from contract.exit_code import ExitCode
from locales.texts import LANGUAGES, Texts

GUIDES = {"zh_CN": "安装说明.md", "en": "INSTALL.md"}
CA = "county-ca.pem"


def add(group: Any, texts: Texts) -> None:
    """Declare the command."""
    parser = subcommand(group, texts, "kit", "kit", make)
    parser.add_argument("school", metavar="SCHOOL", help=texts("collector.school_id"))
    parser.add_argument("--url", required=True, metavar="URL", help=texts("collector.kit.url"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=texts("collector.kit.out"))
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help=texts("collector.kit.ca"))
    parser.add_argument(
        "--program", type=Path, action="append", default=[], metavar="FILE", help=texts("collector.kit.program")
    )


def make(desk: Desk, arguments: argparse.Namespace) -> int:
    """A fresh one-time code with the configuration that fits; the files are looked for before a code is made."""
    url = arguments.url.rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise UsageError("collector.kit.bad_url", url=arguments.url)
    files = [*arguments.program, *([arguments.ca_file] if arguments.ca_file else [])]
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise NotFoundError("collector.kit.no_file", path=", ".join(missing))
    now = desk.clock.now()
    expires = now + timedelta(days=desk.config.code_days)
    fresh = code.make(secrets.token_bytes)
    with desk.store() as store:
        school = school_of(store, arguments.school)
        new = NewCode(school_id=school.id, digest=code.code_digest(fresh), created_at=now, expires_at=expires)
        store.write(agents.add_codes, [new])
    until = expires.astimezone(desk.config.zone).date().isoformat()
    target = arguments.out or Path(f"{school.id}.zip")
    facts = {
        name: value
        for name in ("name", "county", "kind", "students", "classes", "teachers", "contract_mbit_s")
        if (value := getattr(school, name)) is not None
    }
    collector = {"url": url, **({"ca_file": CA} if arguments.ca_file else {})}
    config = json.dumps({"agent": {"collector": collector, "school": facts}}, ensure_ascii=False, indent=2)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.yaml", config + "\n")
        for language in LANGUAGES:
            guide = Texts(language)("collector.kit.guide", school=school.name, url=url, code=fresh, until=until)
            archive.writestr(GUIDES[language], "\ufeff" + guide)  # Notepad of older systems reads UTF-8 by the mark only
        for path in arguments.program:
            archive.write(path, path.name)
        if arguments.ca_file:
            archive.write(arguments.ca_file, CA)
    desk.say("collector.kit.done", path=str(target), school=school.name, until=until)
    return int(ExitCode.DONE)
