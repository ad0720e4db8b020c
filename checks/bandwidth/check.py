"""The check ``bandwidth``: both directions of the line between this machine and the collector, with latency."""

import socket
import time
from collections.abc import Callable
from statistics import median
from typing import Annotated, Any, Literal

import psutil
from msgspec import Struct

from checks.bandwidth import evidence, latency, limits, service
from checks.bandwidth.bound import Line, line_of
from checks.bandwidth.connection import Place, RefusedError, locate
from checks.bandwidth.engine import measure
from checks.bandwidth.flow import Direction, Flow, Limits, World
from checks.network.routes import path_to
from checks.registry import CheckError, Context, Cost, Measure, Measured, Skipped, check
from contract.api import SpeedSession
from contract.message import Bilingual, Message
from contract.outcome import Bound, Path
from contract.reason import Reason, ReasonCode, because
from contract.report import Measurement
from contract.settings import described
from contract.units import Unit

_FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "interrupt", "dpc")
"""Guest time is inside user already."""
_SPARE_S = 10.0
"""Kept for connecting, idle latency and giving the session back."""


class BandwidthOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the check ``bandwidth``."""

    max_seconds: Annotated[float, described("每个方向的最长时间（秒）", "seconds per direction, at most", ge=3, le=60)] = (
        10.0
    )
    max_megabytes: Annotated[
        int, described("每个方向的最大流量（MB）", "megabytes per direction, at most", ge=1, le=10_000)
    ] = 150
    connections: Annotated[int, described("开始时的并行连接数", "parallel connections at the start", ge=1, le=64)] = 8
    max_connections: Annotated[
        int,
        described(
            "速率仍在增长时连接数逐次加倍，直到此上限",
            "connections are doubled while that makes it faster, up to this number",
            ge=1,
            le=256,
        ),
    ] = 64
    family: Annotated[
        Literal["any", "ipv4", "ipv6"],
        described(
            "用哪种地址连接平台；any 表示由系统决定",
            "which address of the collector to use; any leaves it to the system",
        ),
    ] = "any"


_MEASURES = {
    "bandwidth.download_mbit_s": Measure(Unit.MBIT_S, Bilingual("下载速率（TCP 有效载荷）", "download rate (TCP payload)")),
    "bandwidth.upload_mbit_s": Measure(Unit.MBIT_S, Bilingual("上传速率（TCP 有效载荷）", "upload rate (TCP payload)")),
    "bandwidth.download_line_mbit_s": Measure(
        Unit.MBIT_S, Bilingual("下行线路速率（折算到以太网物理层）", "downstream line rate (at layer 1 of Ethernet)")
    ),
    "bandwidth.upload_line_mbit_s": Measure(
        Unit.MBIT_S, Bilingual("上行线路速率（折算到以太网物理层）", "upstream line rate (at layer 1 of Ethernet)")
    ),
    "bandwidth.idle_rtt_ms": Measure(Unit.MS, Bilingual("空载往返时延", "round trip, idle")),
    "bandwidth.loaded_rtt_ms": Measure(Unit.MS, Bilingual("满载往返时延", "round trip, under load")),
    "bandwidth.link_speed_mbit_s": Measure(Unit.MBIT_S, Bilingual("网卡协商速率", "negotiated speed of the network card")),
    "bandwidth.cross_traffic_mbit_s": Measure(
        Unit.MBIT_S, Bilingual("测速期间本机的其他流量", "other traffic of this machine during the test")
    ),
    "bandwidth.megabytes_used": Measure(Unit.MEGABYTES, Bilingual("测速消耗的流量", "data moved by the test")),
    "bandwidth.connections": Measure(Unit.COUNT, Bilingual("并行连接数", "parallel connections")),
}


@check(
    id="bandwidth",
    version=1,
    title=Bilingual("出口带宽", "egress bandwidth"),
    measures=_MEASURES,
    cost=Cost(seconds=90, megabytes=300),
    options=BandwidthOptions,
)
def run(ctx: Context[BandwidthOptions]) -> Measured:
    """Measure download, then upload, against the collector's speed endpoints."""
    if ctx.access is None:
        raise Skipped(ReasonCode.NO_COLLECTOR)
    began = ctx.clock()
    place = locate(ctx.access.url, ctx.access.token, ctx.access.ca_file, family=_FAMILIES[ctx.options.family])
    path, interface = path_to(place.address, root=ctx.root, platform=ctx.platform)
    link = limits.look(interface, root=ctx.root, platform=ctx.platform)
    needed_s = 2 * ctx.options.max_seconds + _SPARE_S
    with service.session(
        place,
        give_up_at=began + ctx.deadline_s - needed_s,
        clock=ctx.clock,
        sleep=time.sleep,
        rng=ctx.rng,
        progress=ctx.progress,
    ) as granted:
        return _Test(ctx, place, granted, path, link, began).run()


class _Test:
    def __init__(
        self,
        ctx: Context[BandwidthOptions],
        place: Place,
        granted: SpeedSession,
        path: Path,
        link: limits.Link,
        began: float,
    ) -> None:
        self.ctx, self.place, self.granted, self.path, self.link = ctx, place, granted, path, link
        self.began = began
        self.found: list[Measurement] = []
        card = _card(None if path is Path.LOCAL else link.name)
        self.world = World(ctx.clock, time.sleep, card, _load)

    def run(self) -> Measured:
        self.ctx.progress(Message("bandwidth.progress.idle"), 0.0)
        before, asked_at = self.world.card(), self.ctx.clock()
        idle = latency.idle(self.place, self.ctx.clock, time.sleep)
        background = _rates(before, self.world.card(), self.ctx.clock() - asked_at)
        if not idle:
            raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem="no answer to a ping")
        idle_ms = median(idle)
        self._add("idle_rtt_ms", Unit.MS, round(idle_ms, 2), path=self.path)
        flows: dict[str, Any] = {}
        moved = 0
        for direction in Direction:
            flow = self._measure(direction, idle_ms)
            line = line_of(flow, self.link)
            self._report(flow, line)
            flows[direction.value] = evidence.of_flow(flow, line)
            moved += flow.moved_bytes
        unknown = None if self.link.speed_mbit_s else _no_speed(self.link)
        self._add("link_speed_mbit_s", Unit.MBIT_S, self.link.speed_mbit_s, because=unknown)
        self._add("megabytes_used", Unit.MEGABYTES, round(moved / 1e6, 1))
        return Measured(
            self.found,
            evidence={
                "family": "ipv6" if self.place.family == socket.AF_INET6 else "ipv4",
                "tls": self.place.tls is not None,
                "link": evidence.of_link(self.link),
                "session": {"max_bytes": self.granted.max_bytes, "max_seconds": self.granted.max_seconds},
                "idle_round_trips_ms": [round(ms, 2) for ms in idle],
                "card_before_mbit_s": background,
                **flows,
            },
        )

    def _measure(self, direction: Direction, idle_ms: float) -> Flow:
        options, half = self.ctx.options, list(Direction).index(direction) / 2
        allowed = Limits(
            seconds=min(options.max_seconds, self.granted.max_seconds),
            bytes=min(options.max_megabytes * 1_000_000, self.granted.max_bytes),
            connections=options.connections,
            most=max(options.connections, options.max_connections),
        )

        def live(mbit_s: float, share: float) -> None:
            text = Message(f"bandwidth.progress.{direction.value}", {"mbit_s": round(mbit_s, 1)})
            self.ctx.progress(text, half + share / 2)

        try:
            return measure(direction, self.place, self.granted.session, allowed, self.world, idle_ms=idle_ms, live=live)
        except RefusedError as error:
            raise Skipped(ReasonCode.COLLECTOR_REFUSED, problem=f"HTTP {error.http_status}") from error

    def _report(self, flow: Flow, line: Line) -> None:
        name = flow.direction.value
        bound = Bound.EXACT if line.because is None else Bound.AT_LEAST
        limited = {"bound": bound, "because": line.because, "path": self.path}
        self._add(f"{name}_mbit_s", Unit.MBIT_S, round(line.goodput_mbit_s, 2), **limited)
        self._add(f"{name}_line_mbit_s", Unit.MBIT_S, round(line.line_mbit_s, 2), **limited)
        trips = flow.round_trips()
        if trips:
            self._add("loaded_rtt_ms", Unit.MS, round(median(trips), 2), subject=name, path=self.path)
        if line.other_mbit_s is not None:
            self._add("cross_traffic_mbit_s", Unit.MBIT_S, round(line.other_mbit_s, 2), subject=name)
        self._add("connections", Unit.COUNT, flow.connections, subject=name)

    def _add(self, name: str, unit: Unit, value: float | None, **more: Any) -> None:
        offset_s = self.ctx.clock() - self.began
        self.found.append(Measurement(name=f"bandwidth.{name}", value=value, unit=unit, offset_s=offset_s, **more))


def _no_speed(link: limits.Link) -> Reason:
    if link.kind in (limits.LinkKind.VIRTUAL, limits.LinkKind.LOOPBACK):
        return because(ReasonCode.LINK_IS_VIRTUAL, driver=link.driver or link.kind.value)
    if link.kind is limits.LinkKind.WIRELESS:
        return because(ReasonCode.LINK_IS_WIRELESS)
    return because(ReasonCode.LINK_KIND_UNKNOWN)


def _card(interface: str | None) -> Callable[[], tuple[int, int] | None]:
    """Reads (received, sent) bytes of one card; psutil hides the wrap of 32-bit counters."""

    def read() -> tuple[int, int] | None:
        found = psutil.net_io_counters(pernic=True).get(interface) if interface else None
        return (found.bytes_recv, found.bytes_sent) if found else None

    return read


def _load() -> tuple[float, float, float]:
    times = psutil.cpu_times()
    total = float(sum(getattr(times, name, 0.0) for name in _CPU_FIELDS))
    waiting = times.idle + getattr(times, "iowait", 0.0)
    return time.process_time(), total - waiting, total


def _rates(before: tuple[int, int] | None, after: tuple[int, int] | None, seconds: float) -> list[float] | None:
    """[received, sent] in Mbit/s of the card in the quiet second before the test."""
    if before is None or after is None or seconds <= 0:
        return None
    return [round((late - early) * 8e-6 / seconds, 3) for early, late in zip(before, after, strict=True)]
