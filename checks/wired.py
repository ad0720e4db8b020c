"""
Which link carries the default route, and whether it is a wired one.

The egress counts as wired only when a connection to the collector shows that packets do go out there. What this machine
cannot see (the link behind a virtual card) stays unknown, unless an administrator declares it.
"""

from typing import Annotated

from msgspec import Struct

from checks.network.links import Duplex, Link, Medium, read_link
from checks.network.reach import Reached, UnreachableError, reach, service
from checks.network.routes import DefaultRoute, RouteError, default_route, path_to
from checks.registry import Context, Cost, Measure, Measured, check
from contract.message import Bilingual, Message
from contract.outcome import Bound, Path, Provenance
from contract.reason import Reason, ReasonCode, because
from contract.report import Measurement, Value
from contract.settings import described
from contract.units import Unit

_REACH_S = 3.0
"""Two SYN retransmits (1 s and 2 s after the first)."""
_INVISIBLE = frozenset({Medium.VIRTUAL, Medium.UNKNOWN, Medium.BRIDGE, Medium.VPN})
"""Media where an administrator may know more than the machine. What the machine does see, nobody declares away."""
_WIRELESS = frozenset({Medium.WIFI, Medium.MOBILE})


class WiredOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the check ``wired``."""

    declared: Annotated[
        dict[str, Medium],
        described(
            "由管理员声明的网卡介质（网卡名: ethernet、wifi、mobile 等）；仅用于程序无法判断的虚拟网卡，结果标注为自评填报",
            "medium of an interface (name: ethernet, wifi, mobile …) as declared by the administrator; counts only where "
            "the machine cannot see it, as on virtual cards, and the result is marked as attested",
        ),
    ] = {}


@check(
    id="wired",
    version=1,
    title=Bilingual("有线接入", "Wired access"),
    measures={
        "wired.default_route": Measure(Unit.YES_NO, Bilingual("有默认路由", "Has a default route")),
        "wired.medium": Measure(Unit.TEXT, Bilingual("默认路由所用介质", "Medium that carries the default route")),
        "wired.link_speed_mbit_s": Measure(Unit.MBIT_S, Bilingual("网卡协商速率", "Negotiated link speed")),
        "wired.full_duplex": Measure(Unit.YES_NO, Bilingual("全双工", "Full duplex")),
        "wired.egress_is_wired": Measure(Unit.YES_NO, Bilingual("出口为有线接入", "The egress goes over a wired link")),
    },
    cost=Cost(seconds=6, megabytes=0.01),
    options=WiredOptions,
    platforms=("linux", "win32"),
)
def run(context: Context[WiredOptions]) -> Measured:
    """Measure the link of the default route; read-only but for one TCP connection to the collector."""
    found = Measured()
    context.progress(Message("wired.progress.reach"), None)
    reached = _reach_collector(context, found)
    route = _default_route(context, reached)
    found.measurements.append(Measurement(name="wired.default_route", value=route is not None, unit=Unit.YES_NO))
    if route is None:
        nothing = because(ReasonCode.NO_DEFAULT_ROUTE)
        found.measurements.append(Measurement(name="wired.egress_is_wired", value=None, unit=Unit.YES_NO, because=nothing))
        return found
    link = read_link(route.interface, root=context.root, platform=context.platform)
    found.evidence["default_route"] = {"interface": route.interface, "gateway": route.gateway, "metric": route.metric}
    found.evidence["link"] = {
        "name": link.name,
        "medium": str(link.medium),
        "driver": link.driver,
        "up": link.up,
        "carried_by": list(link.carried_by),
    }
    medium, declared = _medium(link, context.options)
    found.measurements.extend(_link_measurements(link, medium, declared=declared))
    found.measurements.append(_egress(context, route, link, medium, reached, declared=declared))
    return found


def _reach_collector(context: Context[WiredOptions], found: Measured) -> Reached | None:
    if context.access is None:
        found.evidence["collector"] = {"reached": False, "problem": "not configured"}
        return None
    limit = min(_REACH_S, max(context.deadline_s - 1, 0.1))
    try:
        reached = reach(service(context.access.url), timeout_s=limit, clock=context.clock)
    except UnreachableError as error:
        found.evidence["collector"] = {"reached": False, "problem": error.problem}
        return None
    found.evidence["collector"] = {"reached": True, "address": reached.address, "connect_s": round(reached.seconds, 4)}
    return reached


def _default_route(context: Context[WiredOptions], reached: Reached | None) -> DefaultRoute | None:
    """That of the family which reached the collector, else the other one's."""
    ipv6 = default_route(6, root=context.root, platform=context.platform)
    ipv4 = default_route(4, root=context.root, platform=context.platform)
    return (ipv6 or ipv4) if reached and ":" in reached.address else (ipv4 or ipv6)


def _medium(link: Link, options: WiredOptions) -> tuple[Medium, bool]:
    if link.medium in _INVISIBLE and link.name in options.declared:
        return options.declared[link.name], True
    return link.medium, False


def _unseen(link: Link) -> Reason:
    if link.medium is Medium.VIRTUAL:
        return because(ReasonCode.LINK_IS_VIRTUAL, driver=link.driver or "?")
    return because(ReasonCode.LINK_KIND_UNKNOWN)


def _link_measurements(link: Link, medium: Medium, *, declared: bool) -> list[Measurement]:
    unseen = _unseen(link)
    duplex = None if link.duplex is None else link.duplex is Duplex.FULL
    return [
        Measurement(
            name="wired.medium",
            value=str(medium),
            unit=Unit.TEXT,
            subject=link.name,
            because=because(ReasonCode.DECLARED_BY_ADMINISTRATOR) if declared else None,
            provenance=Provenance.ATTESTED if declared else Provenance.AGENT_MEASURED,
        ),
        _seen("wired.link_speed_mbit_s", link.speed_mbit_s, Unit.MBIT_S, link, unseen),
        _seen("wired.full_duplex", duplex, Unit.YES_NO, link, unseen),
    ]


def _seen(name: str, value: Value, unit: Unit, link: Link, unseen: Reason) -> Measurement:
    return Measurement(name=name, value=value, unit=unit, subject=link.name, because=unseen if value is None else None)


def _egress(
    context: Context[WiredOptions],
    route: DefaultRoute,
    link: Link,
    medium: Medium,
    reached: Reached | None,
    *,
    declared: bool,
) -> Measurement:
    path = _path(context, route, reached)
    value: Value = None
    bound, reason = Bound.EXACT, None
    if medium in _WIRELESS:
        value, bound, reason = False, Bound.AT_LEAST, because(ReasonCode.LINK_IS_WIRELESS)
    elif medium is not Medium.ETHERNET:
        reason = _unseen(link)
    elif path is None:
        reason = because(ReasonCode.EGRESS_NOT_PROVEN)
    else:
        value, reason = True, because(ReasonCode.DECLARED_BY_ADMINISTRATOR) if declared else None
    return Measurement(
        name="wired.egress_is_wired",
        value=value,
        unit=Unit.YES_NO,
        subject=link.name,
        bound=bound,
        because=reason,
        path=path,
        provenance=Provenance.ATTESTED if declared else Provenance.AGENT_MEASURED,
    )


def _path(context: Context[WiredOptions], route: DefaultRoute, reached: Reached | None) -> Path | None:
    """How far the connection to the collector went; None when there was none, or when it left by another interface."""
    if reached is None:
        return None
    try:
        path, interface = path_to(reached.address, root=context.root, platform=context.platform)
    except RouteError:  # policy routing: connected, but the main table does not know how
        return None
    return None if path is Path.WAN and interface != route.interface else path
