"""Classes of IPv6 addresses, as the ladder needs them."""

from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network


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
