"""
Whether a throughput is the line's, or only what could be shown here.

Everything that may have held the rate down makes it a lower bound with its reason: a pass stays a pass, a miss decides
nothing.
"""

from dataclasses import dataclass

from checks.bandwidth.flow import Direction, Ended, Flow
from checks.bandwidth.limits import (
    CPU_LIMIT_PERCENT,
    LATE_LIMIT_PERCENT,
    MACHINE_LIMIT_PERCENT,
    NIC_SHARE,
    Link,
    LinkKind,
    late_percent,
    lost_percent,
    machine_percent,
    other_mbit_s,
    own_percent,
    queued_mbit_s,
)
from checks.bandwidth.plateau import Stretch, settled
from contract.reason import Reason, ReasonCode, because

QUIET_SHARE = 0.02
"""Other traffic below this share of our own is retransmissions and chatter (measured: 0.0 to 0.3 %)."""
SERVER_SHARE = 0.85
"""A server that gave more than this share of its own line may have been the limit itself."""
LOSS_PERCENT = 0.5
"""Above it, loss and not the rate decides what TCP shows. A queue of 50 ms that overflows loses 0.1 to 0.4 % (measured)."""
OTHER_LIMIT = 0.30
"""Above this share of the sum, other traffic is not added but waited out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One direction, judged: payload rate, layer-1 equivalent, other traffic, and the reason when it is a lower bound."""

    goodput_mbit_s: float
    line_mbit_s: float
    other_mbit_s: float | None
    added: bool
    """Whether the other traffic is part of ``line_mbit_s``."""
    because: Reason | None


def line_of(flow: Flow, link: Link) -> Line:
    """Goodput and layer-1 equivalent of a flow, with what limits them."""
    goodput = flow.stretch.mbit_s
    own_line = goodput * flow.packet.line_share
    other = other_mbit_s(flow, link)
    shared = _shared_line(flow, link)
    if shared is not None and flow.ended is not Ended.SETTLED:
        reason = _held_down(flow, link, own_line) or _processor(flow)
        return Line(goodput, max(shared, own_line), other, True, reason)
    return Line(goodput, own_line, other, False, _reason(flow, link, own_line, other))


def _reason(flow: Flow, link: Link, line_mbit_s: float, other: float | None) -> Reason | None:
    """The first that holds, the hardest to argue with first."""
    if found := _held_down(flow, link, line_mbit_s):
        return found
    server = flow.server_mbit_s
    if server is not None and not flow.server_proven and line_mbit_s >= SERVER_SHARE * server:
        return because(ReasonCode.SERVER_IS_THE_LIMIT, server_mbit_s=round(server, 1))
    if flow.ended is Ended.BYTES:
        return because(ReasonCode.BYTE_LIMIT_REACHED, megabytes=round(flow.moved_bytes / 1e6, 1))
    if found := _processor(flow):
        return found
    full = flow.ended is Ended.SETTLED and flow.saturated
    if not full and lost_percent(flow) > LOSS_PERCENT:
        return because(ReasonCode.LINE_LOSES_PACKETS, percent=round(lost_percent(flow), 1))
    if other is not None and other > QUIET_SHARE * flow.stretch.mbit_s + queued_mbit_s(flow):
        return because(ReasonCode.CROSS_TRAFFIC, other_mbit_s=round(other, 1))
    if flow.ended is not Ended.SETTLED:
        return because(ReasonCode.RATE_UNSTABLE)
    if not flow.saturated:
        return because(ReasonCode.NOT_SATURATED)
    proven = flow.server_proven or server is not None
    return None if proven else because(ReasonCode.SERVER_MAY_BE_THE_LIMIT)


def _held_down(flow: Flow, link: Link, line_mbit_s: float) -> Reason | None:
    if link.half_duplex:
        return because(ReasonCode.HALF_DUPLEX)
    if link.kind is LinkKind.WIRELESS:
        return because(ReasonCode.MEASURED_OVER_WIFI)
    if link.kind is LinkKind.TUNNEL:
        return because(ReasonCode.MEASURED_OVER_VPN)
    if link.speed_mbit_s is not None and line_mbit_s >= NIC_SHARE * link.speed_mbit_s:
        value = round(flow.stretch.mbit_s, 1)
        return because(ReasonCode.NIC_IS_THE_LIMIT, speed_mbit_s=link.speed_mbit_s, value=value)
    return None


def _processor(flow: Flow) -> Reason | None:
    own, machine = own_percent(flow), machine_percent(flow)
    starved = machine > MACHINE_LIMIT_PERCENT and late_percent(flow) > LATE_LIMIT_PERCENT
    if own > CPU_LIMIT_PERCENT or starved:
        return because(ReasonCode.CPU_IS_THE_LIMIT, percent=round(max(own, machine)))
    return None


def _shared_line(flow: Flow, link: Link) -> float | None:
    """
    Layer-1 rate of own and other traffic together, when that sum is proven to be the line.

    Traffic to the LAN never crosses the line, so a sum counts only if it stands still while our own part moves: then both
    share one limit. That limit may still be the card, so its speed must be known and not reached; and other traffic of more
    than 30 % is not judged through.
    """
    card = flow.trace.received if flow.direction is Direction.DOWNLOAD else flow.trace.sent
    both: Stretch | None = settled(card)
    if both is None or link.speed_mbit_s is None or link.kind is not LinkKind.WIRED:
        return None
    own = flow.trace.curve.mbit_s(both.since_s, both.until_s)
    counted = (flow.packet.mss + flow.packet.headers + link.header_bytes) / flow.packet.mss
    other = both.mbit_s - own * counted
    sum_line = both.mbit_s * flow.packet.line_share / counted
    if not QUIET_SHARE * own < other <= OTHER_LIMIT * both.mbit_s or sum_line >= NIC_SHARE * link.speed_mbit_s:
        return None
    return sum_line
