"""
What the ladder rests on, asked of the network: TCP, the gateway, and which family a browser would get.

No privilege is needed. All probes run side by side under one outer deadline; what it cuts stays ``open``.
"""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from checks.ipv6.evidence import Eyeballs, Probe, SeenTarget
from checks.ipv6.http import connect
from checks.network.neighbours import Neighbour

CONNECT_S = 2.3
"""One SYN retransmit (after 1 s) has time to be answered."""
EYEBALLS_S = 0.25
"""Connection Attempt Delay of RFC 8305 §8: so long a browser waits for the first family before it tries the other."""
_GATEWAY_S = 3.3
"""Three neighbour solicitations, one a second (RFC 4861 §10), then the kernel gives up."""
_ECHO_S = 0.6
_POLL_S = 0.05
_ECHO_REQUEST, _ECHO_REPLY = 128, 129

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


async def attempt(action: Coroutine[Any, Any, Any], limit_s: float = CONNECT_S) -> tuple[Probe, Any, str | None]:
    """How ``action`` ended within ``limit_s``, what it gave, and the problem in words."""
    try:
        return Probe.PASSED, await asyncio.wait_for(action, limit_s), None
    except TimeoutError:  # ours, or the kernel's ETIMEDOUT
        return Probe.SILENT, None, None
    except ssl.SSLError as error:  # a certificate that is not the target's: something stands in between
        return Probe.REJECTED, None, str(error)
    except OSError as error:
        return (Probe.REJECTED if error.errno in _REJECTIONS else Probe.OPEN), None, str(error)
    except (ValueError, asyncio.IncompleteReadError) as error:
        return Probe.REJECTED, None, str(error)


async def connect_time(address: str, port: int, clock: Callable[[], float]) -> float:
    """Milliseconds of one TCP handshake. Raises OSError."""
    begun = clock()
    (await connect(address, port)).close()
    return (clock() - begun) * 1000


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


async def probe_echo(gateway: str, interface: str) -> Probe:
    """
    ICMPv6 echo to the gateway: OPEN where this user may open neither a ping socket nor a raw one.

    Linux lets the groups of ``net.ipv4.ping_group_range`` open ping sockets; it governs ICMPv6 too.
    """
    made = _icmp_socket()
    if made is None:
        return Probe.OPEN
    loop = asyncio.get_running_loop()
    with made:
        try:
            made.connect((gateway, 0, 0, socket.if_nametoindex(interface)))
            made.send(bytes([_ECHO_REQUEST, 0, 0, 0, 0, 1, 0, 1]) + b"campus")
        except OSError:
            return Probe.OPEN
        with contextlib.suppress(TimeoutError, OSError):  # OSError: unreachable, told by the kernel after its own wait
            async with asyncio.timeout(_ECHO_S):
                while True:
                    if (await loop.sock_recv(made, 512))[:1] == bytes([_ECHO_REPLY]):
                        return Probe.PASSED
    return Probe.SILENT


def _icmp_socket() -> socket.socket | None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            made = socket.socket(socket.AF_INET6, kind, socket.IPPROTO_ICMPV6)
        except OSError:
            continue
        made.setblocking(False)
        return made
    return None


async def probe_eyeballs(target: SeenTarget, clock: Callable[[], float], *, v6_first: bool) -> Eyeballs | None:
    """
    Connect as a browser does (RFC 8305 §5); None when neither family answers.

    ``v6_first`` as RFC 6724 would order the addresses: with a source that is internal or a tunnel, IPv4 goes first.
    """
    assert target.address4 is not None
    order = [(6, target.address), (4, target.address4)]
    begun = clock()
    racing: dict[asyncio.Task[float], int] = {}
    for family, address in order if v6_first else reversed(order):
        racing[asyncio.ensure_future(connect_time(address, target.port, clock))] = family
        if won := await _first(racing, EYEBALLS_S):
            break
    else:
        won = await _first(racing, CONNECT_S)
    for task in racing:
        task.cancel()
    await asyncio.gather(*racing, return_exceptions=True)
    return Eyeballs(family=won, ms=round((clock() - begun) * 1000, 1)) if won else None


async def _first(racing: dict[asyncio.Task[float], int], limit_s: float) -> int | None:
    """The family of the first connection within ``limit_s``; None also as soon as all have failed."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limit_s
    while pending := [task for task in racing if not task.done()]:
        await asyncio.wait(pending, timeout=max(0.0, end - loop.time()), return_when=asyncio.FIRST_COMPLETED)
        if won := _winner(racing):
            return won
        if loop.time() >= end:
            return None
    return _winner(racing)


def _winner(racing: dict[asyncio.Task[float], int]) -> int | None:
    return next((family for task, family in racing.items() if task.done() and not task.exception()), None)
