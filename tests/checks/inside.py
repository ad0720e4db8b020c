"""A check run inside a namespace, and its values by name."""

import json
import sys
from pathlib import Path
from typing import Any

from contract.report import CheckRun, Measurement
from contract.wire import decode
from tests.testbed.namespaces import Namespace

ROOT = Path(__file__).parents[2]


POWERLESS = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")
"""All capabilities dropped: what an ordinary user may do on the network, with the files of this machine still readable."""


def run_inside(
    host: Namespace, check: str, *, url: str = "-", root: Path = Path("/"), user: bool = False, **options: Any
) -> CheckRun:
    """What ``check`` finds when it runs on ``host``, without any capability when ``user``."""
    printed = host.run(
        *(POWERLESS if user else ()),
        *(sys.executable, "-m", "tests.checks.run_check", check, json.dumps(options), url, str(root)),
        env={"PYTHONPATH": str(ROOT)},
    )
    return decode(printed.encode(), CheckRun)


def by_name(run: CheckRun) -> dict[str, Measurement]:
    """The measurements; the last one of a name that has several subjects."""
    return {item.name: item for item in run.measurements}


_GREET = """
import contextlib, socket
with contextlib.suppress(ConnectionRefusedError):
    socket.create_connection(({address!r}, 9), 5)
"""


def greet(host: Namespace, address: str) -> None:
    """Make ``host`` learn the MAC of a neighbour: a connection that is refused has been answered."""
    host.run(sys.executable, "-c", _GREET.format(address=address))


_CONNECT = """
import socket, time
while True:
    try:
        socket.create_connection(({address!r}, {port}), 1).close()
        break
    except OSError:
        time.sleep(0.05)
"""


def wait_for_port(host: Namespace, address: str, port: int) -> None:
    """Return when ``address`` accepts connections from ``host``; raise when it does not within 20 s."""
    host.run(sys.executable, "-c", _CONNECT.format(address=address, port=port), timeout=20)
