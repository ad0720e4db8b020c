"""IPv6 beside IPv4 towards one target, in turn, so that whatever else the line carries meets both."""

import asyncio
import contextlib
import errno
import ssl
from collections.abc import Awaitable, Callable

import msgspec

from checks.ipv6.evidence import Parity, SeenTarget
from checks.ipv6.http import Web, fetch
from checks.ipv6.ladder import slow_rate, slow_rtt
from checks.ipv6.probes import connect_time

ROUNDS, FETCHES = 4, 2
BULK_BYTES = 300_000
"""Four fetches of it are 1.2 MB; 2.4 MB when a low rate has to be confirmed."""
_FLOW_S = 0.4
"""A fetch is stopped after so long: on a slow line the rate is known by then."""
_RTT_LIMIT_S, _FETCH_LIMIT_S = 1.0, 1.5
_LEAST_BYTES = 20_000
_FAILURES = (TimeoutError, OSError, ssl.SSLError, ValueError)


async def compare(target: SeenTarget, web: Web | None, clock: Callable[[], float], note: Callable[[Parity], None]) -> None:
    """
    Round trips, then rates; ``note`` gets what is known after each step, so that a deadline leaves the part that was done.

    A rate that looks slow while the round trip is fine is measured once more: it must be slow twice.
    """
    assert target.address4 is not None
    ends = {6: target.address, 4: target.address4}
    found = Parity(target=target.name, rate_expected=bool(web and web.bulk))
    for _ in range(ROUNDS):
        for family, address in ends.items():
            key = f"rtt{family}_ms"
            found = await _better(found, key, connect_time(address, target.port, clock), _RTT_LIMIT_S, min, 1)
            note(found)
    if web is None or web.bulk is None or slow_rtt(found) is None:
        return
    for _ in range(2):
        for _ in range(FETCHES):
            for family, address in ends.items():
                rate = _rate(address, target.port, web, web.bulk, clock)
                found = await _better(found, f"rate{family}_mbit_s", rate, _FETCH_LIMIT_S, max, 1)
            note(found)
        if slow_rtt(found) or not slow_rate(found):
            return


async def _better(
    found: Parity, key: str, value: Awaitable[float], limit_s: float, choose: Callable[[float, float], float], digits: int
) -> Parity:
    """``found`` with the better of the old value and the new one; as it was when there is no new one."""
    with contextlib.suppress(*_FAILURES):
        fresh = round(await asyncio.wait_for(value, limit_s), digits)
        old: float | None = getattr(found, key)
        return msgspec.structs.replace(found, **{key: fresh if old is None else choose(old, fresh)})
    return found


async def _rate(address: str, port: int, web: Web, path: str, clock: Callable[[], float]) -> float:
    """Mbit/s of the body after its head. Raises OSError when there is too little of it to tell."""
    answer = await fetch(address, port, web, path, clock, stop_after_s=_FLOW_S)
    if answer.status != 200 or answer.size < _LEAST_BYTES or answer.flow_s <= 0:  # noqa: PLR2004 - HTTP OK
        raise OSError(errno.EPROTO, f"HTTP {answer.status}, {answer.size} bytes")
    return answer.size * 8 / 1e6 / answer.flow_s
