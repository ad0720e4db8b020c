"""What every command starts from: the machine as met, the settings in force, the spool and the way to the collector."""

import argparse
import datetime as dt
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from agent import config as configuration
from agent import lock
from agent.config import Configuration
from agent.errors import SetupError
from agent.identity import Credentials
from agent.signing import Signer
from agent.spool import Spool
from agent.uplink import Uplink
from agent.version import installed
from contract.exit_code import ExitCode
from locales.texts import Texts


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
    argv0: str
    sleep: Callable[[float], None]

    @classmethod
    def this(cls) -> "Host":
        """The one we run on."""
        rng = random.SystemRandom()
        return cls(os.environ, sys.platform, Path.home(), is_system(), rng, sys.stdout, sys.stderr, sys.argv[0], time.sleep)

    def configuration(self, args: argparse.Namespace) -> Configuration:
        """The settings in force for a command line."""
        return configuration.settle(args.config, self.environ, self.platform, self.home, system=self.system)

    @property
    def width(self) -> int | None:
        """The terminal's; None into a file or a pipe, where lines are searched and not looked at."""
        return shutil.get_terminal_size().columns if self.out.isatty() else None


def now() -> dt.datetime:
    """The wall clock."""
    return dt.datetime.now(dt.UTC)


def spool_of(config: Configuration) -> Spool:
    """The reports that wait."""
    return Spool(config.state / "spool", config.agent.spool)


def uplink_to(config: Configuration, url: str, token: str | None, timeout_s: float | None = None) -> Uplink:
    """The way to a collector under the configuration's CA and proxy."""
    ca_file = config.ca_file
    if ca_file is not None and not Path(ca_file).is_file():
        raise SetupError("agent.uplink.no_ca_file", path=ca_file)
    return Uplink(
        url,
        token=token,
        ca_file=ca_file,
        timeout_s=config.agent.collector.timeout_s if timeout_s is None else timeout_s,
        agent=f"campus-agent/{installed()}",
        proxy=config.agent.collector.proxy,
        wall=now,
    )


def own_uplink(config: Configuration, enrolled: Credentials, timeout_s: float | None = None) -> Uplink:
    """The way to the collector this agent is enrolled at."""
    return uplink_to(config, url_of(config, enrolled), enrolled.token, timeout_s)


def url_of(config: Configuration, enrolled: Credentials) -> str:
    """The collector's address: the configuration's, else that of the enrolment."""
    return (config.agent.collector.url or enrolled.collector_url).rstrip("/")


def signer_of(config: Configuration, enrolled: Credentials) -> Signer:
    """What signs this agent's reports."""
    return Signer(config.state, enrolled.agent_id, enrolled.key)


def busy(config: Configuration, texts: Texts, host: Host) -> int:
    """Another agent holds the lock: say so, and leave in peace."""
    print(texts("agent.lock.busy", pid=lock.holder(config.state) or "?"), file=host.err)
    return ExitCode.DONE


def is_system() -> bool:
    """True for root and Windows administrators: their state belongs to the machine, not to an account."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - windll exists there only

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0
