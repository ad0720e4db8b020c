"""
What the daily commands do: read the configuration, call one duty, print.

Imported only once the command is known, so that ``--help`` and the process of a check do not pay for an HTTP client.
"""

import argparse
import datetime as dt
import importlib.util
import os
import re
import socket
import time
from urllib.parse import urlsplit

from agent import doctor as diagnosing
from agent import history, identity, lock, permits, priority, show, signing, slots
from agent.audit import Moment, audit, choose
from agent.config import Configuration
from agent.deliver import CREDENTIAL, Delivery, deliver
from agent.desk import Host, busy, now, own_uplink, signer_of, spool_of, uplink_to, url_of
from agent.errors import IdentityError, UsageError
from agent.identity import Credentials
from agent.preview import preview, school_facts
from agent.progress import Line, RunLine
from agent.runner import World
from agent.schedule.desk import installed_kinds
from agent.schedule.plan import clock_times, due, splay_seconds, wait_s
from agent.spool import Spool
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


def enroll(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """
    Exchange the code for credentials; the same machine and code again give the same agent.

    With ``--again`` this machine becomes another agent than before, with a key of its own: the cure for clones.
    """
    config = host.configuration(args)
    url, code = _collector_url(args.url), re.sub(r"[\s-]", "", args.code).upper()
    if not _CODE.match(code):
        raise UsageError("agent.enroll.bad_code", code=args.code)
    if urlsplit(url).scheme == "http" and urlsplit(url).hostname not in ("127.0.0.1", "::1", "localhost"):
        print(texts("agent.enroll.plain_http", url=url), file=host.err)
    with lock.held(config.state) as mine:
        if not mine:
            return busy(config, texts, host)
        make = identity.renewed if args.again else identity.installation
        install = make(config.state, os.urandom)
        public = None if install.key is None or not signing.possible() else signing.public_key(install.key)
        with uplink_to(config, url, None) as uplink:
            answer = uplink.enrol(EnrolRequest(code=code, install_id=install.install_id, public_key=public))
        given = Credentials(
            collector_url=url,
            agent_id=answer.agent_id,
            school_id=answer.school_id,
            token=answer.token,
            enrolled_at=answer.collector_time,
            install_id=install.install_id,
            key=install.key if public else None,
        )
        identity.keep_credentials(config.state, given)
        spool = spool_of(config)
        spool.open()
        again = spool.requeue(CREDENTIAL)
        spool.readdress(given.school_id, given.agent_id)
    print(texts("agent.enroll.done", agent=given.agent_id, school=given.school_id, path=str(config.state)), file=host.out)
    if given.key is None:
        print(texts("agent.enroll.unsigned"), file=host.out)
    if again:
        print(texts("agent.deliver.requeued", count=again), file=host.out)
    return ExitCode.DONE


def run(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """Audit once, keep the report, deliver."""
    config = host.configuration(args)
    only = [name.strip() for name in args.only.split(",") if name.strip()] if args.only else None
    if _not_now(args, config, texts, host):
        return ExitCode.DONE
    if args.background:
        priority.lower(host.platform)
    checks = all_checks()
    jobs = choose(checks, config, only, host.platform)
    enrolled = identity.credentials(config.state)
    if enrolled is None and not args.no_deliver:
        raise IdentityError("agent.identity.not_enrolled")
    line = Line.on(host.err)
    with lock.held(config.state) as mine:
        if not mine:
            return busy(config, texts, host)
        install = identity.installation(config.state, os.urandom)
        spool = spool_of(config)
        spool.open()
        world = World(privacy_key=install.privacy_key, clock=time.monotonic, access=_access(config, enrolled))
        moment = Moment(now, time.monotonic, os.urandom)
        watcher = RunLine(line, texts, len(jobs), host.err)
        with slots.held(
            jobs, config, enrolled, time.sleep, lambda told: line.show(texts.say(slots.sentence(told)))
        ) as allowed:
            report = audit(
                allowed,
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
        print(show.run_table(report, checks, texts, host.width), file=host.out)
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
        print(scorecard_lines(scorecard, texts, width=host.width, now=now()), file=host.out)
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
            return busy(config, texts, host)
        spool = spool_of(config)
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
        lambda enrolled: own_uplink(config, enrolled),
        wall=now,
        version=installed(),
        platform=host.platform,
        open_socket=socket.socket,
        scheduled=lambda: installed_kinds(host.platform, host.home, system=host.system),
        has=lambda name: importlib.util.find_spec(name) is not None,
    )
    if args.json:
        print(encode(diagnosis).decode(), file=host.out)
    else:
        print(show.doctor_table(diagnosis, checks, texts, host.width), file=host.out)
    return diagnosis.exit_code


def _deliver(
    config: Configuration, spool: Spool, enrolled: Credentials, host: Host, line: Line, texts: Texts, *, ignore_pause: bool
) -> Delivery:
    with own_uplink(config, enrolled) as uplink:
        try:
            return deliver(
                spool,
                uplink,
                signer_of(config, enrolled),
                wall=now,
                rng=host.rng,
                ignore_pause=ignore_pause,
                progress=lambda done, total: line.show(texts("agent.deliver.progress", done=done, total=total)),
            )
        finally:
            line.clear()


def _not_now(args: argparse.Namespace, config: Configuration, texts: Texts, host: Host) -> bool:
    """Wait for this installation's own moment; True when there is nothing to do in it. The lock is free meanwhile."""
    times = clock_times(args.if_due) if args.if_due else ()
    splay = splay_seconds(args.splay) if args.splay else 0
    if times and not due(times, _last_start(config), now().astimezone()):
        print(texts("agent.run.not_due", times=args.if_due), file=host.err)
        return True
    if splay:
        seconds = wait_s(identity.installation(config.state, os.urandom).install_id, splay)
        print(texts("agent.run.waiting", minutes=round(seconds / 60)), file=host.err, flush=True)
        host.sleep(seconds)
        return bool(times) and not due(times, _last_start(config), now().astimezone())
    return False


def _last_start(config: Configuration) -> dt.datetime | None:
    kept = history.reports(config.state)
    return kept[-1].started_at if kept else None


def _scorecard(
    config: Configuration, enrolled: Credentials | None, pack: str | None, timeout_s: float = PREVIEW_TIMEOUT_S
) -> Scorecard:
    if enrolled is None:
        school = school_facts(config.state, config.agent.school, None, None)
    else:
        with own_uplink(config, enrolled, timeout_s) as uplink:
            school = school_facts(config.state, config.agent.school, enrolled, uplink)
    return preview(config.state, school, pack or config.agent.pack, now())


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


def _access(config: Configuration, enrolled: Credentials | None) -> Access | None:
    return None if enrolled is None else Access(url_of(config, enrolled), enrolled.token, config.ca_file)


def _collector_url(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError("agent.enroll.bad_url", url=given)
    return given.rstrip("/")
