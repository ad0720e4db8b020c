"""How far IPv6 works from this machine: the measures of the ladder."""

import socket
import ssl
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Struct

from checks.ipv6 import probes
from checks.ipv6.ladder import Evidence, Name, Probe, SeenAddress, SeenName, SeenTarget, Verdict, judge
from checks.ipv6.resolvers import resolvers
from checks.network.addresses import AddressClass, classify, ipv6_addresses
from checks.network.links import Link, Medium, lan_links, read_link, read_links
from checks.network.neighbours import read_neighbours
from checks.network.reach import Service, UnreachableError, resolve, service
from checks.network.routes import DefaultRoute, RouteError, default_route, path_to, source_towards
from checks.registry import Access, Context, Cost, Measure, Measured, Skipped, check
from contract.message import Bilingual, Message
from contract.outcome import Bound, Path
from contract.reason import Reason, ReasonCode, because
from contract.report import Measurement, Value
from contract.settings import described
from contract.units import Unit
from contract.wire import to_plain

LIMIT_S = 5.5
"""Outer deadline of all probes together (measured worst case of the prototype without one: 17 s)."""
_RESOLVE_S = 1.5
_HTTP_PORT, _HTTPS_PORT = 80, 443
_COLLECTOR = "collector"
_HEALTH = "/healthz"
_HOST_NAME = r"^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?\Z"


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """A machine on the internet that answers TCP over IPv6."""

    name: Annotated[str, described("目标名称", "name to show", min_length=1, max_length=64)]
    address: Annotated[str, described("IPv6 地址", "IPv6 literal", pattern=r"^[0-9A-Fa-f:.]{2,45}\Z")]
    port: Annotated[int, described("TCP 端口", "TCP port", ge=1, le=65535)] = 443
    operator: Annotated[
        str,
        described(
            "所属运营单位；两家以上时须两家均可达", "who runs it; with two or more, two must be reached", max_length=64
        ),
    ] = ""
    host: Annotated[
        str | None,
        described(
            "HTTP 请求所用的主机名（443 端口同时用于校验证书）；不填则只在 80 端口发起 HTTP",
            "name for the HTTP request, and for the certificate on port 443; without it HTTP is tried on port 80 only",
        ),
    ] = None


class Ipv6Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the check ``ipv6``."""

    targets: Annotated[
        list[Target],
        described(
            "IPv6 连通性测试目标（省平台、运营商等）；平台服务器自身有 IPv6 地址时自动加入",
            "targets for TCP over IPv6; the collector is added by itself when it has an IPv6 address",
            max_length=16,
        ),
    ] = []
    names: Annotated[
        list[Annotated[str, msgspec.Meta(pattern=_HOST_NAME, max_length=253)]],
        described("用于 AAAA 解析检测的域名", "names that are known to have AAAA records", max_length=8),
    ] = []


@check(
    id="ipv6",
    version=1,
    title=Bilingual("IPv6 支持", "IPv6"),
    measures={
        "ipv6.level": Measure(Unit.LEVEL, Bilingual("IPv6 级别（0–8）", "IPv6 level (0 to 8)")),
        "ipv6.ready": Measure(Unit.YES_NO, Bilingual("IPv6 可用", "IPv6 is usable")),
        "ipv6.global_addresses": Measure(Unit.COUNT, Bilingual("全球单播地址数", "Global unicast addresses")),
        "ipv6.default_route": Measure(Unit.YES_NO, Bilingual("有 IPv6 默认路由", "Has an IPv6 default route")),
        "ipv6.tcp_targets_reached": Measure(Unit.COUNT, Bilingual("IPv6 可达目标数", "Targets reached over IPv6")),
        "ipv6.aaaa": Measure(Unit.YES_NO, Bilingual("可解析 AAAA 记录", "AAAA records are resolved")),
    },
    cost=Cost(seconds=10, megabytes=0.1),
    options=Ipv6Options,
    platforms=("linux", "win32"),
)
def run(context: Context[Ipv6Options]) -> Measured:
    """Read what the machine has, probe what can be probed, and judge; nothing needs privileges."""
    limit = max(0.1, min(LIMIT_S, context.deadline_s - _RESOLVE_S - 0.5))
    context.progress(Message("ipv6.progress.local"), None)
    route = default_route(6, root=context.root, platform=context.platform)
    if route and read_link(route.interface, root=context.root, platform=context.platform).medium is Medium.VPN:
        raise Skipped(ReasonCode.MEASURED_OVER_VPN)  # it would tell about the VPN's network, not the school's
    links = lan_links(read_links(root=context.root, platform=context.platform))
    targets, webs = _targets(context)
    seen = Evidence(
        enabled=any(_enabled(context, link) for link in links),
        links_up=len(links),
        addresses=_addresses(context, links),
        default_route=route is not None,
        gateway=route.gateway if route else None,
        source=next((source for item in targets if (source := source_towards(item.address, 6))), None),
        targets=targets,
        names=[SeenName(name=name) for name in context.options.names],
        resolvers=resolvers(context.root, context.platform),
        limit_s=limit,
    )
    context.progress(Message("ipv6.progress.probe"), 0.2)
    seen = _probe(context, seen, route, webs)
    verdict = judge(seen)
    return Measured(measurements=_measurements(seen, verdict), evidence=_evidence(seen))


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
        SeenAddress(interface, address, classify(address))
        for interface, address in ipv6_addresses(root=context.root, platform=context.platform)
        if interface in names
    ]


def _targets(context: Context[Ipv6Options]) -> tuple[list[SeenTarget], list[probes.Web | None]]:
    """The configured targets and the collector, each with how HTTP is spoken to it."""
    targets, webs = [], []
    for item in context.options.targets:
        tls = ssl.create_default_context() if item.port == _HTTPS_PORT and item.host else None
        web = probes.Web(item.host or item.address, "/", tls) if tls or item.port == _HTTP_PORT else None
        targets.append((item.name, item.address, item.port, item.operator or item.name))
        webs.append(web)
    if context.access is not None:
        found = _collector(context.access)
        if found:
            address, where = found
            tls = ssl.create_default_context(cafile=context.access.ca_file) if where.tls else None
            targets.append((_COLLECTOR, address, where.port, _COLLECTOR))
            webs.append(probes.Web(where.host, _HEALTH, tls))
    return [
        SeenTarget(
            name=name,
            address=address,
            port=port,
            operator=operator,
            http=Probe.OPEN if web else None,
            path=_path(context, address),
        )
        for (name, address, port, operator), web in zip(targets, webs, strict=True)
    ], webs


def _collector(access: Access) -> tuple[str, Service] | None:
    """The collector's first IPv6 address; None when it has none, or none in time."""
    try:
        where = service(access.url)
        found = resolve(where.host, where.port, timeout_s=_RESOLVE_S, family=socket.AF_INET6)
    except UnreachableError:
        return None
    address = next((item for item in found if ":" in item and not item.startswith("::ffff:")), None)
    return (address, where) if address else None


def _path(context: Context[Ipv6Options], address: str) -> Path | None:
    try:
        return path_to(address, root=context.root, platform=context.platform)[0]
    except RouteError:  # no way there: the probe will say so
        return None


def _probe(
    context: Context[Ipv6Options], seen: Evidence, route: DefaultRoute | None, webs: list[probes.Web | None]
) -> Evidence:
    tasks: dict[str, Any] = {}
    for place, (target, web) in enumerate(zip(seen.targets, webs, strict=True)):
        tasks[f"target {place}"] = probes.probe_target(target, web, context.clock)
    for place, name in enumerate(seen.names):
        tasks[f"name {place}"] = probes.probe_name(name.name, seen.resolvers, context.rng)
    if route and route.gateway:
        read = partial(read_neighbours, root=context.root, platform=context.platform)
        asked = any(target.path is Path.WAN for target in seen.targets)
        tasks["gateway"] = probes.probe_gateway(route.gateway, route.interface, read, asked=asked)
    results = probes.run_all(tasks, seen.limit_s)
    return msgspec.structs.replace(
        seen,
        targets=[results.get(f"target {place}", target) for place, target in enumerate(seen.targets)],
        names=[results.get(f"name {place}", name) for place, name in enumerate(seen.names)],
        gateway_probe=results.get("gateway", Probe.OPEN),
    )


def _measurements(seen: Evidence, verdict: Verdict) -> list[Measurement]:
    reached = sum(item.tcp is Probe.PASSED for item in seen.targets)
    no_targets = None if seen.targets else because(ReasonCode.IPV6_NO_TARGETS)
    aaaa, no_aaaa = _aaaa(seen)
    return [
        Measurement(
            name="ipv6.level",
            value=verdict.level,
            unit=Unit.LEVEL,
            bound=Bound.EXACT if verdict.exact else Bound.AT_LEAST,
            because=verdict.reason,
            path=verdict.path,
        ),
        Measurement(
            name="ipv6.ready", value=verdict.ready, unit=Unit.YES_NO, because=verdict.ready_reason, path=verdict.path
        ),
        Measurement(name="ipv6.global_addresses", value=len(seen.of(AddressClass.GLOBAL)), unit=Unit.COUNT),
        Measurement(name="ipv6.default_route", value=seen.default_route, unit=Unit.YES_NO),
        Measurement(
            name="ipv6.tcp_targets_reached",
            value=None if no_targets else reached,
            unit=Unit.COUNT,
            because=no_targets,
            path=verdict.path,
        ),
        Measurement(name="ipv6.aaaa", value=aaaa, unit=Unit.YES_NO, because=no_aaaa),
    ]


def _aaaa(seen: Evidence) -> tuple[Value, Reason | None]:
    results = {item.result for item in seen.names}
    if Name.ANSWERED in results:
        return True, None
    if not results:
        return None, because(ReasonCode.IPV6_NO_NAMES)
    if Name.OPEN in results:
        return None, because(ReasonCode.CHECK_TIMED_OUT, limit_s=seen.limit_s)
    if Name.SILENT in results:
        return None, because(ReasonCode.READING_FAILED, problem=f"DNS: {', '.join(seen.resolvers) or 'resolv.conf'}")
    return False, because(ReasonCode.IPV6_NO_AAAA)


def _evidence(seen: Evidence) -> dict[str, Any]:
    """All that the verdict rests on; own addresses by class only, since EUI-64 would name the machine."""
    plain: dict[str, Any] = to_plain(seen)
    plain["addresses"] = [{"interface": item.interface, "kind": str(item.kind)} for item in seen.addresses]
    plain["source"] = str(classify(seen.source)) if seen.source else None
    return plain
