"""The check ``bandwidth``: both directions of the line between this machine and speed servers, with latency."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Any

from checks.bandwidth import evidence, limits, reference, trial
from checks.bandwidth.bound import Line, line_of
from checks.bandwidth.flow import Direction, Flow
from checks.bandwidth.options import MEASURES, BandwidthOptions, Mode, Server
from checks.bandwidth.target import Kind
from checks.bandwidth.trial import SPARE_S, Site, Trial
from checks.registry import CheckError, Context, Cost, Measured, Skipped, check
from contract.message import Bilingual
from contract.outcome import Bound, Path
from contract.reason import Reason, ReasonCode, because
from contract.report import Measurement
from contract.units import Unit

_FAMILIES = {"any": socket.AF_UNSPEC, "both": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_OTHER = {socket.AF_INET: socket.AF_INET6, socket.AF_INET6: socket.AF_INET}
_NAMES = {int(socket.AF_INET): "ipv4", int(socket.AF_INET6): "ipv6"}
AGREE = 0.03
"""Two servers that give the same within this share were neither of them the limit."""
_GRADES = ((5, "A+"), (30, "A"), (60, "B"), (200, "C"), (400, "D"))
"""Rise of the round trip under load in ms, as the Waveform and DSLReports tests grade it."""
_SERVER_REASONS = (ReasonCode.SERVER_MAY_BE_THE_LIMIT, ReasonCode.SERVER_IS_THE_LIMIT)
_DOUBTS = frozenset(_SERVER_REASONS)


@check(
    id="bandwidth",
    version=2,
    title=Bilingual("出口带宽", "egress bandwidth"),
    measures=MEASURES,
    cost=Cost(seconds=150, megabytes=900),
    options=BandwidthOptions,
)
def run(ctx: Context[BandwidthOptions]) -> Measured:
    """Measure download, then upload, against the collector's speed endpoints or the servers named in the settings."""
    return _Run(ctx).run()


@dataclass(frozen=True, slots=True)
class _Result:
    """One direction as it is reported: which flow, what it says of the line."""

    flow: Flow
    line: Line
    server: int = 0
    """Which of the servers tried it came from; a receipt is of the first one."""


class _Run:
    def __init__(self, ctx: Context[BandwidthOptions]) -> None:
        self.ctx, self.options = ctx, ctx.options
        self.began = ctx.clock()
        self.found: list[Measurement] = []
        self.trials: list[Trial] = []

    def run(self) -> Measured:
        sites = self._sites(_FAMILIES[self.options.family])
        first, mode = next(sites, None), self.options.mode
        if first is None:
            raise Skipped(ReasonCode.NO_COLLECTOR)
        main = self._try(first, mode)
        results = {way: _Result(main.flows[way], main.lines[way]) for way in main.flows}
        results = self._second_opinion(results, sites, mode)
        self._latency(main)
        for way, result in results.items():
            self._report(way, result, first.path)
        self._families(main)
        self._references(first)
        unknown = None if first.link.speed_mbit_s else _no_speed(first.link)
        self._add("link_speed_mbit_s", Unit.MBIT_S, first.link.speed_mbit_s, because=unknown)
        moved = sum(found.moved_bytes for found in self.trials)
        self._add("megabytes_used", Unit.MEGABYTES, round(moved / 1e6, 1))
        return Measured(self.found, evidence=self._evidence(main, results))

    def _sites(self, family: int) -> Iterator[Site]:
        """Reachable servers, best first; the first that cannot be reached is an error when there is no other."""
        access = self.ctx.access
        ours = [Server(url=access.url, kind=Kind.CAMPUS)] if access else []
        problem: CheckError | None = None
        reached = False
        for server in [*ours, *self.options.servers]:
            try:
                site = trial.reach(self.ctx, server, family)
            except CheckError as error:
                problem = problem or error
                continue
            reached = True
            yield site
        if problem is not None and not reached:
            raise problem

    def _try(self, site: Site, mode: Mode, directions: tuple[Direction, ...] = tuple(Direction)) -> Trial:
        needed_s = len(directions) * trial.seconds_of(self.options, mode) + SPARE_S
        made = trial.run(self.ctx, site, mode, self.began + self.ctx.deadline_s - needed_s, directions)
        self.trials.append(made)
        return made

    def _time_for(self, directions: int, mode: Mode) -> bool:
        needed_s = directions * trial.seconds_of(self.options, mode) + SPARE_S
        return self.ctx.clock() + needed_s < self.began + self.ctx.deadline_s

    def _second_opinion(
        self, results: dict[Direction, _Result], others: Iterator[Site], mode: Mode
    ) -> dict[Direction, _Result]:
        """Measure again elsewhere what the server itself may have limited: agreement makes it the line's."""
        for site in others:
            doubtful = tuple(way for way, found in results.items() if _doubt(found.line))
            if not doubtful or not self._time_for(len(doubtful), mode):
                break
            try:
                again = self._try(site, mode, doubtful)
            except CheckError:  # it stays a lower bound, which is what is known
                continue
            for way in again.flows:
                results[way] = _better(results[way], again.flows[way], site.link, len(self.trials) - 1)
        return results

    def _latency(self, main: Trial) -> None:
        idle_ms, path = median(main.idle_ms), main.site.path
        self._add("idle_rtt_ms", Unit.MS, round(idle_ms, 2), path=path)
        steps = [abs(late - early) for early, late in pairwise(main.idle_ms)]
        if steps:
            self._add("jitter_ms", Unit.MS, round(sum(steps) / len(steps), 2), path=path)
        for way, flow in main.flows.items():
            trips = flow.round_trips()
            if trips:
                self._add("loaded_rtt_ms", Unit.MS, round(median(trips), 2), subject=way.value, path=path)
                grade = _grade(median(trips) - idle_ms)
                self._add("bufferbloat_grade", Unit.TEXT, grade, subject=way.value, path=path)

    def _report(self, way: Direction, result: _Result, path: Path) -> None:
        flow, line, name = result.flow, result.line, way.value
        for suffix, value in (("mbit_s", line.goodput_mbit_s), ("line_mbit_s", line.line_mbit_s)):
            self._add_rate(f"{name}_{suffix}", flow, line, value, path)
        if line.other_mbit_s is not None:
            self._add("cross_traffic_mbit_s", Unit.MBIT_S, round(line.other_mbit_s, 2), subject=name)
        if flow.segments is not None:
            self._add("resent_percent", Unit.PERCENT, round(limits.lost_percent(flow), 2), subject=name, path=path)
        self._add("connections", Unit.COUNT, flow.connections, subject=name)

    def _add_rate(self, name: str, flow: Flow, line: Line, value: float, path: Path) -> None:
        """
        An unconfirmed rate is the most that can be true, for a burst can only raise it.

        When something else held it down as well, it is neither a lower nor an upper limit: then there is no value.
        """
        shown: float | None = round(value, 2)
        bound, reason = (Bound.EXACT, None) if line.because is None else (Bound.AT_LEAST, line.because)
        if not flow.confirmed:
            shown = shown if bound is Bound.EXACT else None
            bound, reason = Bound.AT_MOST if shown is not None else Bound.EXACT, because(ReasonCode.NOT_CONFIRMED)
        self._add(name, Unit.MBIT_S, shown, bound=bound, because=reason, path=path)

    def _families(self, main: Trial) -> None:
        """The rate over each address family that there is; the one that was not measured yet, quickly."""
        trials = [main]
        other = _OTHER.get(socket.AddressFamily(main.site.place.family))
        if self.options.family == "both" and other is not None and self._time_for(2, Mode.QUICK):
            with suppress(CheckError):  # the server has no such address, or it cannot be reached: nothing to say
                trials.append(self._try(trial.reach(self.ctx, main.site.server, other), Mode.QUICK))
        for made in trials:
            family = _NAMES[int(made.site.place.family)]
            for way, flow in made.flows.items():
                line = made.lines[way]
                self._add_rate(f"{family}_{way.value}_mbit_s", flow, line, line.goodput_mbit_s, made.site.path)

    def _references(self, first: Site) -> None:
        for name in self.options.references:
            for rate in reference.measure(name, self.options.iperf3_server):
                way = f"reference_{rate.direction.value}_mbit_s"
                self._add(way, Unit.MBIT_S, rate.mbit_s, subject=name, because=rate.because, path=first.path)

    def _evidence(self, main: Trial, results: dict[Direction, _Result]) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "mode": self.options.mode.value,
            "family": _NAMES[int(main.site.place.family)],
            "tls": main.site.place.tls is not None,
            "link": evidence.of_link(main.site.link),
            "idle_round_trips_ms": [round(ms, 2) for ms in main.idle_ms],
            "card_before_mbit_s": main.card_before_mbit_s,
            "servers": [evidence.of_trial(found) for found in self.trials],
        }
        if main.receipt is not None:
            shown["receipt"] = main.receipt
        flows = {way.value: evidence.of_flow(found.flow, found.line) for way, found in results.items()}
        for way, found in results.items():
            flows[way.value]["server"] = found.server
        return shown | flows

    def _add(self, name: str, unit: Unit, value: float | str | None, **more: Any) -> None:
        offset_s = self.ctx.clock() - self.began
        self.found.append(Measurement(name=f"bandwidth.{name}", value=value, unit=unit, offset_s=offset_s, **more))


def _doubt(line: Line) -> bool:
    return line.because is not None and line.because.code in _DOUBTS


def _better(first: _Result, again: Flow, link: limits.Link, server: int) -> _Result:
    """The higher of two servers' results; proven when they agree."""
    higher = again if again.stretch.mbit_s > first.flow.stretch.mbit_s else first.flow
    lower = first.flow if higher is again else again
    agree = lower.stretch.mbit_s >= higher.stretch.mbit_s * (1 - AGREE)
    flow = replace(higher, server_proven=agree)
    return _Result(flow, line_of(flow, link), server if higher is again else first.server)


def _grade(rise_ms: float) -> str:
    return next((grade for limit, grade in _GRADES if rise_ms < limit), "F")


def _no_speed(link: limits.Link) -> Reason:
    if link.kind in (limits.LinkKind.VIRTUAL, limits.LinkKind.LOOPBACK):
        return because(ReasonCode.LINK_IS_VIRTUAL, driver=link.driver or link.kind.value)
    if link.kind is limits.LinkKind.WIRELESS:
        return because(ReasonCode.LINK_IS_WIRELESS)
    return because(ReasonCode.LINK_KIND_UNKNOWN)
