"""From addresses that were seen to devices: one per MAC, both families joined, proxied addresses not taken for hosts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from checks.inventory.privacy import is_personal, personal_key
from contract.report import Device, DeviceKind

_PROXY_FROM = 3
"""One MAC with more IPv4 addresses than two is a router that answers for others (proxy ARP)."""
_MAX_ADDRESSES = 64
_NAMED = frozenset(DeviceKind) - {DeviceKind.PC, DeviceKind.PHONE, DeviceKind.TABLET, DeviceKind.UNKNOWN}
"""Kinds whose names are those of rooms and machines; a computer's is often its user's."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """An address (IP literal) that a MAC was seen with. ``confirmed`` False: only an old entry of the neighbour table."""

    address: str
    mac: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What a device is taken for. ``confidence`` 0 to 1; ``evidence`` in words such as ``mdns:_ipp._tcp``."""

    kind: DeviceKind = DeviceKind.UNKNOWN
    confidence: float | None = None
    evidence: tuple[str, ...] = ()
    vendor: str | None = None
    name: str | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """
    Devices, ready to leave the school.

    ``unconfirmed`` counts devices known from old table entries only, ``conflicts`` IPv4 addresses that two MACs claim,
    ``proxied`` addresses that only a router answers for.
    """

    devices: list[Device]
    with_ipv6: int
    unconfirmed: int
    conflicts: int
    proxied: int


@dataclass(slots=True)
class _Seen:
    addresses: dict[str, bool] = field(default_factory=dict)

    def family(self, separator: str) -> list[str]:
        return sorted((item for item in self.addresses if separator in item), key=ip_address)


def merge(
    sightings: Iterable[Sighting],
    *,
    gateways: frozenset[str],
    secret: bytes,
    judged: Mapping[str, Judged] | None = None,
) -> Merged:
    """
    One device per MAC.

    ``gateways`` are addresses of default routes, ``secret`` the school's key for personal devices, ``judged`` what each MAC
    is taken for.
    """
    by_mac: dict[str, _Seen] = {}
    owners: dict[str, set[str]] = {}
    for item in sightings:
        addresses = by_mac.setdefault(item.mac, _Seen()).addresses
        addresses[item.address] = addresses.get(item.address, False) or item.confirmed
        if ":" not in item.address:
            owners.setdefault(item.address, set()).add(item.mac)
    contested = {address for address, macs in owners.items() if len(macs) > 1}
    devices = [
        _device(mac, seen, gateways, secret, (judged or {}).get(mac, Judged()), contested) for mac, seen in by_mac.items()
    ]
    return Merged(
        devices=sorted(devices, key=lambda one: one.key),
        with_ipv6=sum(bool(seen.family(":")) for seen in by_mac.values()),
        unconfirmed=sum(not any(seen.addresses.values()) for seen in by_mac.values()),
        conflicts=len(contested),
        proxied=sum(len(_split(seen.family("."), gateways)[1]) for seen in by_mac.values()),
    )


def _split(ipv4: list[str], gateways: frozenset[str]) -> tuple[list[str], list[str]]:
    """A device's own addresses, and those it only answers for."""
    if len(ipv4) < _PROXY_FROM:
        return ipv4, []
    own = [address for address in ipv4 if address in gateways] or ipv4[:1]
    return own, [address for address in ipv4 if address not in own]


def _device(mac: str, seen: _Seen, gateways: frozenset[str], secret: bytes, taken: Judged, contested: set[str]) -> Device:
    own, proxied = _split(seen.family("."), gateways)
    gateway = not gateways.isdisjoint(seen.addresses)
    # A gateway is equipment whatever its MAC: virtual routers and some firewalls make theirs up.
    personal = not gateway and not taken.pinned and (is_personal(mac) or taken.kind in (DeviceKind.PHONE, DeviceKind.TABLET))
    if personal:
        return Device(
            key=personal_key(mac, secret),
            personal=True,
            proxied=bool(proxied),
            kind=taken.kind,
            confidence=taken.confidence,
        )
    return Device(
        key=mac,
        mac=mac,
        ipv4=own[:_MAX_ADDRESSES],
        ipv6=seen.family(":")[:_MAX_ADDRESSES],
        proxied=bool(proxied),
        gateway=gateway,
        proxied_ipv4=proxied[:_MAX_ADDRESSES],
        conflicts=[address for address in own if address in contested][:_MAX_ADDRESSES],
        kind=taken.kind,
        confidence=taken.confidence,
        evidence=list(taken.evidence),
        vendor=taken.vendor,
        name=taken.name if taken.pinned or taken.kind in _NAMED else None,
        pinned=taken.pinned,
    )
