"""
Three hundred schools come back after a fortnight: real agents' delivery code, a real collector, loopback.

``python -m benchmarks.agent_return [--schools 300] [--days 14] [--senders 24]``. All schools find the collector at once,
which is harder than within an hour. Every report must arrive once, in its agent's order, with no answer of 5xx.
"""

import argparse
import datetime as dt
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from agent import signing
from agent.config import SpoolSettings
from agent.deliver import Delivery, deliver
from agent.signing import Signer
from agent.spool import Spool
from agent.uplink import Uplink
from collector.commands.serve import GRACE_S
from collector.identity.token import make, token_digest
from collector.store import agents, schools
from collector.store.agents import Enrolment, NewCode
from collector.store.engine import database_url
from collector.store.schema import report
from collector.store.store import Store
from contract.ids import uuid7
from contract.outcome import CheckStatus
from contract.report import CheckRun, Device, Measurement, Platform, Report
from contract.school import School, SchoolKind
from contract.units import Unit
from locales.table import table

RUNS_A_DAY = 4
DEVICES = 60
HOUR_S = 3600


@dataclass
class Member:
    """A school's agent. ``waits`` are the seconds each of its posts took."""

    school: str
    state: Path
    token: str
    key: str
    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    last: Delivery | None = None


class Timed(Uplink):
    """The agent's own uplink with a watch."""

    member: Member

    def _ask(self, *args, **kwargs):  # type: ignore[no-untyped-def] # noqa: ANN002, ANN003, ANN202 - passes all through
        began = time.perf_counter()
        answer = super()._ask(*args, **kwargs)
        self.member.waits.append(time.perf_counter() - began)
        self.member.statuses[answer.status] += 1
        return answer


def a_report(rng: random.Random, school: str, sequence: int, at: dt.datetime) -> Report:
    """Some 12 kB of JSON: sixty devices and the values of a run."""
    devices = [Device(key=f"{rng.getrandbits(64):016x}", personal=True) for _ in range(DEVICES)]
    values = {"bandwidth.download_mbit_s": 90 + rng.random(), "bandwidth.upload_mbit_s": 40 + rng.random()}
    found = [Measurement(name=name, value=value, unit=Unit.MBIT_S) for name, value in values.items()]
    runs = [
        CheckRun(check="bandwidth", version=1, status=CheckStatus.OK, measurements=found),
        CheckRun(check="inventory", version=1, status=CheckStatus.OK, devices=devices),
    ]
    return Report(
        schema=1,
        report_id=uuid7(int(at.timestamp() * 1000), rng.randbytes),
        school_id=school,
        agent_id=f"a-{school}",
        agent_version="0.1.0",
        sequence=sequence,
        started_at=at,
        duration_s=30.0,
        platform=Platform(system="Linux"),
        runs=runs,
    )


def prepare(folder: Path, count: int, days: int) -> list[Member]:
    """The register with its enrolled agents, and every agent's full spool."""
    now = dt.datetime.now(dt.UTC)
    rng = random.Random(1)
    members = []
    with Store(database_url("collector.db", folder / "collector"), lambda: now) as store:
        for number in range(count):
            name = f"S{number:04d}"
            fresh = make("agent", name, os.urandom)
            key = signing.make_key(os.urandom)
            store.write(schools.put, [(School(id=name, name=name, county="示例县", kind=SchoolKind.PRIMARY), now)])
            code = NewCode(school_id=name, digest=f"{number:064d}", created_at=now, expires_at=now + dt.timedelta(days=1))
            store.write(agents.add_codes, [code])
            wanted = Enrolment(
                school_id=name,
                code_digest=code.digest,
                install_id=os.urandom(16).hex(),
                agent_id=f"a-{name}",
                token_digest=token_digest(fresh),
                expires_at=None,
                now=now,
                public_key=signing.public_key(key),
            )
            store.write(agents.enrol, [wanted])
            state = folder / name
            spool = Spool(state / "spool", SpoolSettings())
            spool.open()
            for run in range(days * RUNS_A_DAY):
                spool.add(a_report(rng, name, run + 1, now - dt.timedelta(hours=6 * (days * RUNS_A_DAY - run))))
            members.append(Member(name, state, fresh, key))
    return members


def come_back(member: Member, url: str) -> None:
    """Deliver until the spool is empty, as often as the collector sends us away."""
    spool = Spool(member.state / "spool", SpoolSettings())
    signer = Signer(member.state, f"a-{member.school}", member.key)
    with Timed(url, token=member.token, timeout_s=60, proxy="none") as uplink:
        uplink.member = member
        while spool.waiting():
            member.last = deliver(
                spool, uplink, signer, wall=lambda: dt.datetime.now(dt.UTC), rng=random.Random(1), ignore_pause=True
            )
            if member.last.waiting:
                time.sleep(min(5.0, member.last.wait_s))


def in_order(folder: Path) -> tuple[int, int]:
    """Stored reports, and agents whose reports did not arrive in their own order."""
    order = select(report.c.agent_id, report.c.sequence).order_by(report.c.received_at, report.c.sequence)
    opened = Store(database_url("collector.db", folder / "collector"), lambda: dt.datetime.now(dt.UTC))
    with opened as store, store.reading() as connection:
        rows = connection.execute(order).all()
    arrived: dict[str, list[int]] = {}
    for row in rows:
        arrived.setdefault(row.agent_id, []).append(row.sequence)
    return len(rows), sum(numbers != sorted(numbers) for numbers in arrived.values())


def main() -> int:
    """Prepare, serve, send, count."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--schools", type=int, default=300)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--senders", type=int, default=24, help="deliveries at the same time")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        members = prepare(folder, args.schools, args.days)
        config = folder / "config.yaml"
        config.write_text(json.dumps({"collector": {"state_folder": str(folder / "collector")}}))
        port_file = folder / "port"
        command = [sys.executable, "-m", "collector.cli", "serve", "--config", str(config), "--port", "0"]
        with subprocess.Popen([*command, "--port-file", str(port_file)], stderr=subprocess.DEVNULL) as server:
            try:
                while not port_file.exists() or not port_file.read_text().strip():
                    if server.poll() is not None:
                        message = f"the collector ended with {server.returncode}"
                        raise RuntimeError(message)
                    time.sleep(0.05)
                url = f"http://127.0.0.1:{port_file.read_text().strip()}"
                began = time.perf_counter()
                with ThreadPoolExecutor(args.senders) as pool:
                    list(pool.map(lambda member: come_back(member, url), members))
                seconds = time.perf_counter() - began
            finally:
                server.terminate()
                server.wait(GRACE_S)
        stored, disordered = in_order(folder)
        wanted = args.schools * args.days * RUNS_A_DAY
        statuses = sum((member.statuses for member in members), Counter())
        waits = sorted(wait for member in members for wait in member.waits)
        states = [Spool(member.state / "spool", SpoolSettings()).state() for member in members]
        waiting = sum(state.waiting + state.parked for state in states)
        cloned = sum(member.last is not None and member.last.cloned for member in members)
        quantiles = [waits[int(share * (len(waits) - 1))] for share in (0.5, 0.99, 1)]
        rows = [
            ["reports to bring / stored", f"{wanted} / {stored}"],
            ["left in spools", str(waiting)],
            ["agents out of order", str(disordered)],
            ["answers", ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))],
            ["agents taken for clones", str(cloned)],
            ["seconds", f"{seconds:.0f}"],
            ["reports a second", f"{stored / seconds:.0f}"],
            ["times faster than an hour asks for", f"{HOUR_S / seconds:.0f}"],
            ["p50, p99, longest answer (ms)", ", ".join(f"{1000 * wait:.0f}" for wait in quantiles)],
        ]
        print(table(["", ""], rows))
        good = stored == wanted and not waiting and not disordered and not cloned and max(statuses) < 500
        print("holds" if good else "does not hold")
        return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
