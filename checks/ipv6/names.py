"""What the configured name servers say about AAAA records: asked side by side, so that a dead one costs no time."""

import asyncio
import contextlib
import random
import socket

import msgspec

from checks.ipv6.dns import Answer, DnsError, RecordType, decode_answer, encode_query
from checks.ipv6.evidence import Name, Probe, SeenName

DNS_S, DNS_TRIES = 0.6, 2
_DNS_PORT = 53
_MAX_ANSWER = 65_535


async def probe_name(item: SeenName, servers: list[str], rng: random.Random) -> SeenName:
    """
    Ask every server for AAAA; the first in the system's order that says something about the name counts.

    NXDOMAIN is cross-examined with a question for A at the same server. Raises DnsError for what is no name.
    """
    answers = await asyncio.gather(*(ask(server, item.name, RecordType.AAAA, rng) for server in servers))
    for server, answer in zip(servers, answers, strict=True):
        if answer is None or answer.name_exists is None:
            continue
        said = msgspec.structs.replace(item, server=server)
        if answer.addresses:
            return msgspec.structs.replace(said, result=Name.ANSWERED, addresses=list(answer.addresses))
        if answer.name_exists:
            return msgspec.structs.replace(said, result=Name.EMPTY)
        other = await ask(server, item.name, RecordType.A, rng)
        return msgspec.structs.replace(said, result=Name.DENIED if other and other.addresses else Name.MISSING)
    return msgspec.structs.replace(item, result=Name.SILENT)


async def probe_resolver(server: str, rng: random.Random) -> Probe:
    """Whether a name server answers at all: any answer, whatever its code, means that it is alive."""
    return Probe.PASSED if await ask(server, "ipv4only.arpa", RecordType.AAAA, rng) else Probe.SILENT


async def ask(server: str, name: str, kind: RecordType, rng: random.Random) -> Answer | None:
    """The answer of one server, None when it gives none that can be read."""
    query = encode_query(name, kind, rng.randrange(1 << 16))
    for _ in range(DNS_TRIES):
        try:
            answer = await asyncio.wait_for(_ask_udp(server, query, kind), DNS_S)
            return await asyncio.wait_for(_ask_tcp(server, query, kind), DNS_S) if answer.truncated else answer
        except (TimeoutError, OSError, DnsError, asyncio.IncompleteReadError):  # the next try
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
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
