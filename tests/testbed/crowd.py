"""Who is on a simulated school LAN: hosts with their habits, as ``responder.c`` reads them, and what is true of them."""

import random
import struct
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address

GATEWAY = "58:69:6c:00:00:01"
SCANNER = "10.20.0.2"


class Habit(StrEnum):
    """How a host behaves, and so what it can be recognised by."""

    FIREWALLED_PC = "firewalled_pc"
    OPEN_PC = "open_pc"
    PHONE = "phone"
    PANEL = "panel"
    PRINTER = "printer"
    CAMERA = "camera"
    AP = "ap"
    IPV6_ONLY = "ipv6_only"
    ROUTER = "router"
    PROXIED = "proxied"
    DUPLICATE = "duplicate"


_SHARES = {
    Habit.FIREWALLED_PC: 0.38,
    Habit.OPEN_PC: 0.15,
    Habit.PHONE: 0.22,
    Habit.PANEL: 0.08,
    Habit.PRINTER: 0.04,
    Habit.CAMERA: 0.05,
    Habit.AP: 0.03,
    Habit.IPV6_ONLY: 0.05,
}
_PREFIXES = {
    Habit.FIREWALLED_PC: ("f4:8e:38", "d8:bb:c1", "e0:d5:5e"),
    Habit.OPEN_PC: ("00:e0:4c", "c8:5b:76"),
    Habit.PANEL: ("08:ea:40", "0c:cf:89"),
    Habit.PRINTER: ("00:80:77", "3c:2a:f4", "00:1b:a9"),
    Habit.CAMERA: ("44:19:b6", "bc:ad:28", "3c:ef:8c"),
    Habit.AP: ("58:69:6c", "00:74:9c"),
    Habit.IPV6_ONLY: ("dc:a6:32",),
}


@dataclass(slots=True)
class Resident:
    """One host. ``answers`` are its payloads by protocol: ``nbns``, ``mdns``, ``ssdp``, ``wsd``."""

    habit: Habit
    mac: str
    ipv4: str | None
    link_local: str | None
    ping: bool = False
    echo6: bool = False
    mld: bool = True
    delay_ms: float = 1.0
    jitter_ms: float = 0.0
    answers: dict[str, bytes] = field(default_factory=dict)
    name: str = ""

    def line(self) -> str:
        """As ``responder.c`` reads it."""
        flags = f"{self.ping:d} {self.echo6:d} {self.mld:d} {self.delay_ms} {self.jitter_ms}"
        payloads = " ".join(self.answers.get(one, b"").hex() or "-" for one in ("nbns", "mdns", "ssdp", "wsd"))
        return f"{self.mac} {self.ipv4 or '-'} {self.link_local or '-'} {flags} {payloads}"


@dataclass(slots=True)
class Crowd:
    """Everybody on the LAN. ``proxied`` are addresses the gateway answers for, ``duplicate`` the address two hosts claim."""

    network: IPv4Network
    residents: list[Resident]
    proxied: set[str]
    duplicate: str

    def ipv4(self) -> set[str]:
        """Addresses of real hosts."""
        return {one.ipv4 for one in self.residents if one.ipv4 and one.habit is not Habit.PROXIED}

    def of(self, *habits: Habit) -> list[Resident]:
        """Those with one of the habits."""
        return [one for one in self.residents if one.habit in habits]


def crowd(count: int, network: str, seed: int = 7) -> Crowd:
    """A LAN of ``count`` hosts in the mix of a school, a gateway, three proxied addresses and one duplicated address."""
    rng = random.Random(seed)
    subnet = IPv4Network(network)
    free = [str(item) for item in subnet.hosts() if item not in (IPv4Address(SCANNER), IPv4Address("10.20.0.1"))]
    rng.shuffle(free)
    habits = [habit for habit, share in _SHARES.items() for _ in range(round(count * share))]
    habits = [*habits, *[Habit.FIREWALLED_PC] * count][:count]
    used: set[str] = set()
    people = [Resident(Habit.ROUTER, GATEWAY, "10.20.0.1", _link_local(rng), ping=True, echo6=True)]
    for number, habit in enumerate(habits):
        address = None if habit is Habit.IPV6_ONLY else free.pop()
        people.append(_resident(habit, number, address, rng, used))
    proxied = {free.pop() for _ in range(3)}
    people += [Resident(Habit.PROXIED, GATEWAY, address, None, mld=False) for address in proxied]
    twin = next(one for one in people if one.habit is Habit.FIREWALLED_PC)
    people.append(Resident(Habit.DUPLICATE, _mac(Habit.OPEN_PC, rng, used), twin.ipv4, None, mld=False, delay_ms=2))
    return Crowd(subnet, people, proxied, str(twin.ipv4))


def _resident(  # noqa: C901 - a table of habits, one branch each
    habit: Habit, number: int, address: str | None, rng: random.Random, used: set[str]
) -> Resident:
    name = f"{habit}-{number}".replace("_", "-")
    one = Resident(habit, _mac(habit, rng, used), address, _link_local(rng), name=name)
    talkative = number % 2 == 1
    if habit is Habit.FIREWALLED_PC and talkative:
        one.answers["nbns"] = nbns_status(name, one.mac)
    if habit is Habit.FIREWALLED_PC and number % 4 == 0:
        one.answers["wsd"] = wsd_match("wsdp:Device pub:Computer")
    elif habit is Habit.OPEN_PC:
        one.ping, one.answers["nbns"] = True, nbns_status(name, one.mac)
    elif habit is Habit.PHONE:
        one.ping = one.echo6 = True
        one.delay_ms, one.jitter_ms = 150, 50
        if talkative:
            one.answers["mdns"] = mdns_services(name, ["_apple-mobdev2._tcp"], str(address))
    elif habit is Habit.PANEL:
        one.ping = one.echo6 = True
        one.delay_ms, one.jitter_ms = 3, 1
        one.answers["mdns"] = mdns_services(name, ["_airplay._tcp"], str(address))
        one.answers["ssdp"] = ssdp_answer("Android/9 UPnP/1.0 Seewo/1.0", "urn:schemas-upnp-org:device:MediaRenderer:1")
    elif habit is Habit.PRINTER:
        one.ping = one.echo6 = True
        one.delay_ms, one.jitter_ms = 5, 2
        one.answers["nbns"] = nbns_status(name, one.mac)
        one.answers["mdns"] = mdns_services(name, ["_ipp._tcp", "_pdl-datastream._tcp"], str(address))
    elif habit is Habit.CAMERA:
        one.ping, one.mld, one.link_local = True, False, None
        one.delay_ms, one.jitter_ms = 3, 1
        one.answers["ssdp"] = ssdp_answer("Linux UPnP/1.0 IPCamera/1.0", "urn:schemas-upnp-org:device:Basic:1")
        if talkative:
            one.answers["wsd"] = wsd_match("dn:NetworkVideoTransmitter")
    elif habit is Habit.AP:
        one.ping = one.echo6 = True
    elif habit is Habit.IPV6_ONLY:
        one.echo6, one.delay_ms, one.jitter_ms = True, 2, 1
    return one


def _mac(habit: Habit, rng: random.Random, used: set[str]) -> str:
    while True:
        if habit is Habit.PHONE:
            head = f"{rng.randrange(256) & 0xFC | 2:02x}:{rng.randrange(256):02x}:{rng.randrange(256):02x}"
        else:
            head = rng.choice(_PREFIXES[habit])
        mac = f"{head}:{rng.randrange(256):02x}:{rng.randrange(256):02x}:{rng.randrange(256):02x}"
        if mac not in used:
            used.add(mac)
            return mac


def _link_local(rng: random.Random) -> str:
    return str(IPv6Address(0xFE80 << 112 | rng.randrange(1, 2**64)))


def dns_name(text: str) -> bytes:
    """Labels of RFC 1035, uncompressed."""
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"


def nbns_status(name: str, mac: str, suffix: int = 0x20) -> bytes:
    """A node status response (RFC 1002, 4.2.18) of a Windows machine."""
    own = name[:15].upper().ljust(15).encode()
    entries = own + b"\0\x04\0" + own + bytes([suffix]) + b"\x04\0" + b"WORKGROUP".ljust(15) + b"\0\x84\0"
    data = b"\x03" + entries + bytes.fromhex(mac.replace(":", "")) + bytes(40)
    head = struct.pack("!HHHHHH", 0, 0x8400, 0, 1, 0, 0) + dns_name("CK" + "A" * 30)
    return head + struct.pack("!HHIH", 0x21, 1, 0, len(data)) + data


def mdns_services(host: str, services: list[str], address: str) -> bytes:
    """An answer to the question for all services (RFC 6763, 9), with the host's address."""
    asked = dns_name("_services._dns-sd._udp.local")
    records = b""
    for service in services:
        target = dns_name(f"{service}.local")
        records += asked + struct.pack("!HHIH", 12, 1, 10, len(target)) + target
    records += dns_name(f"{host}.local") + struct.pack("!HHIH", 1, 0x8001, 120, 4) + IPv4Address(address).packed
    return struct.pack("!HHHHHH", 0, 0x8400, 0, len(services), 0, 1) + records


def ssdp_answer(server: str, target: str) -> bytes:
    """An answer to M-SEARCH (UPnP Device Architecture 1.1, 1.3.3)."""
    return (
        f"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: http://0.0.0.0/d.xml\r\n"
        f"SERVER: {server}\r\nST: {target}\r\nUSN: uuid:1::{target}\r\n\r\n"
    ).encode()


def wsd_match(types: str) -> bytes:
    """A ProbeMatches of WS-Discovery (2005/04)."""
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
        'xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof" '
        'xmlns:pub="http://schemas.microsoft.com/windows/pub/2005/07" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">'
        f"<s:Body><d:ProbeMatches><d:ProbeMatch><d:Types>{types}</d:Types></d:ProbeMatch></d:ProbeMatches></s:Body>"
        "</s:Envelope>"
    ).encode()
