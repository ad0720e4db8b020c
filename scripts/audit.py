"""
`make audit`: this machine, audited by the real agent, posted to a real collector on loopback, scored and shown.

Everything lies in ``.campus/`` and is kept between runs, so that a second run adds a second report. The parts are started
as the commands a bureau would use; nothing here reaches into them.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from contract.exit_code import ExitCode
from contract.wire import encode
from locales.cli import run
from locales.texts import Texts

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("CAMPUS_AUDIT_FOLDER") or ROOT / ".campus")
SCHOOL = "AUDIT"
SERVER_DEADLINE_S = 30.0
COMMANDS = Path(sysconfig.get_path("scripts"))


class AuditFailed(Exception):  # noqa: N818 - a step that ended with a code of its own, already explained on stderr
    """``code`` is the exit code of the step that failed."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def main(_argv: Sequence[str], texts: Texts) -> int:
    """Run the whole chain; return the exit code of the first step that failed, or 0."""
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    STATE.mkdir(mode=0o700, exist_ok=True)
    port = free_port()
    config = write_config(port)
    write_school(texts)
    environ = {**os.environ, "CAMPUS_CONFIG": str(config)}
    try:
        with collector(environ, port, texts):
            step(environ, "campus-collector", "schools", "import", str(STATE / "school.yaml"), quiet=True)
            url = f"http://127.0.0.1:{port}"
            if not (STATE / "agent" / "credentials.json").exists():
                code = json.loads(step(environ, "campus-collector", "enroll-code", SCHOOL, "--json", quiet=True))["code"]
                step(environ, "campus-agent", "enroll", url, code, quiet=True)
            say(texts, "audit.measuring")
            step(environ, "campus-agent", "run")
            print()
            step(environ, "campus-collector", "scores", SCHOOL)
            for line in notes(texts):
                print(line)
            sys.stdout.flush()
            if sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
                input(texts("audit.open_dashboard"))
                dashboard(environ, url)
    except AuditFailed as failed:
        return failed.code
    return int(ExitCode.DONE)


def say(texts: Texts, code: str, /, **params: str | int) -> None:
    """Progress goes to stderr, so that the scored table can be piped."""
    print(texts(code, **params), file=sys.stderr, flush=True)


def free_port() -> int:
    """The port of the last run while it is free, so that a dashboard left open finds it again; any free one otherwise."""
    remembered = STATE / "port"
    wanted = int(remembered.read_text()) if remembered.exists() else 0
    for candidate in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", candidate))
            port = int(probe.getsockname()[1])
            remembered.write_text(str(port))
            return port
    raise AuditFailed(ExitCode.UNREACHABLE)


def write_config(port: int) -> Path:
    """
    The throw-away configuration.

    JSON is YAML. The LAN is only looked at, not swept: an audit that somebody tries out must not put packets on a network
    nobody asked. ``SWEEP=1`` allows it.
    """
    config = {
        "agent": {
            "state_folder": str(STATE / "agent"),
            "collector": {"url": f"http://127.0.0.1:{port}"},
            "checks": {"inventory": {"options": {"mode": "auto" if os.environ.get("SWEEP") == "1" else "passive"}}},
        },
        "collector": {
            "host": "127.0.0.1",
            "port": port,
            "state_folder": str(STATE / "collector"),
        },
    }
    path = STATE / "config.yaml"
    path.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")
    return path


def write_school(texts: Texts) -> None:
    """The one school of the register, written once; its owner may edit the file (kind, students) and run again."""
    path = STATE / "school.yaml"
    if not path.exists():
        school = {"id": SCHOOL, "name": texts("audit.school"), "county": texts("audit.county"), "kind": "初中"}
        path.write_bytes(encode({"schools": [school]}) + b"\n")


@contextlib.contextmanager
def collector(environ: dict[str, str], port: int, texts: Texts) -> Iterator[None]:
    """The collector in the background, ended whatever happens."""
    say(texts, "audit.starting", port=port)
    log = (STATE / "collector.log").open("ab")
    process = subprocess.Popen(
        [command("campus-collector"), "serve"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for this program, which then ends the collector in order
    )
    try:
        await_server(process, port, texts)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def await_server(process: subprocess.Popen[bytes], port: int, texts: Texts) -> None:
    """Wait until the port answers; give up with the collector's own log when it ends or stays silent."""
    deadline = time.monotonic() + SERVER_DEADLINE_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    say(texts, "audit.collector_failed", log=str(STATE / "collector.log"))
    raise AuditFailed(process.returncode or ExitCode.UNREACHABLE)


def command(name: str) -> str:
    """Path of one of our commands, from this environment and no other."""
    found = shutil.which(name, path=str(COMMANDS))
    if found is None:
        raise AuditFailed(ExitCode.UNREACHABLE)
    return found


def step(environ: dict[str, str], name: str, *arguments: str, quiet: bool = False) -> str:
    """Run one command. ``quiet`` catches what it prints and returns it; its errors are always shown."""
    done = subprocess.run(
        [command(name), *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        check=False,
        text=True,
    )
    if done.returncode != ExitCode.DONE:
        raise AuditFailed(done.returncode)
    return done.stdout or ""


def notes(texts: Texts) -> list[str]:
    """What more could have been measured, and where things lie."""
    lines = ["", texts("audit.loopback")]
    if os.environ.get("SWEEP") != "1":
        lines.append(texts("audit.not_swept"))
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        lines.append(texts("audit.without_root"))
    return [*lines, texts("audit.kept", folder=os.path.relpath(STATE))]


def dashboard(environ: dict[str, str], url: str) -> None:
    """The dashboard with a viewer's token of its own."""
    token = STATE / "viewer.token"
    if not token.exists():
        answer = step(environ, "campus-collector", "token", "create", "--role", "viewer", "--json", quiet=True)
        token.touch(mode=0o600)
        token.write_text(json.loads(answer)["token"])
    subprocess.run([command("campus-tui"), "--url", url, "--token-file", str(token)], env=environ, check=False)


if __name__ == "__main__":
    sys.exit(run(main))
