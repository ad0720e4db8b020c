"""
The internet of the simulated schools, as one process: web servers of both families and name servers of three habits.

Arguments: name of the file that says "ready". Every address of the host answers HTTP on port 80 as the collector's witness,
as test-ipv6.com's ``/ip``, or with a page. Name servers by the last part of their address: 53 honest, 54 gives no AAAA
(NOERROR, empty), 55 denies the name when asked for AAAA (NXDOMAIN), 64 makes AAAA records up from A (DNS64, RFC 6147).
"""

import asyncio
import contextlib
import functools
import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import cast

NAMES = {
    "collector.test.lan": ("203.0.113.10", "2400:da00:2::10"),
    "ds.test.lan": ("203.0.113.11", "2400:da00:2::11"),
    "six.test.lan": (None, "2400:da00:2::12"),
    "four.test.lan": ("203.0.113.13", None),
}
A, AAAA = 1, 28
_POINTER = b"\xc0\x0c"
_BYTES = os.urandom(600_000)


async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request a connection."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode().partition("?")[0]
        peer = writer.get_extra_info("peername")[0].removeprefix("::ffff:")
        body = b"a page"
        if path == "/healthz":
            body = b'{"status":"ok"}'
        elif path == "/v1/witness":
            body = json.dumps({"address": peer}).encode()
        elif path == "/ip":
            body = json.dumps({"ip": peer}).encode()
        elif path.startswith(("/v1/witness/", "/bytes/")):
            body = _BYTES[: int(path.rpartition("/")[2])]
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
    writer.close()


async def portal(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A login page's redirect, whatever was asked for."""
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://login.test.lan/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    with contextlib.suppress(OSError):
        await writer.drain()
    writer.close()


def answer(query: bytes, habit: int) -> bytes:
    """The question back with what the server of this habit says."""
    labels, place = [], 12
    while query[place]:
        labels.append(query[place + 1 : place + 1 + query[place]].decode())
        place += query[place] + 1
    kind = struct.unpack("!H", query[place + 1 : place + 3])[0]
    name = ".".join(labels).lower()
    four, six = NAMES.get(name, (None, None))
    found = {A: four, AAAA: six}.get(kind)
    code = 0 if name in NAMES else 3
    if kind == AAAA and habit in (54, 55):
        found, code = None, 3 if habit == 55 else code
    if kind == AAAA and habit == 64 and six is None and four:
        found = "64:ff9b::" + four
    record = b""
    if found:
        packed = socket.inet_pton(socket.AF_INET6 if kind == AAAA else socket.AF_INET, found)
        record = _POINTER + struct.pack("!HHIH", kind, 1, 60, len(packed)) + packed
    return query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, 1 if record else 0, 0, 0) + query[12 : place + 5] + record


class Names(asyncio.DatagramProtocol):
    """A name server of one habit."""

    def __init__(self, habit: int) -> None:
        self.habit = habit

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        with contextlib.suppress(IndexError, struct.error):
            self.transport.sendto(answer(data, self.habit), addr)


async def serve(ready: Path, *, login: bool) -> None:
    """Until killed. ``login``: only the login page, for a gateway that catches port 80."""
    await asyncio.start_server(portal if login else page, "0.0.0.0", 80, backlog=200)
    await asyncio.start_server(portal if login else page, "::", 80, backlog=200, family=socket.AF_INET6)
    if not login:
        loop = asyncio.get_running_loop()
        for habit in (53, 54, 55, 64):
            for address in (f"203.0.113.{habit}", f"2400:da00:2::{habit}"):
                await loop.create_datagram_endpoint(functools.partial(Names, habit), local_addr=(address, 53))
    ready.write_text("ready")  # noqa: ASYNC240 - once, before anybody asks
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), login=sys.argv[2:] == ["login"]))
