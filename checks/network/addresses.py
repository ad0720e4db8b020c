"""Addresses of this machine by interface, and classes of IPv6 addresses, as the ladder needs them."""

import socket
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Interface, IPv6Address, IPv6Network
from pathlib import Path


class AddressClass(StrEnum):
    """What an IPv6 address can be used for."""

    UNSPECIFIED = "unspecified"
    LOOPBACK = "loopback"
    MULTICAST = "multicast"
    LINK_LOCAL = "link_local"
    UNIQUE_LOCAL = "unique_local"
    """RFC 4193: inside the site only."""
    SIX_TO_FOUR = "6to4"
    TEREDO = "teredo"
    DOCUMENTATION = "documentation"
    NAT64 = "nat64"
    GLOBAL = "global"
    OTHER = "other"


# Specific before general: 2002::/16, 2001::/32 and 2001:db8::/32 all lie inside 2000::/3. `ipaddress.is_global` is another
# table: it calls 64:ff9b::/96 global.
_CLASSES = (
    (IPv6Network("::/128"), AddressClass.UNSPECIFIED),
    (IPv6Network("::1/128"), AddressClass.LOOPBACK),
    (IPv6Network("ff00::/8"), AddressClass.MULTICAST),
    (IPv6Network("fe80::/10"), AddressClass.LINK_LOCAL),
    (IPv6Network("fc00::/7"), AddressClass.UNIQUE_LOCAL),
    (IPv6Network("2002::/16"), AddressClass.SIX_TO_FOUR),
    (IPv6Network("2001:db8::/32"), AddressClass.DOCUMENTATION),
    (IPv6Network("2001::/32"), AddressClass.TEREDO),
    (IPv6Network("64:ff9b::/96"), AddressClass.NAT64),
    (IPv6Network("2000::/3"), AddressClass.GLOBAL),
)

TRANSITION = frozenset({AddressClass.SIX_TO_FOUR, AddressClass.TEREDO})
"""Tunnels over IPv4; RFC 6724 prefers IPv4 to both."""


def classify(address: str) -> AddressClass:
    """Class of an IPv6 literal, with or without a zone (``fe80::1%eth0``). Raises ValueError when it is none."""
    parsed = IPv6Address(address.partition("%")[0])
    return next((found for network, found in _CLASSES if parsed in network), AddressClass.OTHER)


_DAD_FAILED, _TENTATIVE, _TEMPORARY = 0x08, 0x40, 0x01
"""IFA_F_* of linux/if_addr.h: the address belongs to another machine; it is not yet known whether it does; RFC 8981."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """An IPv6 address in use. ``temporary`` is known on Linux only."""

    interface: str
    address: str
    temporary: bool = False

    @property
    def eui64(self) -> bool:
        """True when its last 64 bits are made of a MAC (RFC 4291 appendix A), which it then gives away."""
        return IPv6Address(self.address).packed[11:13] == b"\xff\xfe"


def ipv6_addresses(*, root: Path, platform: str) -> list[tuple[str, str]]:
    """(interface, address) of every IPv6 address in use, loopback left out."""
    return [(item.interface, item.address) for item in assigned(root=root, platform=platform)]


def assigned(*, root: Path, platform: str) -> list[Assigned]:
    """
    Every IPv6 address in use, loopback left out.

    Linux reads ``/proc/net/if_inet6`` below ``root``; an address that failed or awaits duplicate detection is not in use.
    """
    if platform != "linux":
        import psutil  # noqa: PLC0415 - 60 ms that Linux does not need here

        return [
            Assigned(name, str(item.address).partition("%")[0])
            for name, items in psutil.net_if_addrs().items()
            for item in items
            if item.family == socket.AF_INET6 and classify(item.address) is not AddressClass.LOOPBACK
        ]
    try:
        lines = (root / "proc/net/if_inet6").read_text(encoding="ascii").splitlines()
    except FileNotFoundError:  # the stack is not loaded
        return []
    found = []
    for digits, _, _, _, flags, name in (line.split() for line in lines):
        address, bits = str(IPv6Address(int(digits, 16))), int(flags, 16)
        if not bits & (_DAD_FAILED | _TENTATIVE) and classify(address) is not AddressClass.LOOPBACK:
            found.append(Assigned(name, address, temporary=bool(bits & _TEMPORARY)))
    return found


def ipv4_prefixes() -> dict[str, list[IPv4Interface]]:
    """This machine's IPv4 addresses with their prefixes, by interface. Interfaces without one are left out."""
    import psutil  # noqa: PLC0415 - as above

    return {
        name: found
        for name, items in psutil.net_if_addrs().items()
        if (
            found := [
                IPv4Interface(f"{item.address}/{item.netmask}")
                for item in items
                if item.family == socket.AF_INET and item.netmask
            ]
        )
    }
