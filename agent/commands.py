"""
What each command does: read the configuration, call one duty, print.

Imported only once the command is known, so that ``--help`` and the process of a check do not pay for an HTTP client.
"""

import argparse
import datetime as dt
import os
import random
import re
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from agent import config as configuration
from agent import doctor as diagnosing
from agent import identity, lock, permits, show
from agent.audit import Moment, audit, choose
from agent.config import Configuration
from agent.deliver import CREDENTIAL, Delivery, deliver
from agent.errors import IdentityError, SetupError, UsageError
from agent.identity import Credentials
from agent.preview import preview, school_facts
from agent.progress import Line, RunLine
from agent.runner import World
from agent.spool import Spool
from agent.uplink import Uplink
from agent.version import installed
from checks.registry import Access, all_checks
from contract.api import EnrolRequest
from contract.exit_code import ExitCode
from contract.score import Scorecard
from contract.wire import encode
from locales.scorecard import scorecard_lines
from locales.texts import Texts

PREVIEW_TIMEOUT_S = 5.0
_CODE = re.compile(r"^[0-9A-Z]{8,32}$")


@dataclass(frozen=True, slots=True)
class Host:
    """The machine as a command meets it."""

    environ: Mapping[str, str]
    platform: str
    home: Path
    system: bool
    rng: random.Random
    out: TextIO
    err: TextIO

    @classmethod
    def this(cls) -> "Host":
        """The one we run on."""
        return cls(os.environ, sys.platform, Path.home(), _is_system(), random.SystemRandom(), sys.stdout, sys.stderr)

    def configuration(self, args: argparse.Namespace) -> Configuration:
        """The settings in force for a command line."""
        return configuration.settle(args.config, self.environ, self.platform, self.home, system=self.system)


def enroll(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """Exchange the code for credentials; the same machine and code again give the same agent."""
    config = host.configuration(args)
    url, code = _collector_url(args.url), re.sub(r"[\s-]", "", args.code).upper()
    if not _CODE.match(code):
        raise UsageError("agent.enroll.bad_code", code=args.code)
    if urlsplit(url).scheme == "http" and urlsplit(url).hostname not in ("127.0.0.1", "::1", "localhost"):
        print(texts("agent.enroll.plain_http", url=url), file=host.err)
    with lock.held(config.state) as mine:
        if not mine:
            return _busy(config, texts, host)
        install = identity.installation(config.state, os.urandom)
        with _uplink(config, url, None) as uplink:
            answer = uplink.enrol(EnrolRequest(code=code, install_id=install.install_id))
        given = Credentials(
            collector_url=url,
            agent_id=answer.agent_id,
            school_id=answer.school_id,
            token=answer.token,
            enrolled_at=answer.collector_time,
        )
        identity.keep_credentials(config.state, given)
        spool = _spool(config)
        spool.open()
        again = spool.requeue(CREDENTIAL)
    print(texts("agent.enroll.done", agent=given.agent_id, school=given.school_id, path=str(config.state)), file=host.out)
    if again:
        print(texts("agent.deliver.requeued", count=again), file=host.out)
    return ExitCode.DONE


def run(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """Audit once, keep the report, deliver."""
    config = host.configuration(args)
    only = [name.strip() for name in args.only.split(",") if name.strip()] if args.only else None
    checks = all_checks()
    jobs = choose(checks, config, only, host.platform)
    enrolled = identity.credentials(config.state)
    if enrolled is None and not args.no_deliver:
        raise IdentityError("agent.identity.not_enrolled")
    line = Line.on(host.err)
    with lock.held(config.state) as mine:
        if not mine:
            return _busy(config, texts, host)
        install = identity.installation(config.state, os.urandom)
        spool = _spool(config)
        spool.open()
        world = World(privacy_key=install.privacy_key, clock=time.monotonic, access=_access(config, enrolled))
        moment = Moment(_now, time.monotonic, os.urandom)
        watcher = RunLine(line, texts, len(jobs), host.err)
        report = audit(
            jobs,
            config,
            enrolled,
            spool,
            world,
            moment,
            watcher,
            version=installed(),
            privileged=permits.raw_sockets(),
        )
        delivery = None
        if enrolled is not None and not args.no_deliver:
            delivery = _deliver(config, spool, enrolled, host, line, texts, ignore_pause=False)
    if args.json:
        print(encode(report).decode(), file=host.out)
    else:
        print(show.run_table(report, checks, texts, _width(host.out)), file=host.out)
        print(file=host.out)
        lines = show.delivery_lines(delivery, texts) if delivery else [_kept(enrolled, report.spool.waiting, texts)]
        print("\n".join(lines), file=host.out)
    below = None if args.fail_under is None else _below(args.fail_under, config, enrolled, texts, host)
    return below if below is not None else int(delivery.exit_code if delivery else ExitCode.DONE)


def preview_(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """Score what this machine knows."""
    config = host.configuration(args)
    scorecard = _scorecard(config, identity.credentials(config.state), args.pack)
    if args.json:
        print(encode(scorecard).decode(), file=host.out)
    else:
        print(scorecard_lines(scorecard, texts, width=_width(host.out), now=_now()), file=host.out)
        print(file=host.out)
        print(texts("agent.preview.note"), file=host.out)
    return ExitCode.DONE


def deliver_(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """Send what is spooled, now."""
    config = host.configuration(args)
    enrolled = identity.credentials(config.state)
    if enrolled is None:
        raise IdentityError("agent.identity.not_enrolled")
    with lock.held(config.state) as mine:
        if not mine:
            return _busy(config, texts, host)
        spool = _spool(config)
        spool.open()
        if args.retry_parked:
            print(texts("agent.deliver.requeued", count=spool.requeue()), file=host.out)
        delivery = _deliver(config, spool, enrolled, host, Line.on(host.err), texts, ignore_pause=not args.when_due)
    print("\n".join(show.delivery_lines(delivery, texts)), file=host.out)
    return delivery.exit_code


def doctor(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """Say what works here and what does not."""
    config = host.configuration(args)
    checks = all_checks()
    diagnosis = diagnosing.diagnose(
        config,
        checks.values(),
        lambda enrolled: _uplink(config, _url(config, enrolled), enrolled.token),
        wall=_now,
        version=installed(),
        platform=host.platform,
        open_socket=socket.socket,
    )
    if args.json:
        print(encode(diagnosis).decode(), file=host.out)
    else:
        print(show.doctor_table(diagnosis, checks, texts, _width(host.out)), file=host.out)
    return diagnosis.exit_code


def _deliver(
    config: Configuration, spool: Spool, enrolled: Credentials, host: Host, line: Line, texts: Texts, *, ignore_pause: bool
) -> Delivery:
    with _uplink(config, _url(config, enrolled), enrolled.token) as uplink:
        try:
            return deliver(
                spool,
                uplink,
                wall=_now,
                rng=host.rng,
                ignore_pause=ignore_pause,
                progress=lambda done, total: line.show(texts("agent.deliver.progress", done=done, total=total)),
            )
        finally:
            line.clear()


def _scorecard(
    config: Configuration, enrolled: Credentials | None, pack: str | None, timeout_s: float = PREVIEW_TIMEOUT_S
) -> Scorecard:
    if enrolled is None:
        school = school_facts(config.state, config.agent.school, None, None)
    else:
        with _uplink(config, _url(config, enrolled), enrolled.token, timeout_s) as uplink:
            school = school_facts(config.state, config.agent.school, enrolled, uplink)
    return preview(config.state, school, pack or config.agent.pack, _now())


def _below(limit: float, config: Configuration, enrolled: Credentials | None, texts: Texts, host: Host) -> int | None:
    """2 when the score is below ``--fail-under``; 75 when there is no score yet: not measured is not failed."""
    score = _scorecard(config, enrolled, None).score
    if score is None:
        print(texts("agent.run.no_score"), file=host.err)
        return ExitCode.TRY_AGAIN
    if score < limit:
        print(texts("agent.run.below", score=score, limit=limit), file=host.err)
        return ExitCode.BELOW
    return None


def _kept(enrolled: Credentials | None, waiting: int, texts: Texts) -> str:
    return texts("agent.run.local_only") if enrolled is None else texts("agent.run.spooled", count=waiting + 1)


def _busy(config: Configuration, texts: Texts, host: Host) -> int:
    print(texts("agent.lock.busy", pid=lock.holder(config.state) or "?"), file=host.err)
    return ExitCode.DONE


def _spool(config: Configuration) -> Spool:
    return Spool(config.state / "spool", config.agent.spool)


def _uplink(config: Configuration, url: str, token: str | None, timeout_s: float | None = None) -> Uplink:
    ca_file = config.ca_file
    if ca_file is not None and not Path(ca_file).is_file():
        raise SetupError("agent.uplink.no_ca_file", path=ca_file)
    return Uplink(
        url,
        token=token,
        ca_file=ca_file,
        timeout_s=config.agent.collector.timeout_s if timeout_s is None else timeout_s,
        agent=f"campus-agent/{installed()}",
    )


def _access(config: Configuration, enrolled: Credentials | None) -> Access | None:
    return None if enrolled is None else Access(_url(config, enrolled), enrolled.token, config.ca_file)


def _url(config: Configuration, enrolled: Credentials) -> str:
    return (config.agent.collector.url or enrolled.collector_url).rstrip("/")


def _collector_url(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError("agent.enroll.bad_url", url=given)
    return given.rstrip("/")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _width(stream: TextIO) -> int | None:
    """The terminal's; None into a file or a pipe, where lines are searched and not looked at."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def _is_system() -> bool:
    """True for root and Windows administrators: their state belongs to the machine, not to an account."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - windll exists there only

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0
