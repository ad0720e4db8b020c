"""
How many reports a second one collector takes in durably, beside anchors measured in the same run.

    python -m benchmarks.collector [--seconds 4] [--connections 64]

Rates on a shared machine move by 25 %; ratios within one run are what counts. The load comes from a process of its own, over
kept-alive loopback connections; client, server and database share the machine's cores.
"""

import argparse
import gzip
import http.client
import json
import multiprocessing
import os
import random
import socket
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector import ingest
from collector.app import create_app
from collector.clock import Clock
from collector.commands.serve import SWITCH_S
from collector.config import CollectorConfig
from collector.identity.token import make, token_digest
from collector.interpreter import long_running
from collector.store import reports, schools, tokens
from collector.store.arrivals import Arrival, arrival
from collector.store.engine import database_url
from collector.store.reports import take_in
from collector.store.schema import report as report_table
from collector.store.store import Store
from collector.store.tokens import TokenRow
from contract.report import Report
from contract.school import School, SchoolKind
from contract.wire import decode
from locales.table import table

SCHOOLS = 1000
BODIES = 64


def a_report(rng: random.Random, number: int) -> dict[str, Any]:
    """About 20 KB of JSON: 6 checks, 40 measurements, 100 devices, and samples as evidence."""
    measurements = [
        {"name": f"bandwidth.sample_{place}", "value": round(rng.uniform(1, 500), 3), "unit": "Mbit/s", "path": "wan"}
        for place in range(30)
    ]
    line = [{"name": "bandwidth.download_line_mbit_s", "value": rng.uniform(50, 300), "unit": "Mbit/s", "path": "wan"}]
    devices = [
        {"key": f"00:1b:21:{place:02x}:{rng.randrange(256):02x}:{rng.randrange(256):02x}", "ipv4": [f"10.0.0.{place}"]}
        for place in range(100)
    ]
    evidence = {"slices": [[round(place * 0.1, 1), rng.randrange(10**9)] for place in range(400)]}
    runs = [
        {"check": "bandwidth", "version": 1, "status": "ok", "measurements": measurements + line, "evidence": evidence},
        {"check": "inventory", "version": 1, "status": "ok", "devices": devices},
        *({"check": name, "version": 1, "status": "ok"} for name in ("host", "ipv6", "wired")),
    ]
    return {
        "schema": 1,
        "report_id": str(UUID(int=number)),
        "school_id": f"B{number % SCHOOLS}",
        "agent_id": "a1",
        "agent_version": "0.1.0",
        "sequence": number,
        "started_at": "2026-03-02T08:00:00+08:00",
        "duration_s": 20.0,
        "platform": {"system": "Linux"},
        "runs": runs,
    }


def corpus(count: int) -> list[tuple[int, bytes]]:
    """(school's number, body in gzip) of ``count`` different reports, from one fixed seed."""
    rng = random.Random(7)
    pieces = [a_report(rng, number) for number in range(BODIES)]
    made = []
    for number in range(count):
        piece = pieces[number % BODIES] | {"report_id": str(UUID(int=number + 1)), "school_id": f"B{number % SCHOOLS}"}
        made.append((number % SCHOOLS, gzip.compress(json.dumps(piece).encode(), 6)))
    return made


@contextmanager
def serving(app: Starlette) -> Iterator[int]:
    """``app`` under uvicorn with uvloop and httptools; its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, loop="uvloop", http="httptools"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def load(port: int, bodies: list[tuple[int, bytes]], secrets: list[str], connections: int, seconds: float, out: Any) -> None:
    """Post ``bodies`` in order until time or bodies run out; puts (answers by status, seconds, delays)."""
    lock, place = threading.Lock(), iter(range(len(bodies)))
    statuses: dict[int, int] = {}
    delays: list[float] = []
    end = time.monotonic() + seconds

    def work(_: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.monotonic() < end:
            with lock:
                number = next(place, None)
            if number is None:
                break
            school, body = bodies[number]
            begun = time.monotonic()
            headers = {"Authorization": f"Bearer {secrets[school]}"}
            headers |= {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            connection.request("POST", "/v1/reports", body, headers)
            answer = connection.getresponse()
            answer.read()
            with lock:
                statuses[answer.status] = statuses.get(answer.status, 0) + 1
                delays.append(time.monotonic() - begun)
        connection.close()

    begun = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(work, range(connections)))
    out.put((statuses, time.monotonic() - begun, delays))


def measure(
    app: Starlette, bodies: list[tuple[int, bytes]], secrets: list[str], options: argparse.Namespace
) -> dict[str, Any]:
    """Reports a second, p50 and p99 in ms, and the answers by status."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    with serving(app) as port, long_running():  # the garbage collector as `campus-collector serve` has it
        client = context.Process(target=load, args=(port, bodies, secrets, options.connections, options.seconds, out))
        client.start()
        statuses, took, delays = out.get()
        client.join()
    delays.sort()
    rate = sum(statuses.values()) / took
    return {
        "rate": rate,
        "p50": delays[len(delays) // 2] * 1e3,
        "p99": delays[len(delays) * 99 // 100] * 1e3,
        "answers": statuses,
    }


def echo_app() -> Starlette:
    """Reads the body and answers: what HTTP itself costs."""

    async def echo(request: Request) -> Response:
        await request.body()
        return Response(status_code=201)

    return Starlette(routes=[Route("/v1/reports", echo, methods=["POST"])])


def null_app() -> Starlette:
    """Everything but storage: unpack, decode, check, make rows."""

    async def take(request: Request) -> Response:
        body = await request.body()
        plain = ingest.inflate(body, "gzip", 8 << 20)
        arrival(ingest.decode_report(plain), body, plain, "gzip", datetime.now(UTC), 0.0, UTC)
        return Response(status_code=201)

    return Starlette(routes=[Route("/v1/reports", take, methods=["POST"])])


def prepared(folder: Path) -> tuple[Store, list[str]]:
    """A store with schools, and a token for each."""
    store = Store(database_url("bench.db", folder), Clock().now)
    at = Clock().now()
    register = [School(id=f"B{n}", name=f"第{n}小学", county="示例县", kind=SchoolKind.PRIMARY) for n in range(SCHOOLS)]
    store.write(schools.put, [(school, at) for school in register])
    secrets = [make("agent", school.id, os.urandom) for school in register]
    fixed: dict[str, Any] = {"counties": None, "note": "", "created_at": at, "expires_at": None, "revoked_at": None}
    rows = [
        TokenRow(role="agent", digest=token_digest(secret), school_id=school.id, agent_id="a1", **fixed)
        for school, secret in zip(register, secrets, strict=True)
    ]
    store.write(tokens.add, rows)
    return store, secrets


def raw_inserts(folder: Path, bodies: list[bytes], each: int) -> float:
    """One row with its body a report, by sqlite3 alone, ``each`` to a commit; rows a second."""
    connection = sqlite3.connect(folder / f"raw{each}.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE r (school TEXT, id TEXT, at INT, body BLOB, PRIMARY KEY (school, id)) WITHOUT ROWID")
    rows = [
        (f"B{n % SCHOOLS}", str(UUID(int=n)), n, bodies[n % len(bodies)]) for n in range(each * 20 if each > 1 else 1500)
    ]
    begun = time.monotonic()
    for start in range(0, len(rows), each):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO r VALUES (?,?,?,?) ON CONFLICT DO NOTHING", rows[start : start + each])
        connection.execute("COMMIT")
    rate = len(rows) / (time.monotonic() - begun)
    connection.close()
    return rate


def store_alone(store: Store, arrivals: list[Arrival]) -> float:
    """Our own tables without HTTP, 256 to a commit; reports a second."""
    begun = time.monotonic()
    for start in range(0, len(arrivals), 256):
        store.write(take_in, arrivals[start : start + 256])
    return len(arrivals) / (time.monotonic() - begun)


def main() -> int:
    """Measure, print, and check what cannot be noise: nothing lost, nothing twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sys.setswitchinterval(SWITCH_S)  # as `campus-collector serve` does
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    count = int(options.seconds * 5000)
    bodies = corpus(count)
    packed = [body for _, body in bodies[:BODIES]]
    print(f"{count} reports, {sum(map(len, packed)) // BODIES} bytes in gzip, {len(gzip.decompress(packed[0]))} as JSON")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store, secrets = prepared(folder)
        with store:
            results = {
                "echo": measure(echo_app(), bodies, secrets, options),
                "null ingest": measure(null_app(), bodies, secrets, options),
                "durable, scored": measure(create_app(CollectorConfig(), store, Clock()), bodies, secrets, options),
            }
            with store.reading() as connection:
                there = reports.count(connection)
                again = len(set(connection.execute(select(report_table.c.school_id, report_table.c.report_id)).all()))
        acked = results["durable, scored"]["answers"]
        raw, single = raw_inserts(folder, packed, 256), raw_inserts(folder, packed, 1)
        alone = _alone(folder, bodies)
    _print(results, {"raw SQLite, 256 a commit": raw, "raw SQLite, 1 a commit": single, "our tables, 256 a commit": alone})
    print(f"answers {acked}; rows {there}, distinct {again}; acknowledged and lost {acked.get(201, 0) - there}")
    return 0 if there == again == acked.get(201, 0) else 1


def _alone(folder: Path, bodies: list[tuple[int, bytes]]) -> float:
    (folder / "alone").mkdir()
    with prepared(folder / "alone")[0] as store:
        plain = [(body, gzip.decompress(body)) for _, body in bodies[:2048]]
        at = Clock().now()
        return store_alone(store, [arrival(decode(p, Report), body, p, "gzip", at, 0.0, UTC) for body, p in plain])


def _print(results: dict[str, dict[str, Any]], ceilings: dict[str, float]) -> None:
    rows = [[name, f"{r['rate']:.0f}", f"{r['p50']:.1f}", f"{r['p99']:.1f}"] for name, r in results.items()]
    rows += [[name, f"{rate:.0f}", "", ""] for name, rate in ceilings.items()]
    print(table(["path", "reports/s", "p50 ms", "p99 ms"], rows, align=["<", ">", ">", ">"]))
    durable, null, echo = (results[name]["rate"] for name in ("durable, scored", "null ingest", "echo"))
    ratios: list[tuple[str, float, float]] = [
        ("1  null ingest / echo", null / echo, 0.13),
        ("2  durable / null ingest", durable / null, 0.60),
        ("3  durable / raw SQLite, 256 a commit", durable / ceilings["raw SQLite, 256 a commit"], 0.08),
        ("4  durable / raw SQLite, 1 a commit", durable / ceilings["raw SQLite, 1 a commit"], 0.40),
    ]
    cells = [[name, f"{ratio:.2f}", f"≥ {bar:.2f}", "yes" if ratio >= bar else "NO"] for name, ratio, bar in ratios]
    print(table(["ratio", "measured", "bar", "reached"], cells, align=["<", ">", ">", "<"]))


if __name__ == "__main__":
    sys.exit(main())
