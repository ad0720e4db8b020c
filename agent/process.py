"""
The process of one check (``campus-agent check-process``): does what one order says, and nothing after.

It imports the check and what that needs, never an HTTP client or a spool: a check that crashes takes nothing along.
"""

import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from io import RawIOBase
from pathlib import Path, PurePath
from typing import BinaryIO

import msgspec

from agent.messages import Evidence, Found, Order, Progress
from checks.registry import Check, CheckError, Context, Measured, all_checks
from contract.message import Message
from contract.outcome import CheckStatus
from contract.reason import ReasonCode, because
from contract.wire import decode, encode

_PROBLEM_LENGTH = 200
_FRAMES = 12


def serve(find: Callable[[], Mapping[str, Check]] = all_checks) -> int:
    """
    Read an order from standard input, run its check, answer on what was standard output.

    Descriptor 1 is pointed at standard error first: whatever a library prints cannot get between the lines. The process ends
    itself, with its children, when standard input closes: its agent is gone.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Unbuffered: the thread that waits on it must hold no lock that the interpreter wants when it ends.
    orders = os.fdopen(os.dup(0), "rb", buffering=0)
    order = decode(orders.readline(), Order)
    threading.Thread(target=_leave_with_parent, args=(orders,), daemon=True).start()
    _carry_out(order, find, answers)
    answers.close()
    return 0


def _carry_out(order: Order, find: Callable[[], Mapping[str, Check]], answers: BinaryIO) -> None:
    lock = threading.Lock()

    def say(line: bytes) -> None:
        with lock:
            answers.write(line + b"\n")
            answers.flush()

    def progress(stage: Message, share: float | None = None) -> None:
        say(encode(Progress(stage=stage, share=share)))

    try:
        item = find()[order.check]
        measured = item.run(_context(order, item, progress))
        lines = [encode(_found(measured)), encode(Evidence(evidence=measured.evidence))]
    except CheckError as error:
        lines = [encode(Found(status=error.status, reason=error.reason))]
    except Exception as error:  # noqa: BLE001 - a defect of one check becomes that check's error
        traceback.print_exc()
        problem = f"{type(error).__name__}: {error}"[:_PROBLEM_LENGTH]
        found = Found(status=CheckStatus.ERROR, reason=because(ReasonCode.CHECK_CRASHED, problem=problem))
        lines = [encode(found), encode(Evidence(evidence={"traceback": _frames(error)}))]
    for line in lines:
        say(line)


def _found(measured: Measured) -> Found:
    return Found(status=CheckStatus.OK, reason=measured.reason, measurements=measured.measurements, devices=measured.devices)


def _context(order: Order, item: Check, progress: Callable[[Message, float | None], None]) -> Context[msgspec.Struct]:
    return Context(
        options=decode(bytes(order.options), item.options),
        platform=sys.platform,
        clock=time.monotonic,
        rng=random.Random(),  # noqa: S311 - spreads probes; keys come from privacy_key
        privacy_key=bytes.fromhex(order.privacy_key),
        deadline_s=order.deadline_s,
        root=Path(order.root),
        access=order.access,
        progress=progress,
    )


def _frames(error: BaseException) -> list[str]:
    """Where it broke, without the folders above: they can hold a person's account name."""
    return [
        f"{'/'.join(PurePath(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    ]


def _leave_with_parent(orders: RawIOBase) -> None:
    """The agent holds the other end open as long as it lives; nothing more is ever written there."""
    orders.read()
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
