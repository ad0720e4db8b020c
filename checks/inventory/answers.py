"""What devices say of themselves, read from untrusted datagrams: NBNS, mDNS and DNS, SSDP, WS-Discovery."""

import re
import struct
from dataclasses import dataclass, field

_NODE_STATUS, _PTR = 0x21, 12
_NBNS_NAMES_AT = 56
_NBNS_ENTRY = 18
_GROUP_NAME = 0x80
_POINTER = 0xC0
_MAX_LABELS = 64
_SERVICE = re.compile(r"^(_[a-z0-9-]{1,15}\._(?:tcp|udp))\.local\Z", re.IGNORECASE)
_HOST = re.compile(r"^([^._][^.]{0,62})\.local\Z", re.IGNORECASE)
_TYPES = re.compile(rb"<(?:[\w.-]+:)?Types[^>]*>([^<]{1,512})<")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\ufffd]")
_LONGEST = 64
_MAX_WORDS = 32


@dataclass(slots=True)
class Clues:
    """
    What one address has said.

    ``words`` are its services and roles, each with the protocol in front: ``mdns:_ipp._tcp``, ``nbns:name:20``
    (a suffix), ``ssdp:<server or type>``, ``wsd:<type>``. ``names`` are host names by protocol.
    """

    words: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)

    def take(self, other: "Clues") -> None:
        """Add what another answer said; a device that says too much is cut off."""
        self.words |= set(sorted(other.words)[: max(0, _MAX_WORDS - len(self.words))])
        self.names.update(other.names)


def read_nbns(data: bytes) -> Clues | None:
    """A node status response (RFC 1002 §4.2.18); None when it is none."""
    if len(data) <= _NBNS_NAMES_AT or not data[2] & 0x80 or data[46:48] != struct.pack("!H", _NODE_STATUS):
        return None
    clues = Clues()
    for number in range(data[_NBNS_NAMES_AT]):
        entry = data[_NBNS_NAMES_AT + 1 + number * _NBNS_ENTRY :][:_NBNS_ENTRY]
        if len(entry) < _NBNS_ENTRY:
            break
        suffix, group = entry[15], bool(entry[16] & _GROUP_NAME)
        clues.words.add(f"nbns:{'group' if group else 'name'}:{suffix:02x}")
        if suffix == 0 and not group:
            clues.names["nbns"] = _text(entry[:15].decode("ascii", "replace"))
    at = _NBNS_NAMES_AT + 1 + data[_NBNS_NAMES_AT] * _NBNS_ENTRY
    if data[at : at + 6] == bytes(6):  # Samba has no MAC to tell; Windows always has one
        clues.words.add("nbns:samba")
    return clues


def read_dns(data: bytes, protocol: str = "mdns") -> Clues | None:
    """A DNS answer: service types that are offered, and the host's own name; None when it is none."""
    try:
        records = _records(data)
    except (struct.error, IndexError, ValueError):  # cut short, or made to harm
        return None
    clues = Clues()
    for owner, kind, target in records:
        for text in (owner, target):
            if service := _SERVICE.match(text):
                clues.words.add(f"{protocol}:{service[1].lower()}")
        if kind == _PTR and not _SERVICE.match(target) and protocol == "dns" and target:
            clues.names["dns"] = _text(target)
        elif kind in (1, 28, 33) and (host := _HOST.match(owner)):
            clues.names[protocol] = _text(host[1])
    clues.words.discard(f"{protocol}:_dns-sd._udp")
    return clues


def read_ssdp(data: bytes) -> Clues | None:
    """An answer to M-SEARCH (UPnP Device Architecture 1.1 §1.3.3): server and device type."""
    if not data.startswith(b"HTTP/1.1 200"):
        return None
    lines = data[:2048].decode("utf-8", "replace").split("\r\n")[1:]
    heads = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return Clues({f"ssdp:{_text(heads[key])}" for key in ("server", "st") if heads.get(key)})


def read_wsd(data: bytes) -> Clues | None:
    """A ProbeMatches of WS-Discovery: the types, without their prefixes. Read by pattern: the XML comes from anybody."""
    types = _TYPES.search(data[:8192])
    if types is None:
        return None
    return Clues({f"wsd:{_text(word.rpartition(':')[2])}" for word in types[1].decode("utf-8", "replace").split()})


def dns_question(name: str, kind: int, *, identifier: int = 0, unicast: bool = False, recursion: bool = False) -> bytes:
    """One question (RFC 1035 §4.1); ``unicast`` asks for an answer to the asker alone (RFC 6762 §5.4)."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    head = struct.pack("!HHHHHH", identifier, 0x0100 if recursion else 0, 1, 0, 0, 0)
    return head + labels + b"\0" + struct.pack("!HH", kind, 0x8001 if unicast else 1)


def nbns_question(identifier: int) -> bytes:
    """Node status of ``*`` (RFC 1002 §4.2.17)."""
    head = struct.pack("!HHHHHH", identifier, 0, 1, 0, 0, 0)
    return head + b"\x20CK" + b"A" * 30 + b"\0" + struct.pack("!HH", _NODE_STATUS, 1)


def _records(data: bytes) -> list[tuple[str, int, str]]:
    """Owner, type and (of PTR records) target of every record of an answer."""
    _, flags, questions, *counts = struct.unpack_from("!HHHHHH", data)
    if not flags & 0x8000:
        message = "a question"
        raise ValueError(message)
    place = 12
    for _ in range(questions):
        _, place = _name(data, place)
        place += 4
    found = []
    for _ in range(min(sum(counts), 256)):
        owner, place = _name(data, place)
        kind, _, _, length = struct.unpack_from("!HHIH", data, place)
        place += 10
        found.append((owner, kind, _name(data, place)[0] if kind == _PTR else ""))
        place += length
    return found


def _name(data: bytes, place: int) -> tuple[str, int]:
    """A name, decompressed, and where the next field begins. Pointers may only lead backwards, so it ends."""
    labels: list[str] = []
    after, limit = None, len(data)
    while len(labels) < _MAX_LABELS:
        length = data[place]
        if length & _POINTER == _POINTER:
            target = struct.unpack_from("!H", data, place)[0] & 0x3FFF
            after = place + 2 if after is None else after
            if target >= min(place, limit):
                message = "a pointer that leads forward"
                raise ValueError(message)
            place = limit = target
        elif length == 0:
            return ".".join(labels), place + 1 if after is None else after
        else:
            labels.append(data[place + 1 : place + 1 + length].decode("utf-8", "replace"))
            place += 1 + length
    message = "too many labels"
    raise ValueError(message)


def _text(raw: str) -> str:
    return _UNPRINTABLE.sub("", raw).strip()[:_LONGEST]
