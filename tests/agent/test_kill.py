"""
kill -9 at every single step on the file system.

A child process does a day's work; an audit hook kills it at its k-th operation on the disk, for every k there is.
"""

import dataclasses
import gzip
import json
import os
import random
import signal
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from agent.config import SpoolSettings
from agent.deliver import deliver
from agent.signing import Signer, make_key
from agent.spool import Spool, unpack
from agent.uplink import Refusal, Uplink
from contract.api import Receipt
from tests.agent.conftest import NOW, make_report

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")

EVENTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir"})
LIMITS = SpoolSettings(max_files=5, max_megabytes=0.02)
REPORTS = 8
PARK_EVERY = 3


@dataclasses.dataclass
class Shore:
    """A collector that keeps the ids it has acknowledged as files; each third report it refuses for good."""

    folder: Path
    url: str = "test"

    def post_report(self, body: bytes, _headers: Mapping[str, str]) -> Receipt | Refusal:
        report = json.loads(gzip.decompress(body))
        if report["sequence"] % PARK_EVERY == 0:
            return Refusal(422, None, None)
        handle = os.open(self.folder / report["report_id"], os.O_WRONLY | os.O_CREAT)
        os.close(handle)
        return Receipt(report_id=report["report_id"], received_at=NOW, chain=f"chain-{report['sequence']}")


def work(state: Path) -> None:
    """Spool more than fits, then deliver, then spool again."""
    spool = Spool(state / "spool", LIMITS)
    spool.open()
    for sequence in range(1, REPORTS + 1):
        report = make_report(sequence, evidence_bytes=4000)
        spool.add(report)
        (state / "added" / str(report.report_id)).touch()
    uplink = cast("Uplink", Shore(state / "shore"))
    signer = Signer(state, "agent-1", make_key(random.Random(1).randbytes))
    deliver(spool, uplink, signer, wall=lambda: NOW, rng=random.Random(1))
    spool.requeue()
    report = make_report(REPORTS + 1)
    spool.add(report)
    (state / "added" / str(report.report_id)).touch()


def killed_at(step: int, state: Path) -> bool:
    """Do the work in a child that dies at its ``step``-th operation; False when it came to its end before."""
    for name in ("added", "shore"):
        (state / name).mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on: the child uses no thread of ours
        pid = os.fork()
    if pid == 0:
        count = 0

        def die(event: str, _arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event in EVENTS:
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(die)
        try:
            work(state)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def test_no_report_is_lost_whenever_the_process_is_killed(tmp_path: Path) -> None:
    step = 0
    alive = True
    while alive:
        step += 1
        state = tmp_path / str(step)
        alive = killed_at(step, state)
        spool = Spool(state / "spool", LIMITS)
        spool.open()
        added = {path.name for path in (state / "added").iterdir()}
        shore = {path.name for path in (state / "shore").iterdir()}
        here = [*spool.waiting(), *(entry for entry, _ in spool.parked())]
        ids = [entry.report_id for entry in here]
        assert len(ids) == len(set(ids)), f"step {step}: one report twice"
        missing = added - shore - set(ids)
        assert len(missing) == spool.state().dropped, f"step {step}: {len(missing)} gone, {spool.state().dropped} counted"
        assert all(str(unpack(spool.body(entry)).report_id) == entry.report_id for entry in here)
        assert all(reason is not None for _, reason in spool.parked()), f"step {step}: parked without a reason"
        assert not list(spool.folder.rglob(".*")), f"step {step}: a half file is left"
    assert step > 100
