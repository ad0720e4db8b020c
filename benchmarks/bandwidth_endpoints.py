"""
What the speed endpoints cost: the fast server and the ASGI routes on loopback, each a process of its own.

``python -m benchmarks.bandwidth_endpoints [--seconds 5]``. Eight connections by blocking sockets; CPU is the server's alone.
Afterwards 1,000 clients leave in the middle of a download, and the server's CPU over a quiet second is printed.
"""

import argparse
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from typing import Any

import psutil

from locales.table import table
from tests.checks.bandwidth.server import TOKEN

CONNECTIONS, CLIENTS = 8, 1000
SETTINGS = {"max_megabytes": 100_000, "max_seconds": 60}


def session(port: int) -> str:
    """A fresh session's name."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/speed/sessions", data=b"", headers={"Authorization": f"Bearer {TOKEN}"}, method="POST"
    )
    with urllib.request.urlopen(asked) as answer:
        said: dict[str, Any] = json.load(answer)
    return str(said["session"])


def move(port: int, name: str, way: str, end: float, counts: list[int], place: int) -> None:
    """One connection's bytes until ``end``."""
    buffer = memoryview(bytearray(1 << 20))
    with socket.create_connection(("127.0.0.1", port)) as wire:
        word = "GET" if way == "down" else "POST"
        more = "Content-Length: 99999999999\r\n" if way == "up" else ""
        wire.sendall(
            f"{word} /v1/speed/{way}/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{more}\r\n".encode()
        )
        while time.monotonic() < end:
            counts[place] += wire.recv_into(buffer) if way == "down" else wire.send(buffer[: 256 * 1024])


def run(port: int, server: psutil.Process, way: str, seconds: float) -> tuple[float, float]:
    """Gbit/s, and CPU seconds of the server per GB."""
    name = session(port)
    counts = [0] * CONNECTIONS
    before, began = sum(server.cpu_times()[:2]), time.monotonic()
    threads = [
        threading.Thread(target=move, args=(port, name, way, began + seconds, counts, place)) for place in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall_s = time.monotonic() - began
    used_s = sum(server.cpu_times()[:2]) - before
    return sum(counts) * 8e-9 / wall_s, used_s / (sum(counts) / 1e9)


def abandoned(port: int, server: psutil.Process) -> float:
    """Percent of a core that the server uses after a thousand clients have left."""
    name = session(port)
    for _ in range(CLIENTS):
        with socket.create_connection(("127.0.0.1", port)) as wire:
            wire.sendall(f"GET /v1/speed/down/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
            wire.recv(1000)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(2)
    before = sum(server.cpu_times()[:2])
    time.sleep(2)
    return (sum(server.cpu_times()[:2]) - before) * 50


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    chosen = parser.parse_args()
    rows = []
    for kind in ("fast", "asgi"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "tests.checks.bandwidth.server", "127.0.0.1", str(port), json.dumps(SETTINGS), kind]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "ready"
            server = psutil.Process(process.pid)
            results = {way: run(port, server, way, chosen.seconds) for way in ("down", "up")}
            rows.append(
                [
                    kind,
                    *(f"{figure:.2f}" for way in ("down", "up") for figure in results[way]),
                    f"{abandoned(port, server):.1f}",
                    f"{server.memory_info().rss / 1e6:.0f}",
                ]
            )
            process.terminate()
    print(table(["server", "down Gbit/s", "CPU s/GB", "up Gbit/s", "CPU s/GB", "% of a core after 1,000 left", "MB"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
