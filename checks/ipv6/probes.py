"""
What the ladder rests on, asked of the network: TCP, HTTP and DNS over plain sockets, the gateway by the neighbour table.

No privilege is needed. All probes run side by side under one outer deadline; what it cuts stays ``open``.
"""

import asyncio
import contextlib
import errno
import random
import socket
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import msgspec

from checks.ipv6.dns import Answer, DnsError, RecordType, decode_answer, encode_query
from checks.ipv6.ladder import Name, Probe, SeenName, SeenTarget
from checks.network.neighbours import Neighbour

CONNECT_S = 2.3
"""One SYN retransmit (after 1 s) has time to be answered."""
_GATEWAY_S = 3.3
"""Three neighbour solicitations, one a second (RFC 4861 §10), then the kernel gives up."""
_POLL_S = 0.05
_DNS_S, _DNS_TRIES = 0.6, 2
_DNS_PORT = 53
_MAX_ANSWER = 65_535

_REJECTIONS = frozenset(
    {
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EACCES,
        errno.EPERM,
        errno.EADDRNOTAVAIL,
    }
)


@dataclass(frozen=True, slots=True)
class Web:
    """How HTTP is spoken to a target: the name it is asked for, the path, and TLS or not."""

    host: str
    path: str
    tls: ssl.SSLContext | None


def run_all(tasks: dict[str, Coroutine[Any, Any, Any]], limit_s: float) -> dict[str, Any]:
    """Results by key of those that ended within ``limit_s``; the others are stopped and left out."""

    async def together() -> dict[str, Any]:
        running = {key: asyncio.ensure_future(task) for key, task in tasks.items()}
        if not running:
            return {}
        done, pending = await asyncio.wait(running.values(), timeout=limit_s)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        return {key: task.result() for key, task in running.items() if task in done}

    return asyncio.run(together())


async def probe_target(target: SeenTarget, web: Web | None, clock: Callable[[], float]) -> SeenTarget:
    """TCP to the target, then HTTP where it is spoken."""
    begun = clock()
    tcp, problem = await _attempt(_connect(target.address, target.port))
    seen = msgspec.structs.replace(target, tcp=tcp, problem=problem)
    if tcp is not Probe.PASSED:
        return seen
    seen = msgspec.structs.replace(seen, connect_ms=round((clock() - begun) * 1000, 2))
    if web is None:
        return seen
    http, problem = await _attempt(_request(target.address, target.port, web))
    return msgspec.structs.replace(seen, http=http, problem=problem)


async def _attempt(action: Coroutine[Any, Any, None]) -> tuple[Probe, str | None]:
    try:
        await asyncio.wait_for(action, CONNECT_S)
    except TimeoutError:  # ours, or the kernel's ETIMEDOUT
        return Probe.SILENT, None
    except ssl.SSLError as error:  # a certificate that is not the target's: something stands in between
        return Probe.REJECTED, str(error)
    except OSError as error:
        return (Probe.REJECTED if error.errno in _REJECTIONS else Probe.OPEN), str(error)
    except (ValueError, asyncio.IncompleteReadError) as error:
        return Probe.REJECTED, str(error)
    return Probe.PASSED, None


async def _connect(address: str, port: int) -> None:
    _, writer = await asyncio.open_connection(address, port, family=socket.AF_INET6)
    await _close(writer)


async def _request(address: str, port: int, web: Web) -> None:
    """A GET; any well-formed status line counts, since the path is judged and not the page."""
    name = web.host if web.tls else None
    reader, writer = await asyncio.open_connection(address, port, family=socket.AF_INET6, ssl=web.tls, server_hostname=name)
    try:
        host = f"[{web.host}]" if ":" in web.host else web.host
        writer.write(f"GET {web.path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii", "replace"))
        await writer.drain()
        status = await reader.readline()
        if not status.startswith(b"HTTP/1."):
            raise ValueError("no HTTP status line")
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):  # the answer is in; how the peer ends the connection does not matter
        await writer.wait_closed()


async def probe_gateway(gateway: str, interface: str, read: Callable[[], list[Neighbour]], *, asked: bool) -> Probe:
    """
    Watch the neighbour table for the gateway; nothing is sent.

    Echo is often filtered and ping sockets are often closed to users; no gateway can leave solicitations unanswered.
    ``asked`` True: probes to targets behind it make the kernel look for it, so that its silence means something.
    """
    for _ in range(round(_GATEWAY_S / _POLL_S) if asked else 1):
        if any(item.mac for item in read() if item.address == gateway and item.interface == interface):
            return Probe.PASSED
        await asyncio.sleep(_POLL_S)
    return Probe.SILENT if asked else Probe.OPEN


async def probe_name(name: str, servers: list[str], rng: random.Random) -> SeenName:
    """Ask the servers in turn for AAAA, until one says something about the name. Raises DnsError for what is no name."""
    for server in servers:
        answer = await _ask(server, name, RecordType.AAAA, rng)
        if answer is None or answer.name_exists is None:
            continue
        if answer.addresses:
            return SeenName(name=name, result=Name.ANSWERED, addresses=list(answer.addresses), server=server)
        return SeenName(name=name, result=Name.EMPTY if answer.name_exists else Name.MISSING, server=server)
    return SeenName(name=name, result=Name.SILENT)


async def _ask(server: str, name: str, kind: RecordType, rng: random.Random) -> Answer | None:
    """The answer of one server, None when it gives none that can be read."""
    query = encode_query(name, kind, rng.randrange(1 << 16))
    for _ in range(_DNS_TRIES):
        try:
            answer = await asyncio.wait_for(_ask_udp(server, query, kind), _DNS_S)
            return await asyncio.wait_for(_ask_tcp(server, query, kind), _DNS_S) if answer.truncated else answer
        except (TimeoutError, OSError, DnsError, asyncio.IncompleteReadError):  # the next try, or the next server
            continue
    return None


async def _ask_udp(server: str, query: bytes, kind: RecordType) -> Answer:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.setblocking(False)
        await loop.sock_connect(asked, (server, _DNS_PORT))
        await loop.sock_sendall(asked, query)
        while True:
            raw = await loop.sock_recv(asked, _MAX_ANSWER)
            with contextlib.suppress(DnsError):  # a stray or forged datagram: the true answer may still come
                return decode_answer(raw, query, kind)


async def _ask_tcp(server: str, query: bytes, kind: RecordType) -> Answer:
    reader, writer = await asyncio.open_connection(server, _DNS_PORT)
    try:
        writer.write(len(query).to_bytes(2, "big") + query)
        size = int.from_bytes(await reader.readexactly(2), "big")
        return decode_answer(await reader.readexactly(size), query, kind)
    finally:
        await _close(writer)
