"""What keeps an agent going for years, and takes it away again: its schedule, its way out without a network, its end."""

import argparse
import errno
import os
import shutil
from pathlib import Path

from agent import carry, durable, identity, lock
from agent.desk import Host, busy, now, signer_of, spool_of
from agent.errors import IdentityError, StateError
from agent.schedule import desk as schedules
from agent.schedule.plan import Kind, Machine, Plan, clock_times, shown, splay_seconds
from contract.exit_code import ExitCode
from contract.wire import encode
from locales.texts import Texts


def schedule(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """``install``, ``show`` or ``remove``."""
    machine = _machine(host)
    if args.schedule_command == "install":
        return _install(args, texts, host, machine)
    return _show(args, texts, host, machine) if args.schedule_command == "show" else _remove(texts, host, machine)


def purge(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """
    Take away everything that runs left on this machine: schedule, credentials, key, reports.

    Refuses while reports are undelivered, unless ``--discard-reports``; without ``--yes`` only lists.
    """
    config = host.configuration(args)
    machine = _machine(host)
    scheduled = schedules.installed(machine, system=host.system)
    files = sorted(path for path in config.state.rglob("*") if path.is_file()) if config.state.is_dir() else []
    state = spool_of(config).state()
    for lines in scheduled.values():
        for line in lines:
            print(texts("agent.purge.schedule", what=line), file=host.out)
    print(texts("agent.purge.state", path=str(config.state), files=len(files)), file=host.out)
    undelivered = state.waiting + state.parked
    if undelivered and not args.discard_reports:
        raise StateError("agent.purge.undelivered", count=undelivered)
    if not args.yes:
        print(texts("agent.purge.confirm"), file=host.out)
        return ExitCode.DONE
    if config.state.is_dir():
        with lock.held(config.state) as mine:
            if not mine:
                return busy(config, texts, host)
            schedules.remove(machine, system=host.system)
            _forget(config.state, but=lock.FILE)
        _forget(config.state)  # Windows deletes no file that is open
    else:
        schedules.remove(machine, system=host.system)
    print(texts("agent.purge.done"), file=host.out)
    if config.path is not None:
        print(texts("agent.purge.stays", path=str(config.path)), file=host.out)
    return ExitCode.DONE


def export_spool(args: argparse.Namespace, texts: Texts, host: Host) -> int:
    """Write every undelivered report into one signed file to carry; or take note of what a collector has received."""
    config = host.configuration(args)
    enrolled = identity.credentials(config.state)
    if enrolled is None:
        raise IdentityError("agent.identity.not_enrolled")
    target = Path(args.file)
    with lock.held(config.state) as mine:
        if not mine:
            return busy(config, texts, host)
        spool = spool_of(config)
        spool.open()
        if args.received:
            gone = carry.settle(spool, _receipt(target), enrolled.agent_id)
            print(texts("agent.export.settled", count=gone, left=len(spool.waiting())), file=host.out)
            return ExitCode.DONE
        bundle, count = carry.bundle(spool, enrolled, signer_of(config, enrolled), now())
        if count:
            durable.write(target.absolute(), bundle)
    print(texts("agent.export.done" if count else "agent.deliver.nothing", count=count, path=str(target)), file=host.out)
    return ExitCode.DONE


def _install(args: argparse.Namespace, texts: Texts, host: Host, machine: Machine) -> int:
    config = host.configuration(args)
    splay_seconds(args.splay)
    kind = Kind(args.kind) if args.kind else schedules.usual(machine)
    plan = Plan(
        command=schedules.own_command(host.argv0),
        times=clock_times(args.times),
        splay=args.splay,
        system=host.system,
        environment=schedules.kept_environment(host.environ, None if args.config is None else str(config.path)),
    )
    schedules.remove(machine, system=host.system)
    for line in schedules.install(kind, machine, plan):
        print(line, file=host.out)
    print(texts("agent.schedule.installed", kind=kind.value, times=shown(plan.times), splay=plan.splay), file=host.out)
    if kind is Kind.SYSTEMD and not host.system:
        print(texts("agent.schedule.linger", user=host.home.name), file=host.out)
    if not host.system and kind is not Kind.CRON:
        print(texts("agent.schedule.user"), file=host.out)
    return ExitCode.DONE


def _show(args: argparse.Namespace, texts: Texts, host: Host, machine: Machine) -> int:
    found = schedules.installed(machine, system=host.system)
    if args.json:
        print(encode({kind.value: lines for kind, lines in found.items()}).decode(), file=host.out)
        return ExitCode.DONE
    for kind, lines in found.items():
        print(texts("agent.schedule.is", kind=kind.value), file=host.out)
        for line in lines:
            print(f"  {line}", file=host.out)
    if not found:
        print(texts("agent.schedule.none"), file=host.out)
    return ExitCode.DONE


def _remove(texts: Texts, host: Host, machine: Machine) -> int:
    gone = schedules.remove(machine, system=host.system)
    for line in gone:
        print(texts("agent.schedule.removed", what=line), file=host.out)
    if not gone:
        print(texts("agent.schedule.none"), file=host.out)
    return ExitCode.DONE


def _receipt(path: Path) -> bytes:
    raw = durable.read(path)
    if raw is None:
        raise StateError("agent.state.unreadable", path=str(path), problem=os.strerror(errno.ENOENT))
    return raw


def _machine(host: Host) -> Machine:
    return schedules.this_machine(host.platform, host.home)


def _forget(state: Path, but: str | None = None) -> None:
    """Everything below the state folder, and the folder itself unless the system keeps it (a mount, a unit's folder)."""
    try:
        for path in [path for path in state.iterdir() if path.name != but]:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except OSError as error:
        raise StateError("agent.state.unwritable", path=str(state), problem=error.strerror or "?") from error
    if but is not None:
        return
    try:
        state.rmdir()
    except OSError as error:
        if any(state.iterdir()):
            raise StateError("agent.state.unwritable", path=str(state), problem=error.strerror or "?") from error
