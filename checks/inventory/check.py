"""Devices on this machine's LAN: counted, joined over both families, with personal devices as keyed hashes only."""

import time
from functools import partial
from typing import Annotated

from msgspec import Struct

from checks.inventory.merge import Merged, merge
from checks.inventory.search import Mode, Pace, Range, Search, Table, ranges_of
from checks.inventory.sweep import RawWire
from checks.network.addresses import ipv4_prefixes
from checks.network.links import lan_links, read_links
from checks.network.neighbours import read_neighbours
from checks.network.routes import Family, default_route
from checks.registry import CheckError, Context, Cost, Measure, Measured, NotApplicable, check
from contract.message import Bilingual, Message
from contract.outcome import Bound
from contract.reason import Reason, ReasonCode, because
from contract.report import Measurement
from contract.settings import described
from contract.units import Unit

_SPARE_S = 5.0
"""Between the end of the sweep and the runner's deadline."""


class InventoryOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the check ``inventory``."""

    mode: Annotated[
        Mode,
        described(
            "查找方式：auto 自动；passive 只读邻居表，不发任何报文；touch 无需特权；arp 需要 CAP_NET_RAW",
            "how devices are looked for: auto; passive reads the neighbour table and sends nothing; touch needs no "
            "privileges; arp needs CAP_NET_RAW",
        ),
    ] = Mode.AUTO
    packets_per_second: Annotated[
        float,
        described(
            "每秒最多发出的 ARP 报文数；常见接入交换机默认限值为 15",
            "ARP frames a second at most; common access switches close a port at 15",
            ge=0.5,
            le=1000,
        ),
    ] = 12
    max_addresses: Annotated[
        int,
        described(
            "网段地址数超过此值时不主动查找，只读邻居表",
            "with more addresses than this nothing is swept, and only the neighbour table is read",
            ge=1,
            le=65536,
        ),
    ] = 1024
    max_seconds: Annotated[
        float, described("主动查找的时间上限（秒）", "time limit of a sweep, in seconds", ge=1, le=3600)
    ] = 75
    interfaces: Annotated[
        list[str],
        described(
            "只在这些网卡上查找；留空表示全部局域网网卡",
            "look on these interfaces only; empty: all LAN interfaces",
            max_length=32,
        ),
    ] = []


@check(
    id="inventory",
    version=1,
    title=Bilingual("局域网设备", "Devices on the LAN"),
    measures={
        "inventory.devices": Measure(
            Unit.COUNT, Bilingual("发现的设备数（不含本机）", "Devices seen, without this machine")
        ),
        "inventory.equipment": Measure(Unit.COUNT, Bilingual("其中：固定设备数", "Of these: equipment")),
        "inventory.personal_devices": Measure(Unit.COUNT, Bilingual("其中：个人设备数", "Of these: personal devices")),
        "inventory.addresses_in_range": Measure(Unit.COUNT, Bilingual("网段内地址数", "Addresses in the subnets")),
        "inventory.addresses_covered": Measure(Unit.COUNT, Bilingual("已查找地址数", "Addresses looked at")),
        "inventory.devices_with_ipv6": Measure(
            Unit.COUNT, Bilingual("有 IPv6 地址的设备数", "Devices with an IPv6 address")
        ),
    },
    cost=Cost(seconds=90, megabytes=0.5),
    options=InventoryOptions,
    platforms=("linux", "win32"),
    privileges=Bilingual(
        "有 CAP_NET_RAW 权限时直接发送 ARP，覆盖同样的地址所用报文更少",
        "with CAP_NET_RAW it sends ARP itself and needs fewer frames for the same addresses",
    ),
)
def run(context: Context[InventoryOptions]) -> Measured:
    """Look for devices in this machine's own prefixes, under the limits of the options."""
    begun = context.clock()
    everything = read_links(root=context.root, platform=context.platform)
    wanted = context.options.interfaces
    links = [link for link in lan_links(everything) if not wanted or link.name in wanted]
    if not links:
        raise NotApplicable(ReasonCode.NO_LAN)
    ranges = ranges_of(links, ipv4_prefixes())
    table = Table(
        read=partial(read_neighbours, root=context.root, platform=context.platform),
        interfaces=frozenset(link.name for link in links),
        own_macs=frozenset(link.mac for link in everything if link.mac),
    )
    context.progress(Message("inventory.progress.table"), 0.0)
    search = Search(in_range=sum(item.addresses for item in ranges))
    end_at = begun + max(1.0, min(context.options.max_seconds, context.deadline_s - _SPARE_S))
    _look(context, search, ranges, table, end_at)
    merged = merge(search.trusted(), gateways=_gateways(context), secret=context.privacy_key)
    return Measured(
        measurements=_measurements(search, merged),
        devices=merged.devices,
        evidence={
            "backend": str(search.backend),
            "interfaces": [link.name for link in links],
            "prefixes": [str(item.prefix.network) for item in ranges],
            "packets_per_second": context.options.packets_per_second,
            "rounds": search.rounds,
            "packets_sent": search.sent,
            "seconds": round(context.clock() - begun, 2),
            "cut_by_time": search.cut,
            "unconfirmed": merged.unconfirmed,
            "conflicts": merged.conflicts,
        },
        reason=search.reason,
    )


def _look(context: Context[InventoryOptions], search: Search, ranges: list[Range], table: Table, end_at: float) -> None:
    options = context.options
    mode, search.reason = _allowed(options, search.in_range)
    wires: dict[str, RawWire] = {}
    try:
        if mode in (Mode.AUTO, Mode.ARP):
            mode, search.reason = _open_wires(context.platform, options.mode, ranges, wires)
        search.backend = mode
        pace = Pace(options.packets_per_second, context.clock, time.sleep, context.rng, end_at)

        def told(round_: int, found: int, share: float) -> None:
            context.progress(Message("inventory.progress.sweep", {"round": round_, "found": found}), share)

        if mode is Mode.ARP:
            search.by_arp(ranges, wires, pace, told)
        elif mode is Mode.TOUCH:
            search.by_touch(ranges, table, pace, told)
    finally:
        for wire in wires.values():
            wire.close()
    search.add(table.entries())
    if search.cut:
        search.reason = because(ReasonCode.CHECK_TIMED_OUT, limit_s=round(end_at - pace.begun, 1))


def _allowed(options: InventoryOptions, addresses: int) -> tuple[Mode, Reason | None]:
    if options.mode is Mode.PASSIVE:
        return Mode.PASSIVE, because(ReasonCode.SWEEP_NOT_ALLOWED)
    if addresses > options.max_addresses:
        return Mode.PASSIVE, because(ReasonCode.RANGE_TOO_LARGE, addresses=addresses, limit=options.max_addresses)
    return options.mode, None


def _open_wires(platform: str, wanted: Mode, ranges: list[Range], wires: dict[str, RawWire]) -> tuple[Mode, Reason | None]:
    """Raw sockets for every interface, or the way that is left without them."""
    if platform == "linux":
        try:
            for name in dict.fromkeys(item.link.name for item in ranges):
                wires[name] = RawWire(name)
        except PermissionError:  # no CAP_NET_RAW: the unprivileged way is left
            pass
        except OSError as error:
            raise CheckError(ReasonCode.READING_FAILED, problem=str(error)) from error
        else:
            return Mode.ARP, None
    if wanted is Mode.ARP:
        return Mode.PASSIVE, because(ReasonCode.PERMISSION_MISSING, permission="CAP_NET_RAW")
    return Mode.TOUCH, None


def _gateways(context: Context[InventoryOptions]) -> frozenset[str]:
    families: tuple[Family, ...] = (4, 6)
    routes = [default_route(family, root=context.root, platform=context.platform) for family in families]
    return frozenset(route.gateway for route in routes if route and route.gateway)


def _measurements(search: Search, merged: Merged) -> list[Measurement]:
    personal = sum(device.personal for device in merged.devices)
    complete = len(search.covered) >= search.in_range
    counts = {
        "inventory.devices": len(merged.devices),
        "inventory.equipment": len(merged.devices) - personal,
        "inventory.personal_devices": personal,
    }
    found = [
        Measurement(
            name=name,
            value=value,
            unit=Unit.COUNT,
            bound=Bound.EXACT if complete else Bound.AT_LEAST,
            because=None if complete else search.reason or because(ReasonCode.NEIGHBOURS_MAY_BE_SILENT),
        )
        for name, value in counts.items()
    ]
    return [
        *found,
        Measurement(name="inventory.addresses_in_range", value=search.in_range, unit=Unit.COUNT),
        Measurement(name="inventory.addresses_covered", value=len(search.covered), unit=Unit.COUNT),
        Measurement(
            name="inventory.devices_with_ipv6",
            value=merged.with_ipv6,
            unit=Unit.COUNT,
            bound=Bound.AT_LEAST,  # IPv6 neighbours are only those that this machine has spoken with
            because=because(ReasonCode.NEIGHBOURS_MAY_BE_SILENT),
        ),
    ]
