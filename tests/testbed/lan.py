"""A LAN out of namespaces: this machine's host, a router, and neighbours on one switch."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.testbed.namespaces import Bed, Namespace, run

OUI = "00:16:3e"
"""Universally administered (Xensource): a veth's own MAC is locally administered and would count as a personal device."""
PERSONAL = "02:aa:bb"


@dataclass
class Lan:
    """``pc`` (interface ``eth0``) is the machine under audit; ``macs`` are the neighbours' by IPv4 address."""

    pc: Namespace
    switch: Namespace
    neighbours: list[Namespace]
    macs: dict[str, str]


def lan(
    bed: Bed,
    neighbours: int,
    *,
    network: str = "10.40.0",
    prefix: int = 24,
    personal: Sequence[int] = (),
    ipv6_network: str | None = None,
) -> Lan:
    """
    A switch with the host ``pc`` at ``.2`` and ``neighbours`` hosts from ``.10`` on, real stacks all of them.

    Neighbours whose number (from 0) is in ``personal`` get a locally administered MAC. With ``ipv6_network`` (such as
    ``2400:da00:40:1``) every host has a second address there, ``::2`` and ``::10`` on. What is claimed is asserted here.
    """
    switch, pc = bed.host("switch"), bed.host("pc")
    # a bridge that has an address of its own is one more host, and says so when it is asked
    switch.sysctl(net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1)
    bed.cable(pc, "eth0", switch, "p0")
    ports, hosts, macs = ["p0"], [], {}
    set_mac(pc, "eth0", f"{OUI}:00:00:02")
    pc.address("eth0", f"{network}.2/{prefix}", *([f"{ipv6_network}::2/64"] if ipv6_network else []))
    for number in range(neighbours):
        host, place = bed.host(f"n{number}"), number + 10
        bed.cable(host, "eth0", switch, f"p{number + 1}")
        ports.append(f"p{number + 1}")
        mac = f"{PERSONAL if number in personal else OUI}:00:01:{number:02x}"
        set_mac(host, "eth0", mac)
        host.address("eth0", f"{network}.{place}/{prefix}", *([f"{ipv6_network}::{place}/64"] if ipv6_network else []))
        macs[f"{network}.{place}"] = mac
        hosts.append(host)
    bed.bridge(switch, "br0", ports)
    made = Lan(pc, switch, hosts, macs)
    for address, mac in macs.items():  # the kernel answers for itself: what the test will claim is true before it starts
        host = hosts[list(macs).index(address)]
        shown = host.run("ip", "addr", "show", "dev", "eth0")
        assert mac in shown, f"{address} has another MAC: {shown}"
        assert f"{address}/" in shown, f"{address} is missing: {shown}"
    return made


def set_mac(host: Namespace, device: str, mac: str) -> None:
    """Give a device that is still down another MAC."""
    run("ip", "-n", host.name, "link", "set", device, "address", mac)


def join_router(bed: Bed, switch: Namespace, device: str, port: str, *addresses: str) -> Namespace:
    """A router on the switch's bridge ``br0``: its LAN side is ``device`` with ``addresses``."""
    router = bed.host("router")
    bed.cable(router, device, switch, port)
    set_mac(router, device, f"{OUI}:00:00:01")
    run("ip", "-n", switch.name, "link", "set", port, "master", "br0", "up")
    router.become_router()
    router.address(device, *addresses)
    return router
