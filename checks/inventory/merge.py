"""From addresses that were seen to devices: one per MAC, both families joined, proxied addresses not taken for hosts."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from checks.inventory.privacy import is_personal, personal_key
from contract.report import Device

_PROXY_FROM = 3
"""One MAC with more IPv4 addresses than two is a router that answers for others (proxy ARP)."""
_MAX_ADDRESSES = 64


@dataclass(frozen=True, slots=True)
class Sighting:
    """An address (IP literal) that a MAC was seen with. ``confirmed`` False: only an old entry of the neighbour table."""

    address: str
    mac: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """
    Devices, ready to leave the school.

    ``unconfirmed`` counts devices known from old table entries only, ``conflicts`` IPv4 addresses that two MACs claim.
    """

    devices: list[Device]
    with_ipv6: int
    unconfirmed: int
    conflicts: int


def merge(sightings: Iterable[Sighting], *, gateways: frozenset[str], secret: bytes) -> Merged:
    """One device per MAC. ``gateways`` are addresses of default routes, ``secret`` the school's key for personal devices."""
    by_mac: dict[str, dict[str, bool]] = {}
    owners: dict[str, set[str]] = {}
    for item in sightings:
        addresses = by_mac.setdefault(item.mac, {})
        addresses[item.address] = addresses.get(item.address, False) or item.confirmed
        if ":" not in item.address:
            owners.setdefault(item.address, set()).add(item.mac)
    return Merged(
        devices=sorted(
            (_device(mac, list(seen), gateways, secret) for mac, seen in by_mac.items()), key=lambda one: one.key
        ),
        with_ipv6=sum(any(":" in address for address in seen) for seen in by_mac.values()),
        unconfirmed=sum(not any(seen.values()) for seen in by_mac.values()),
        conflicts=sum(len(macs) > 1 for macs in owners.values()),
    )


def _device(mac: str, addresses: list[str], gateways: frozenset[str], secret: bytes) -> Device:
    ipv4 = sorted((item for item in addresses if ":" not in item), key=ip_address)
    ipv6 = sorted((item for item in addresses if ":" in item), key=ip_address)
    gateway = not gateways.isdisjoint(addresses)
    proxied = len(ipv4) >= _PROXY_FROM
    if is_personal(mac):
        return Device(key=personal_key(mac, secret), personal=True, proxied=proxied, gateway=gateway)
    return Device(
        key=mac,
        mac=mac,
        ipv4=ipv4[:_MAX_ADDRESSES],
        ipv6=ipv6[:_MAX_ADDRESSES],
        proxied=proxied,
        gateway=gateway,
    )
