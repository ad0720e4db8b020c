"""Flags beside the level: things worth knowing that never decide it. Pure, like the ladder."""

from enum import StrEnum

from checks.ipv6.evidence import Evidence, Probe
from checks.ipv6.ladder import translated
from checks.network.addresses import AddressClass, classify
from contract.reason import Reason, ReasonCode, because


class Flag(StrEnum):
    """Closed set; each has its words ``ipv6.flag.<name>``."""

    NO_V6_RESOLVER = "no_v6_resolver"
    DNS6_DEAD = "dns6_dead"
    GW_NO_ECHO = "gw_no_echo"
    ROGUE_RA = "rogue_ra"
    NAT66 = "nat66"
    TEMP_ONLY = "temp_only"
    EUI64 = "eui64"
    DNS64 = "dns64"
    CAPTIVE_PORTAL = "captive_portal"
    PROXY_IN_USE = "proxy_in_use"


def raised(seen: Evidence) -> list[Flag]:
    """The flags that are up, in the order of :class:`Flag`."""
    native = seen.of(AddressClass.GLOBAL)
    answers = [address for item in seen.names for address in item.addresses]
    up = {
        Flag.NO_V6_RESOLVER: bool(seen.resolvers) and not any(":" in server for server in seen.resolvers),
        Flag.DNS6_DEAD: seen.resolver6 is Probe.SILENT and seen.default_route,
        Flag.GW_NO_ECHO: seen.gateway_echo is Probe.SILENT and (seen.gateway_probe is Probe.PASSED or seen.beyond),
        Flag.ROGUE_RA: bool(strangers(seen)),
        Flag.NAT66: translated(seen),
        Flag.TEMP_ONLY: bool(native) and all(item.temporary for item in native),
        Flag.EUI64: any(item.eui64 for item in native),
        Flag.DNS64: any(classify(address) is AddressClass.NAT64 for address in answers),
        Flag.CAPTIVE_PORTAL: seen.portal or any(item.portal for item in seen.targets),
        Flag.PROXY_IN_USE: seen.proxy,
    }
    return [flag for flag, is_up in up.items() if is_up]


def untold(seen: Evidence) -> dict[Flag, Reason]:
    """Flags that are neither up nor down, because what they need was not there."""
    found: dict[Flag, Reason] = {}
    if not seen.routers_heard and not strangers(seen):
        found[Flag.ROGUE_RA] = because(ReasonCode.PERMISSION_MISSING, permission="CAP_NET_RAW")
    if seen.gateway and seen.gateway_echo is Probe.OPEN:
        found[Flag.GW_NO_ECHO] = because(ReasonCode.PERMISSION_MISSING, permission="net.ipv4.ping_group_range")
    return found


def strangers(seen: Evidence) -> list[str]:
    """
    Routers that advertise themselves and should not: those not on the list, or without a list all when there are several.

    Two routers can be meant so; then their addresses belong into the setting ``routers``.
    """
    if seen.routers_known:
        return [address for address in seen.routers if address not in seen.routers_known]
    return seen.routers if len(seen.routers) > 1 else []
