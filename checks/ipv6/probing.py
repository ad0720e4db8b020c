"""All probes of one run under one outer deadline. What was found when it strikes is kept, what was not stays open."""

import asyncio
import json
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec

from checks.ipv6 import advertisements, names, parity, probes
from checks.ipv6.evidence import Evidence, Eyeballs, Probe, SeenTarget
from checks.ipv6.http import CLAMP, Answer, Web, fetch
from checks.network.addresses import TRANSITION, AddressClass, classify
from checks.network.neighbours import Neighbour
from contract.outcome import Path
from contract.wire import WireError, decode

LARGE_S = 1.6
"""For one HTTP exchange: a segment lost on the way is sent again after 0.2 s, 0.6 s and 1.4 s."""
FILL = "x" * 1600
"""Makes a request larger than any frame."""
_HTTP_PORT = 80
_OK, _NETWORK_LOGIN = 200, 511
"""RFC 6585 §6: Network Authentication Required."""
_REDIRECTS = range(300, 400)


class Seen(msgspec.Struct, frozen=True):
    """The part of the collector's :class:`contract.api.Witness` that is used here."""

    address: str


@dataclass(frozen=True, slots=True)
class Portal:
    """Where to ask for something known over plain HTTP: an answer of another kind is a login page's."""

    address: str
    port: int
    host: str


@dataclass(slots=True)
class Probing:
    """The state of one run; :attr:`seen` grows while it goes on."""

    seen: Evidence
    webs: list[Web | None]
    interfaces: list[str]
    route_interface: str | None
    neighbours: Callable[[], list[Neighbour]]
    clock: Callable[[], float]
    rng: random.Random
    portals: list[Portal] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)

    def run(self, limit_s: float) -> Evidence:
        """Everything within ``limit_s`` seconds."""
        asyncio.run(self._within(limit_s))
        heard = sorted({*self.seen.routers, *self.heard})
        return msgspec.structs.replace(self.seen, routers=heard)

    async def _within(self, limit_s: float) -> None:
        """Two rounds: all that is independent, then the comparison, which must have the line for itself."""
        loop = asyncio.get_running_loop()
        end = loop.time() + limit_s
        listening = asyncio.ensure_future(self._listen())
        left = await _together(self._independent(), limit_s)
        if not left and (compared := self._comparison()):
            left = await _together([compared], end - loop.time())
        # The window for advertisements lies beside the rest; only on a fast network is it what one waits for.
        await _together([listening], end - loop.time())

    def _independent(self) -> list[Coroutine[Any, Any, None]]:
        tasks = [self._target(place) for place in range(len(self.seen.targets))]
        tasks += [self._name(place) for place in range(len(self.seen.names))]
        tasks += [self._portal(item) for item in self.portals]
        if both := self._both_families():
            tasks.append(self._eyeballs(both))
        if self.seen.gateway and self.route_interface:
            tasks += [self._gateway(self.seen.gateway, self.route_interface), self._echo()]
        if server := next((item for item in self.seen.resolvers if ":" in item), None):
            tasks.append(self._resolver(server))
        return tasks

    def _put(self, **found: Any) -> None:
        self.seen = msgspec.structs.replace(self.seen, **found)

    def _put_target(self, place: int, **found: Any) -> SeenTarget:
        targets = list(self.seen.targets)
        targets[place] = msgspec.structs.replace(targets[place], **found)
        self._put(targets=targets)
        return targets[place]

    async def _listen(self) -> None:
        self._put(routers_heard=await advertisements.listen(self.interfaces, self.heard))

    async def _gateway(self, gateway: str, interface: str) -> None:
        asked = any(target.path is Path.WAN for target in self.seen.targets)
        self._put(gateway_probe=await probes.probe_gateway(gateway, interface, self.neighbours, asked=asked))

    async def _echo(self) -> None:
        assert self.seen.gateway is not None
        assert self.route_interface is not None
        self._put(gateway_echo=await probes.probe_echo(self.seen.gateway, self.route_interface))

    async def _name(self, place: int) -> None:
        answer = await names.probe_name(self.seen.names[place], self.seen.resolvers, self.rng)
        found = list(self.seen.names)
        found[place] = answer
        self._put(names=found)

    async def _resolver(self, server: str) -> None:
        self._put(resolver6=await names.probe_resolver(server, self.rng))

    async def _target(self, place: int) -> None:
        target = self.seen.targets[place]
        await asyncio.gather(self._over4(place, target), self._over6(place, target))

    async def _over4(self, place: int, target: SeenTarget) -> None:
        if target.address4:
            timed = probes.connect_time(target.address4, target.port, self.clock)
            tcp4, ms, _ = await probes.attempt(timed)
            self._put_target(place, tcp4=tcp4, connect4_ms=None if ms is None else round(ms, 2))

    async def _over6(self, place: int, target: SeenTarget) -> None:
        tcp, ms, problem = await probes.attempt(probes.connect_time(target.address, target.port, self.clock))
        self._put_target(place, tcp=tcp, connect_ms=None if ms is None else round(ms, 2), problem=problem)
        web = self.webs[place]
        if tcp is Probe.PASSED and web is not None:
            await asyncio.gather(self._small(place, target, web), self._large(place, target, web))

    async def _small(self, place: int, target: SeenTarget, web: Web) -> None:
        """A GET; any well-formed status line counts: the path is judged, not the page. The collector is a witness."""
        http, answer, problem = await probes.attempt(fetch(target.address, target.port, web, web.path, self.clock), LARGE_S)
        found: dict[str, Any] = {"http": http, "problem": problem}
        if answer is not None:
            found |= {"source": answer.source, "portal": answer.status == _NETWORK_LOGIN}
            if web.token:
                found["witnessed"] = _witness(answer)
                found["portal"] = _elsewhere(answer, web.host) or (answer.status == _OK and found["witnessed"] is None)
        self._put_target(place, **found)

    async def _large(self, place: int, target: SeenTarget, web: Web) -> None:
        """
        Large both ways, and beside it the control with clamped segments: what only large ones meet is a PMTU black hole.

        Both go out at once: one after the other would cost a black hole twice its time.
        """
        long = f"{web.path}{'&' if '?' in web.path else '?'}fill={FILL}"
        ends = {"large": [long, *([web.large] if web.large else [])], "clamped": [long]}
        tried = [
            probes.attempt(fetch(target.address, target.port, web, path, self.clock, mss=mss), LARGE_S)
            for key, mss in (("large", None), ("clamped", CLAMP))
            for path in ends[key]
        ]
        *large, clamped = await asyncio.gather(*tried)
        worst = next((item for item in large if item[0] is not Probe.PASSED), large[0])
        mtu = next((answer.path_mtu for _, answer, _ in large if answer), None)
        self._put_target(place, large=worst[0], clamped=clamped[0], path_mtu=mtu)

    async def _portal(self, item: Portal) -> None:
        """Ask our own collector for what everybody may see; a stranger's answer means that somebody sits in between."""
        web = Web(item.host, "/healthz", None)
        _, answer, _ = await probes.attempt(fetch(item.address, item.port, web, "/healthz", self.clock), LARGE_S)
        if answer is not None and _strange(answer, item.host):
            self._put(portal=True)

    def _both_families(self) -> SeenTarget | None:
        return next((item for item in self.seen.deciding if item.address4), None)

    async def _eyeballs(self, target: SeenTarget) -> None:
        kind = classify(self.seen.source) if self.seen.source else None
        v6_first = kind is not None and kind not in TRANSITION and kind is not AddressClass.UNIQUE_LOCAL
        found = await probes.probe_eyeballs(target, self.clock, v6_first=v6_first)
        if found is not None:
            self._put(eyeballs=found)

    def _comparison(self) -> Coroutine[Any, Any, None] | None:
        """Towards a target that answered over both families, best one that can serve a bulk file."""
        fit = [
            (target, web)
            for target, web in zip(self.seen.targets, self.webs, strict=True)
            if target in self.seen.deciding and Probe.PASSED is target.tcp is target.tcp4
        ]
        fit.sort(key=lambda pair: pair[1] is None or pair[1].bulk is None)
        whole = any(item.large in (Probe.PASSED, None) for item in self.seen.targets if item.tcp is Probe.PASSED)
        if not fit or not whole:
            return None
        return parity.compare(*fit[0], self.clock, lambda found: self._put(parity=found))


def priced(found: Eyeballs, target: SeenTarget | None) -> Eyeballs:
    """With the price of each new connection: later than IPv4 alone by so many milliseconds, never below 0."""
    if target is None or target.connect4_ms is None:
        return found
    return msgspec.structs.replace(found, penalty_ms=round(max(0.0, found.ms - target.connect4_ms), 1))


async def _together(tasks: list[Any], limit_s: float) -> bool:
    """Run side by side; those not done after ``limit_s`` are stopped. True when there were such; raises what they raised."""
    running = [asyncio.ensure_future(task) for task in tasks]
    if not running:
        return False
    done, pending = await asyncio.wait(running, timeout=max(0.0, limit_s))
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()
    return bool(pending)


def _witness(answer: Answer) -> str | None:
    """The address in the collector's answer; None when it is another answer."""
    if answer.status != _OK:
        return None
    try:
        return decode(answer.body, Seen).address
    except WireError:
        return None


def _strange(answer: Answer, host: str) -> bool:
    """A login page: status 511, a redirect to another host, or a page where a small JSON document belongs."""
    if answer.status == _NETWORK_LOGIN:
        return True
    if answer.status != _OK:
        return _elsewhere(answer, host)
    try:
        return bool(json.loads(answer.body).get("status") != "ok")
    except (ValueError, AttributeError):
        return True


def _elsewhere(answer: Answer, host: str) -> bool:
    there = urlsplit(answer.location).hostname if answer.status in _REDIRECTS else None
    return there is not None and there != host
