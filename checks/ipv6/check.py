"""How far IPv6 works from this machine: the measures of the ladder."""

import os
import socket
import ssl
from collections.abc import Mapping
from functools import partial
from ipaddress import IPv4Address

import msgspec

import checks.ipv6.website  # noqa: F401 - declares what the collector measures
from checks.ipv6.evidence import Evidence, Probe, SeenAddress, SeenName, SeenTarget
from checks.ipv6.http import Web
from checks.ipv6.ladder import judge
from checks.ipv6.measured import evidence, measurements, subnet_of
from checks.ipv6.parity import BULK_BYTES
from checks.ipv6.probing import Portal, Probing, priced
from checks.ipv6.resolvers import resolvers
from checks.ipv6.settings import Ipv6Options
from checks.network.addresses import assigned, classify, ipv4_prefixes
from checks.network.links import Link, Medium, lan_links, read_link, read_links
from checks.network.neighbours import read_neighbours
from checks.network.reach import Service, UnreachableError, resolve, service
from checks.network.routes import RouteError, advertised_gateways, default_route, path_to, source_towards
from checks.registry import Access, Context, Cost, Measure, Measured, Skipped, check
from contract.message import Bilingual, Message
from contract.outcome import Path
from contract.reason import ReasonCode
from contract.units import Unit

LIMIT_S = 5.3
"""Outer deadline of the whole check, name resolution included; what is left of 5.5 s is for reading and judging."""
_RESOLVE_S = 1.5
_HTTP_PORT, _HTTPS_PORT = 80, 443
_COLLECTOR = "collector"
_WITNESS = "/v1/witness"
_LARGE_BYTES = 6000


@check(
    id="ipv6",
    version=2,
    title=Bilingual("IPv6 支持", "IPv6"),
    measures={
        "ipv6.level": Measure(Unit.LEVEL, Bilingual("IPv6 级别（0–8）", "IPv6 level (0 to 8)")),
        "ipv6.ready": Measure(Unit.YES_NO, Bilingual("IPv6 可用", "IPv6 is usable")),
        "ipv6.global_addresses": Measure(Unit.COUNT, Bilingual("全球单播地址数", "Global unicast addresses")),
        "ipv6.default_route": Measure(Unit.YES_NO, Bilingual("有 IPv6 默认路由", "Has an IPv6 default route")),
        "ipv6.tcp_targets_reached": Measure(Unit.COUNT, Bilingual("IPv6 可达目标数", "Targets reached over IPv6")),
        "ipv6.http": Measure(Unit.YES_NO, Bilingual("网页经 IPv6 可访问", "Web pages load over IPv6")),
        "ipv6.aaaa": Measure(Unit.YES_NO, Bilingual("可解析 AAAA 记录", "AAAA records are resolved")),
        "ipv6.path_mtu": Measure(Unit.BYTES, Bilingual("IPv6 路径 MTU", "Path MTU over IPv6")),
        "ipv6.witnessed": Measure(
            Unit.YES_NO, Bilingual("平台看到的就是本机的 IPv6 地址", "The collector sees this machine's own IPv6 address")
        ),
        "ipv6.rtt_ms": Measure(Unit.MS, Bilingual("建立连接的往返时延", "Round trip of a connection")),
        "ipv6.rtt_ratio": Measure(Unit.NONE, Bilingual("时延之比（IPv6/IPv4）", "Round trip, IPv6 to IPv4")),
        "ipv6.rate_mbit_s": Measure(Unit.MBIT_S, Bilingual("单连接下载速率", "Rate of one connection")),
        "ipv6.rate_ratio": Measure(Unit.NONE, Bilingual("速率之比（IPv6/IPv4）", "Rate, IPv6 to IPv4")),
        "ipv6.performs_like_ipv4": Measure(Unit.YES_NO, Bilingual("IPv6 性能不低于 IPv4", "IPv6 performs like IPv4")),
        "ipv6.connection_penalty_ms": Measure(
            Unit.MS, Bilingual("IPv6 给每个新连接增加的等待", "What IPv6 adds to each new connection")
        ),
        "ipv6.router_advertisers": Measure(
            Unit.COUNT, Bilingual("发送路由通告的路由器数", "Routers that advertise themselves")
        ),
        "ipv6.flag": Measure(Unit.YES_NO, Bilingual("IPv6 提示项", "Notice about IPv6")),
    },
    cost=Cost(seconds=10, megabytes=2.7),
    options=Ipv6Options,
    platforms=("linux", "win32"),
    privileges=Bilingual("监听路由通告，发现多余的路由器", "listens to router advertisements, to find routers too many"),
)
def run(context: Context[Ipv6Options]) -> Measured:
    """Read what the machine has, probe what can be probed, and judge; privileges only add the ear for routers."""
    begun = context.clock()
    context.progress(Message("ipv6.progress.local"), None)
    route = default_route(6, root=context.root, platform=context.platform)
    if route and read_link(route.interface, root=context.root, platform=context.platform).medium is Medium.VPN:
        raise Skipped(ReasonCode.MEASURED_OVER_VPN)  # it would tell about the VPN's network, not the school's
    links = lan_links(read_links(root=context.root, platform=context.platform))
    collector = _collector(context.access) if context.access else None
    targets, webs = _targets(context, collector)
    names = [SeenName(name=name) for name in context.options.names]
    if collector and any(":" in item for item in collector[1]) and not _literal(collector[0].host):
        names.append(SeenName(name=collector[0].host, doubtful=True))  # a hosts file may know it where no server does
    route4 = default_route(4, root=context.root, platform=context.platform)
    seen = Evidence(
        enabled=any(_enabled(context, link) for link in links),
        links_up=len(links),
        addresses=_addresses(context, links),
        default_route=route is not None,
        default_route4=route4 is not None,
        gateway=route.gateway if route else None,
        source=next((source for item in targets if (source := source_towards(item.address, 6))), None),
        targets=targets,
        names=names,
        resolvers=resolvers(context.root, context.platform),
        routers=advertised_gateways(root=context.root, platform=context.platform),
        routers_known=list(context.options.routers),
        proxy=_proxy(os.environ),
        limit_s=LIMIT_S,
    )
    context.progress(Message("ipv6.progress.probe"), 0.2)
    probing = Probing(
        seen=seen,
        webs=webs,
        interfaces=[link.name for link in links] if context.platform == "linux" else [],
        route_interface=route.interface if route else None,
        neighbours=partial(read_neighbours, root=context.root, platform=context.platform),
        clock=context.clock,
        rng=context.rng,
        portals=_portals(collector),
    )
    seen = probing.run(max(0.1, min(LIMIT_S, context.deadline_s - 0.5) - (context.clock() - begun)))
    if seen.eyeballs:
        both = next((item for item in seen.deciding if item.address4), None)
        seen = msgspec.structs.replace(seen, eyeballs=priced(seen.eyeballs, both))
    way_out = route4 or route
    prefixes = [str(item.network) for item in ipv4_prefixes().get(way_out.interface, [])] if way_out else []
    subnet = subnet_of(prefixes, [item.address for item in seen.addresses])
    return Measured(measurements=measurements(seen, judge(seen), subnet), evidence=evidence(seen))


def _enabled(context: Context[Ipv6Options], link: Link) -> bool:
    if context.platform != "linux":
        return socket.has_ipv6
    try:
        switch = context.root / "proc/sys/net/ipv6/conf" / link.name / "disable_ipv6"
        return switch.read_text(encoding="ascii").strip() == "0"
    except OSError:  # the stack is not loaded, so there is no switch
        return False


def _addresses(context: Context[Ipv6Options], links: list[Link]) -> list[SeenAddress]:
    names = {link.name for link in links}
    return [
        SeenAddress(item.interface, item.address, classify(item.address), item.temporary, item.eui64)
        for item in assigned(root=context.root, platform=context.platform)
        if item.interface in names
    ]


def _targets(
    context: Context[Ipv6Options], collector: tuple[Service, list[str]] | None
) -> tuple[list[SeenTarget], list[Web | None]]:
    """The configured targets and the collector, each with how HTTP is spoken to it."""
    found: list[tuple[SeenTarget, Web | None]] = []
    for item in context.options.targets:
        tls = ssl.create_default_context() if item.port == _HTTPS_PORT and item.host else None
        plain = item.port == _HTTP_PORT
        web = Web(item.host or item.address, "/", tls, bulk=item.bulk) if tls or plain else None
        operator = item.operator or item.name
        target = SeenTarget(name=item.name, address=item.address, port=item.port, operator=operator, address4=item.address4)
        found.append((target, web))
    six = next((item for item in collector[1] if ":" in item), None) if collector else None
    if collector and six and context.access:
        where = collector[0]
        tls = ssl.create_default_context(cafile=context.access.ca_file) if where.tls else None
        bulk, large = f"{_WITNESS}/{BULK_BYTES}", f"{_WITNESS}/{_LARGE_BYTES}"
        web = Web(where.host, _WITNESS, tls, context.access.token, large=large, bulk=bulk)
        four = next((item for item in collector[1] if ":" not in item), None)
        target = SeenTarget(name=_COLLECTOR, address=six, port=where.port, operator=_COLLECTOR, address4=four)
        found.append((target, web))
    targets = [
        msgspec.structs.replace(
            target,
            path=_path(context, target.address),
            **dict.fromkeys(("http", "large", "clamped"), Probe.OPEN if web else None),
        )
        for target, web in found
    ]
    return targets, [web for _, web in found]


def _portals(collector: tuple[Service, list[str]] | None) -> list[Portal]:
    """Plain HTTP to the collector, on its own port and on the one that login pages catch."""
    if collector is None:
        return []
    where, addresses = collector
    address = next((item for item in addresses if ":" not in item), addresses[0])
    ports = {_HTTP_PORT} if where.tls else {_HTTP_PORT, where.port}
    return [Portal(address, port, where.host) for port in sorted(ports)]


def _collector(access: Access) -> tuple[Service, list[str]] | None:
    """The collector's addresses of both families; None when there are none in time."""
    try:
        where = service(access.url)
        found = resolve(where.host, where.port, timeout_s=_RESOLVE_S)
    except UnreachableError:
        return None
    return where, [item for item in found if not item.startswith("::ffff:")]


def _literal(host: str) -> bool:
    return ":" in host or _is_ipv4(host)


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _proxy(environ: Mapping[str, str]) -> bool:
    """Whether this machine's programs are told to use a proxy. Measurements never do."""
    return any(environ.get(name) or environ.get(name.upper()) for name in ("http_proxy", "https_proxy", "all_proxy"))


def _path(context: Context[Ipv6Options], address: str) -> Path | None:
    try:
        return path_to(address, root=context.root, platform=context.platform)[0]
    except RouteError:  # no way there: the probe will say so
        return None
