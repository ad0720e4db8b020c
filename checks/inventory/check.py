"""Devices on this machine's LAN: counted, joined over both families, with personal devices as keyed hashes only."""

import datetime as dt
import time
from collections import Counter
from functools import partial
from ipaddress import IPv4Address, IPv6Address

from checks.inventory.budget import Budget
from checks.inventory.classify import classify
from checks.inventory.merge import Judged, Merged, Sighting, merge
from checks.inventory.names import Named, ask_names, resolver
from checks.inventory.options import InventoryOptions
from checks.inventory.privacy import term_of, term_secret
from checks.inventory.search import Limits, Mode, Range, Search, Table, ranges_of
from checks.inventory.vendors import vendors
from checks.inventory.wire import RawWire
from checks.network.addresses import AddressClass, ipv4_prefixes, ipv6_addresses
from checks.network.addresses import classify as class_of
from checks.network.links import lan_links, read_links
from checks.network.neighbours import read_neighbours
from checks.network.routes import Family, default_route
from checks.registry import CheckError, Context, Cost, Measure, Measured, NotApplicable, check
from contract.message import Bilingual, Message
from contract.outcome import Bound
from contract.reason import Reason, ReasonCode, because
from contract.report import DeviceKind, Measurement
from contract.units import Unit

_SPARE_S = 5.0
"""Between the end of the sweep and the runner's deadline."""


@check(
    id="inventory",
    version=2,
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
    cost=Cost(seconds=170, megabytes=0.5),
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
    budget = Budget(context.options.frames_per_second, context.clock)
    _look(context, search, ranges, table, budget, end_at)
    today = dt.datetime.now().astimezone().date()
    sightings, gateways = search.trusted(), _gateways(context)
    named = _names(context, search, ranges, sightings, budget, end_at)
    pins = {pin.mac: (pin.kind, pin.name) for pin in context.options.pins}
    merged = merge(
        sightings,
        gateways=gateways,
        secret=term_secret(context.privacy_key, today),
        judged=_judged(sightings, named, gateways, pins),
    )
    return Measured(
        measurements=_measurements(search, merged),
        devices=merged.devices,
        evidence={
            "backend": str(search.backend),
            "interfaces": [link.name for link in links],
            "prefixes": [str(item.prefix.network) for item in ranges],
            "packets_per_second": budget.highest,
            "packets_per_second_at_end": budget.rate,
            "suspected_limiter": search.limited,
            "link_lost": search.lost,
            "rounds": search.rounds,
            "packets_sent": search.sent,
            "packets_sent_ipv6": search.sent6,
            "seconds": round(context.clock() - begun, 2),
            "cut_by_time": search.cut,
            "unconfirmed": merged.unconfirmed,
            "conflicts": merged.conflicts,
            "proxied_addresses": merged.proxied,
            "names_asked": named.sent,
            "names_answered": len(named.clues),
            "names_complete": named.complete,
            "kinds": dict(sorted(Counter(str(device.kind) for device in merged.devices).items())),
            "personal_keys_of": term_of(today),
            "vendor_table": vendors().header.dates,
            "equipment_not_pinned": sum(not (one.pinned or one.personal) for one in merged.devices) if pins else 0,
            "pinned_not_seen": sorted(set(pins) - {item.mac for item in sightings}),
        },
        reason=search.reason,
    )


def _names(
    context: Context[InventoryOptions],
    search: Search,
    ranges: list[Range],
    sightings: list[Sighting],
    budget: Budget,
    end_at: float,
) -> Named:
    """What the devices found say of themselves; nothing is asked where nothing may be sent."""
    total = Named()
    if not context.options.names or search.backend is Mode.PASSIVE or search.lost:
        return total
    found = {item.address for item in sightings if ":" not in item.address}
    for item in ranges:
        named = ask_names(
            str(item.prefix.ip),
            [address for address in found if IPv4Address(address) in item.prefix.network],
            budget=budget,
            rng=context.rng,
            end_at=end_at,
            name_server=resolver(context.root),
            frames_each=2 if search.backend is Mode.ARP else 1,
            told=lambda share: context.progress(Message("inventory.progress.names"), share),
        )
        total.sent += named.sent
        total.complete = total.complete and named.complete
        total.clues.update(named.clues)
    search.sent += total.sent
    return total


def _judged(
    sightings: list[Sighting], named: Named, gateways: frozenset[str], pins: dict[str, tuple[DeviceKind, str]]
) -> dict[str, Judged]:
    macs: dict[str, set[str]] = {}
    owners: dict[str, set[str]] = {}
    for item in sightings:
        macs.setdefault(item.mac, set()).add(item.address)
        owners.setdefault(item.address, set()).add(item.mac)
    # an address that two devices claim may have spoken for either
    certain = {address: said for address, said in named.clues.items() if len(owners.get(address, ())) == 1}
    table = vendors()
    return classify(macs, certain, vendor_of={mac: table.lookup(mac) for mac in macs}, gateways=gateways, pins=pins)


def _look(
    context: Context[InventoryOptions], search: Search, ranges: list[Range], table: Table, budget: Budget, end_at: float
) -> None:
    options, begun = context.options, context.clock()
    mode, search.reason = _allowed(options, search.in_range)
    wires: dict[str, RawWire] = {}
    try:
        if mode in (Mode.AUTO, Mode.ARP):
            mode, search.reason = _open_wires(context, options.mode, ranges, wires)
        search.backend = mode
        limits = Limits(budget, time.sleep, context.rng, end_at, ipv6=options.ipv6, second_look=options.second_look)

        def told(round_: int, found: int, share: float) -> None:
            context.progress(Message("inventory.progress.sweep", {"round": round_, "found": found}), share)

        if mode is Mode.ARP:
            search.add(table.entries())
            search.by_arp(ranges, wires, _link_locals(context), limits, told)
        elif mode is Mode.TOUCH:
            search.by_touch(ranges, table, limits, told)
    finally:
        for wire in wires.values():
            wire.close()
    search.add(table.entries())
    search.reason = _ending(search, round(end_at - begun, 1))


def _ending(search: Search, limit_s: float) -> Reason | None:
    """What must be said of the search as a whole, the gravest first."""
    if search.lost:
        return because(ReasonCode.LINK_LOST)
    if search.cut:
        return because(ReasonCode.CHECK_TIMED_OUT, limit_s=limit_s)
    return because(ReasonCode.SUSPECTED_LIMITER) if search.limited else search.reason


def _link_locals(context: Context[InventoryOptions]) -> dict[str, IPv6Address]:
    """This machine's own link-local address on each interface: what IPv6 questions must come from."""
    own = ipv6_addresses(root=context.root, platform=context.platform)
    return {name: IPv6Address(item) for name, item in own if class_of(item) is AddressClass.LINK_LOCAL}


def _allowed(options: InventoryOptions, addresses: int) -> tuple[Mode, Reason | None]:
    if options.mode is Mode.PASSIVE:
        return Mode.PASSIVE, because(ReasonCode.SWEEP_NOT_ALLOWED)
    if addresses > options.max_addresses:
        return Mode.PASSIVE, because(ReasonCode.RANGE_TOO_LARGE, addresses=addresses, limit=options.max_addresses)
    return options.mode, None


def _open_wires(
    context: Context[InventoryOptions], wanted: Mode, ranges: list[Range], wires: dict[str, RawWire]
) -> tuple[Mode, Reason | None]:
    """Raw sockets for every interface, or the way that is left without them."""
    if context.platform == "linux":
        try:
            for name in dict.fromkeys(item.link.name for item in ranges):
                wires[name] = RawWire(name, context.root)
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
    complete = len(search.covered) >= search.in_range and not (search.lost or search.cut)
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
            bound=Bound.AT_LEAST,  # nobody must answer a multicast question, and whole /64s cannot be asked
            because=because(ReasonCode.NEIGHBOURS_MAY_BE_SILENT),
        ),
    ]
