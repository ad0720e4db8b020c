"""One server over one address family: idle latency, then each direction."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil

from checks.bandwidth import latency, limits, service, target
from checks.bandwidth.bound import Line, line_of
from checks.bandwidth.connection import Place, RefusedError, locate
from checks.bandwidth.engine import measure
from checks.bandwidth.flow import Direction, Flow, Limits, World
from checks.bandwidth.options import BandwidthOptions, Mode, Server
from checks.bandwidth.target import Kind, Target
from checks.network.routes import path_to
from checks.registry import CheckError, Context, Skipped
from contract.message import Message
from contract.outcome import Path
from contract.reason import ReasonCode

_CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "interrupt", "dpc")
"""Guest time is inside user already."""
SPARE_S = 10.0
"""Kept for connecting, idle latency and giving the session back."""


@dataclass(frozen=True, slots=True)
class Site:
    """A server, one address of it, and how the packets get there."""

    server: Server
    place: Place
    path: Path
    link: limits.Link

    @property
    def target(self) -> Target:
        """Of a server that needs no session."""
        if self.server.kind is Kind.LIBRESPEED:
            return target.of_librespeed()
        parts = urlsplit(self.server.url)
        return target.of_object(urlunsplit(("", "", parts.path, parts.query, "")))


@dataclass(slots=True)
class Trial:
    """What a site gave. A direction that the server cannot measure is absent."""

    site: Site
    idle_ms: list[float]
    card_before_mbit_s: list[float] | None
    flows: dict[Direction, Flow] = field(default_factory=dict)
    lines: dict[Direction, Line] = field(default_factory=dict)
    receipt: dict[str, str] | None = None

    @property
    def moved_bytes(self) -> int:
        """Both directions."""
        return sum(flow.moved_bytes for flow in self.flows.values())


def seconds_of(options: BandwidthOptions, mode: Mode) -> float:
    """Time limit of one direction."""
    return max(options.max_seconds, mode.hold_s * 1.5)


def reach(ctx: Context[BandwidthOptions], server: Server, family: int) -> Site:
    """The server's first address of a family that takes a connection. Raises CheckError ``collector_unreachable``."""
    ours = server.kind is Kind.CAMPUS and ctx.access is not None
    token, ca_file = (ctx.access.token, ctx.access.ca_file) if ours and ctx.access else ("", None)
    url = server.url
    if server.kind is Kind.OBJECTS:
        parts = urlsplit(url)
        url = f"{parts.scheme}://{parts.netloc}"
    place = locate(url, token, ca_file, family=family)
    path, interface = path_to(place.address, root=ctx.root, platform=ctx.platform)
    return Site(server, place, path, limits.look(interface, root=ctx.root, platform=ctx.platform))


def run(
    ctx: Context[BandwidthOptions],
    site: Site,
    mode: Mode,
    give_up_at: float,
    directions: Sequence[Direction] = tuple(Direction),
) -> Trial:
    """
    Measure a site. ``give_up_at`` on the clock ends the waiting for a busy server.

    Raises CheckError when nothing can be measured, :class:`Skipped` when the server refuses.
    """
    world = World(ctx.clock, time.sleep, _card(None if site.path is Path.LOCAL else site.link.name), _load)
    limit = Limits(
        seconds=seconds_of(ctx.options, mode),
        bytes=ctx.options.max_megabytes * 1_000_000,
        connections=ctx.options.connections,
        most=max(ctx.options.connections, ctx.options.max_connections),
        hold_s=mode.hold_s,
    )
    if site.server.kind is not Kind.CAMPUS:
        return _directions(ctx, site, site.target, limit, world, directions)
    with ExitStack() as stack:
        grant = stack.enter_context(
            service.session(
                site.place,
                give_up_at=give_up_at,
                clock=ctx.clock,
                sleep=time.sleep,
                rng=ctx.rng,
                progress=ctx.progress,
                report_id=ctx.access.report_id if ctx.access else "",
            )
        )
        limit = Limits(
            seconds=min(limit.seconds, grant.session.max_seconds),
            bytes=min(limit.bytes, grant.session.max_bytes),
            connections=limit.connections,
            most=limit.most,
            hold_s=limit.hold_s,
        )
        made = _directions(ctx, site, target.of_session(grant.session.session), limit, world, directions)
    if grant.receipt is not None:
        made.receipt = {"body": grant.receipt.body, "signature": grant.receipt.signature}
    return made


def _directions(
    ctx: Context[BandwidthOptions], site: Site, aim: Target, limit: Limits, world: World, directions: Sequence[Direction]
) -> Trial:
    ctx.progress(Message("bandwidth.progress.idle"), 0.0)
    before, asked_at = world.card(), ctx.clock()
    idle = latency.idle(site.place, aim.ping, ctx.clock, time.sleep)
    background = _rates(before, world.card(), ctx.clock() - asked_at)
    if not idle:
        raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem="no answer to a ping")
    made = Trial(site, idle, background)
    for number, direction in enumerate(directions):
        if direction is Direction.UPLOAD and aim.up is None:
            continue
        live = _live(ctx, direction, number / len(directions), 1 / len(directions))
        try:
            flow = measure(direction, site.place, aim, limit, world, idle_ms=median(idle), live=live)
        except RefusedError as error:
            raise Skipped(ReasonCode.COLLECTOR_REFUSED, problem=f"HTTP {error.http_status}") from error
        made.flows[direction] = flow
        made.lines[direction] = line_of(flow, site.link)
    return made


def _live(ctx: Context[BandwidthOptions], direction: Direction, begin: float, part: float) -> Callable[[float, float], None]:
    def live(mbit_s: float, share: float) -> None:
        text = Message(f"bandwidth.progress.{direction.value}", {"mbit_s": round(mbit_s, 1)})
        ctx.progress(text, begin + share * part)

    return live


def _card(interface: str | None) -> Callable[[], tuple[int, int] | None]:
    """Reads (received, sent) bytes of one card; psutil hides the wrap of 32-bit counters."""

    def read() -> tuple[int, int] | None:
        found = psutil.net_io_counters(pernic=True).get(interface) if interface else None
        return (found.bytes_recv, found.bytes_sent) if found else None

    return read


def _load() -> tuple[float, float, float]:
    times: Any = psutil.cpu_times()
    total = float(sum(getattr(times, name, 0.0) for name in _CPU_FIELDS))
    waiting = times.idle + getattr(times, "iowait", 0.0)
    return time.process_time(), total - waiting, total


def _rates(before: tuple[int, int] | None, after: tuple[int, int] | None, seconds: float) -> list[float] | None:
    """[received, sent] in Mbit/s of the card in the quiet second before the test."""
    if before is None or after is None or seconds <= 0:
        return None
    return [round((late - early) * 8e-6 / seconds, 3) for early, late in zip(before, after, strict=True)]
