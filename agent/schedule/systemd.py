"""
systemd timer: for the whole machine with an account of its own, or for one user.

The timer brings no random delay: the agent's own splay is the same on every system (``FixedRandomDelay`` needs systemd 247).
"""

import os
import stat
from pathlib import Path

from agent import durable
from agent.schedule.plan import NAME, Machine, Plan, called

SERVICE = f"{NAME}.service"
TIMER = f"{NAME}.timer"
STATE = "campus-audit"


def service(plan: Plan, *, dynamic: bool) -> str:
    """
    The unit that runs once. ``dynamic`` gives it an account that exists while it runs (systemd.exec(5), DynamicUser).

    75 and 69 mean "kept, the next run sends it": no failure of the unit.
    """
    lines = [
        "[Unit]",
        "Description=Campus audit: one run of the agent",
        "Documentation=man:systemd.timer(5)",
    ]
    if plan.system:
        lines += ["Wants=network-online.target", "After=network-online.target"]
    lines += [
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={' '.join(map(_quoted, plan.run))}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in sorted(plan.environment.items())),
        "SuccessExitStatus=69 75",
        f"TimeoutStartSec={plan.longest_s}",
        "Nice=15",
        "IOSchedulingClass=idle",
        "CPUQuota=50%",
        "MemoryMax=256M",
        "UMask=0077",
        "NoNewPrivileges=yes",
    ]
    if plan.system:
        lines += [f"StateDirectory={STATE}", "StateDirectoryMode=0700"]
        if dynamic:
            lines += [
                "DynamicUser=yes",
                "AmbientCapabilities=CAP_NET_RAW",
                "CapabilityBoundingSet=CAP_NET_RAW",
                "ProtectSystem=strict",
                "ProtectHome=yes",
                "PrivateTmp=yes",
                "RestrictSUIDSGID=yes",
                "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET",
            ]
    return "\n".join(lines) + "\n"


def timer(plan: Plan) -> str:
    """The unit that starts the other one; a run missed while the machine was off is made up for once (``Persistent``)."""
    return "\n".join(
        [
            "[Unit]",
            "Description=Campus audit: regular runs of the agent",
            "",
            "[Timer]",
            *(f"OnCalendar=*-*-* {time:%H:%M}:00" for time in plan.times),
            "Persistent=true",
            "AccuracySec=1min",
            f"Unit={SERVICE}",
            "",
            "[Install]",
            "WantedBy=timers.target",
            "",
        ]
    )


def folder(machine: Machine, *, system: bool) -> Path:
    """Where units of this kind lie."""
    return machine.root / "etc/systemd/system" if system else machine.home / ".config/systemd/user"


def install(machine: Machine, plan: Plan) -> list[Path]:
    """Write both units, then start the timer; return the files."""
    place = folder(machine, system=plan.system)
    durable.make_shared_folder(place)
    dynamic = plan.system and all_may_start(Path(plan.command[0]))
    texts = {place / SERVICE: service(plan, dynamic=dynamic), place / TIMER: timer(plan)}
    for path, text in texts.items():
        durable.write(path, text.encode(), mode=durable.SHARED_FILE)
    control = _control(system=plan.system)
    called(machine, *control, "daemon-reload")
    called(machine, *control, "enable", "--now", TIMER)
    return list(texts)


def installed(machine: Machine, *, system: bool) -> list[Path]:
    """The units there are: our own, else those that a package of the distribution brought."""
    own = _own(machine, system=system)
    shipped = [machine.root / "lib/systemd/system" / name for name in (SERVICE, TIMER)] if system else []
    return own or [path for path in shipped if path.exists()]


def remove(machine: Machine, *, system: bool) -> list[Path]:
    """Stop the timer and delete both units; return what was there. A package's own units go with the package."""
    found = _own(machine, system=system)
    if not found:
        return []
    control = _control(system=system)
    machine.call((*control, "disable", "--now", TIMER), "")  # a timer that was never started is removed all the same
    for path in found:
        durable.remove(path)
    called(machine, *control, "daemon-reload")
    return found


def all_may_start(program: Path) -> bool:
    """True when an account without rights of its own reaches ``program`` (not so below ``/root`` or ``/home/…``)."""
    real = Path(os.path.realpath(program))
    reached = all(folder.stat().st_mode & stat.S_IXOTH for folder in real.parents)
    hidden = len(real.parts) > 1 and real.parts[1] in ("home", "root")  # ProtectHome empties these
    return reached and not hidden and bool(real.stat().st_mode & stat.S_IXOTH)


def _own(machine: Machine, *, system: bool) -> list[Path]:
    place = folder(machine, system=system)
    return [path for path in (place / SERVICE, place / TIMER) if path.exists()]


def _control(*, system: bool) -> tuple[str, ...]:
    return ("systemctl",) if system else ("systemctl", "--user")


def _quoted(word: str) -> str:
    """A word for a unit file: percent signs doubled, quoted when it has more than harmless characters."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return text if word and not set(word) & set(" \t\"';\\") else f'"{text}"'
