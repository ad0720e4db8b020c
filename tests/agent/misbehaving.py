"""
A process of one check with checks of every bad habit: ``python -m tests.agent.misbehaving``.

It serves orders exactly as ``campus-agent check-process`` does, but for the three that break the protocol itself.
"""

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from msgspec import Struct

from agent.process import serve
from checks.registry import Check, CheckError, Context, Cost, Measure, Measured, Skipped
from contract.message import Bilingual, Message
from contract.reason import ReasonCode
from contract.report import Measurement
from contract.settings import described
from contract.units import Unit

VALUE = Measurement(name="bad.value", value=7, unit=Unit.COUNT, offset_s=0.25)


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to leave a trace."""

    path: Annotated[str, described("文件", "file")] = ""


def well(context: Context[Options]) -> Measured:
    context.progress(Message("agent.area.disk"), 0.5)
    return Measured([VALUE], evidence={"seen": context.access.token if context.access else None})


def looks_at_itself(context: Context[Options]) -> Measured:
    """What others on this machine can see of the process with ``ps``."""
    seen = Path("/proc/self/cmdline").read_bytes() + Path("/proc/self/environ").read_bytes()
    assert context.access is not None
    secrets = (context.access.token.encode(), context.privacy_key.hex().encode())
    return Measured([VALUE], evidence={"given_away": any(secret in seen for secret in secrets)})


def chatty(context: Context[Options]) -> Measured:
    sys.stdout.write("not a protocol line\n")
    sys.stdout.flush()
    os.write(1, b"nor is this\n")
    return Measured([VALUE])


def crashes(context: Context[Options]) -> Measured:
    raise RuntimeError("it broke")


def segfaults(context: Context[Options]) -> Measured:
    ctypes.string_at(0)
    return Measured([VALUE])


def hangs(context: Context[Options]) -> Measured:
    while True:
        time.sleep(60)


def leaves_a_child(context: Context[Options]) -> Measured:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(context.options.path).write_text(str(child.pid))
    return hangs(context)


def undeclared(context: Context[Options]) -> Measured:
    return Measured([VALUE, Measurement(name="bad.other", value=1, unit=Unit.COUNT)])


def wrong_unit(context: Context[Options]) -> Measured:
    return Measured([Measurement(name="bad.value", value=1, unit=Unit.SECONDS)])


def fat_evidence(context: Context[Options]) -> Measured:
    return Measured([VALUE], evidence={"noise": "x" * 40_000})


def huge_evidence(context: Context[Options]) -> Measured:
    return Measured([VALUE], evidence={"noise": "x" * 30_000_000})


def odd_evidence(context: Context[Options]) -> Measured:
    return Measured([VALUE], evidence={"path": Path("/")})


def cannot(context: Context[Options]) -> Measured:
    raise CheckError(ReasonCode.READING_FAILED, problem="no such file")


def not_now(context: Context[Options]) -> Measured:
    raise Skipped(ReasonCode.COLLECTOR_UNREACHABLE)


def garbage() -> None:
    """Breaks the protocol: bytes that are no JSON, and a clean end."""
    os.write(1, b"\xff\xfe\x00 {\n" * 10)


def endless() -> None:
    """Breaks the protocol: a line without an end."""
    while True:
        os.write(1, b"x" * 65_536)


def falls_silent() -> None:
    """Breaks the protocol: closes its output and lives on."""
    os.close(1)
    time.sleep(600)


RUNS: dict[str, Callable[[Context[Any]], Measured]] = {
    function.__name__: function
    for function in (
        well,
        looks_at_itself,
        chatty,
        crashes,
        segfaults,
        hangs,
        leaves_a_child,
        undeclared,
        wrong_unit,
        fat_evidence,
        huge_evidence,
        odd_evidence,
        cannot,
        not_now,
    )
}
BROKEN = {"garbage": garbage, "endless": endless, "falls_silent": falls_silent}


def check(name: str) -> Check:
    """The check of that habit as the runner sees it."""
    return Check(
        id=name,
        version=3,
        title=Bilingual(name, name),
        measures={"bad.value": Measure(Unit.COUNT, Bilingual("值", "value"))},
        cost=Cost(1, 0),
        options=Options,
        platforms=("linux",),
        privileges=None,
        run=RUNS.get(name, well),
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        BROKEN[sys.argv[1]]()
    else:
        sys.exit(serve(lambda: {name: check(name) for name in RUNS}))
