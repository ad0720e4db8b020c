"""A PostgreSQL of the tests' own: made, started, and thrown away; never one that is already there."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL

NEEDED = 15


def programs() -> Path | None:
    """The folder of the newest PostgreSQL on this machine that is new enough; Debian keeps it off PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    new = [path for path in found if not path.parent.name.isdigit() or int(path.parent.name) >= NEEDED]
    return max(new, default=None, key=lambda path: path.parent.name)


def missing() -> str | None:
    """Why there can be no PostgreSQL here; None when there can."""
    if programs() is None:
        return f"no PostgreSQL >= {NEEDED} (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and _other() is None:
        return "PostgreSQL does not run as root, and there is no user postgres or nobody"
    return None


@contextlib.contextmanager
def cluster() -> Iterator[URL]:
    """A server on a Unix socket only, durable as a real one; the URL of its first database."""
    folder = programs()
    assert folder is not None
    home = Path(tempfile.mkdtemp(prefix="campus-pg-"))  # short: a socket's path has 107 bytes
    prefix: list[str] = []
    if os.geteuid() == 0:
        user = _other()
        assert user is not None
        os.chown(home, user.pw_uid, user.pw_gid)
        prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    data = home / "data"
    _run([*prefix, str(folder / "initdb"), "-D", str(data), "-U", "campus", "-A", "trust", "-E", "UTF8", "--locale=C"], home)
    options = f"-k {home} -c listen_addresses='' -c max_connections=60 -c shared_buffers=64MB"
    control = [*prefix, str(folder / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
    try:
        _run([*control, "-l", str(home / "log"), "-o", options, "start"], home)
        yield URL.create("postgresql+psycopg", "campus", database="postgres", query={"host": str(home)})
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], cwd=home, check=False, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


def _run(command: list[str], home: Path) -> None:
    done = subprocess.run(
        command,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _other() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None
