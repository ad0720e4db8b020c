"""The raw material of a test, small enough to send: a person who disputes a figure can compute it again from this."""

from typing import Any

from checks.bandwidth.bound import Line
from checks.bandwidth.flow import Flow
from checks.bandwidth.limits import Link, late_percent, machine_percent, own_percent
from checks.bandwidth.plateau import Curve
from checks.bandwidth.trial import Trial

_MOST_POINTS = 240
"""Of one curve. 24 s at 100 ms; six curves of 240 points are 20 KB of JSON."""


def of_flow(flow: Flow, line: Line) -> dict[str, Any]:
    """One direction. Times are seconds since its first request, totals are bytes."""
    card = {"received": flow.trace.received, "sent": flow.trace.sent}
    return {
        "ended": flow.ended.value,
        "seconds": round(flow.seconds, 3),
        "moved_bytes": flow.moved_bytes,
        "stretch_s": [round(flow.stretch.since_s, 3), round(flow.stretch.until_s, 3)],
        "spread": round(flow.stretch.spread, 5),
        "saturated": flow.saturated,
        "confirmed": flow.confirmed,
        "burst_mbit_s": _burst(flow),
        "server_mbit_s": flow.server_mbit_s,
        "goodput_mbit_s": round(line.goodput_mbit_s, 3),
        "ip_mbit_s": round(line.goodput_mbit_s * flow.packet.ip_share, 3),
        "line_mbit_s": round(line.line_mbit_s, 3),
        "other_mbit_s": None if line.other_mbit_s is None else round(line.other_mbit_s, 3),
        "other_added": line.added,
        "mss": flow.mss,
        "timestamps": flow.timestamps,
        "header_bytes": flow.packet.headers,
        "segments_retransmitted_sent": list(flow.segments) if flow.segments else None,
        "own_cpu_percent": round(own_percent(flow), 1),
        "machine_cpu_percent": round(machine_percent(flow), 1),
        "late_ticks_percent": round(late_percent(flow), 2),
        "connections": [list(step) for step in flow.trace.connections],
        "curve": _points(flow.trace.curve),
        "card": {name: _points(curve) for name, curve in card.items() if curve.times},
        "round_trips_ms": [[round(at_s, 2), round(ms, 2)] for at_s, ms in flow.trace.round_trips[:_MOST_POINTS]],
    }


def of_trial(trial: Trial) -> dict[str, Any]:
    """Which server was used and what it gave, in short."""
    return {
        "kind": trial.site.server.kind.value,
        "address": trial.site.place.address,
        "path": trial.site.path.value,
        "goodput_mbit_s": {way.value: round(flow.stretch.mbit_s, 3) for way, flow in trial.flows.items()},
        "because": {way.value: line.because.code.value for way, line in trial.lines.items() if line.because},
    }


def of_link(link: Link) -> dict[str, Any]:
    """The interface, without its name's owner: names like eth0 say nothing about a person."""
    return {
        "interface": link.name,
        "kind": link.kind.value,
        "speed_mbit_s": link.speed_mbit_s,
        "half_duplex": link.half_duplex,
        "driver": link.driver,
    }


def _burst(flow: Flow) -> float | None:
    """The fastest second, when it was more than a tenth faster than what stood: an allowance that was used up."""
    curve = flow.trace.curve
    rates = [curve.mbit_s(at_s - 1, at_s) for at_s in curve.times if at_s - curve.times[0] >= 1]
    fastest = max(rates, default=0.0)
    return round(fastest, 3) if fastest > 1.1 * flow.stretch.mbit_s else None


def _points(curve: Curve) -> list[list[float]]:
    step = max(1, -(-len(curve.times) // _MOST_POINTS))
    chosen = [*range(0, len(curve.times), step)]
    if curve.times and chosen[-1] != len(curve.times) - 1:
        chosen.append(len(curve.times) - 1)
    base = curve.totals[0] if curve.totals else 0
    return [[round(curve.times[place], 3), curve.totals[place] - base] for place in chosen]
