"""
What a device is for, with what that rests on and how sure it is.

Its own words weigh more than its maker, a word that only one kind of device uses more than one that many use. Two different
kinds that are about as likely give ``unknown``: a wrong answer is worse than none. An administrator's pin always wins.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.inventory.answers import Clues
from checks.inventory.merge import Judged
from checks.inventory.privacy import is_personal
from contract.report import DeviceKind as Kind

_MARGIN = 0.08
_MAX_EVIDENCE = 8
_REFINES = {Kind.SERVER: Kind.PC, Kind.NAS: Kind.PC, Kind.RECORDER: Kind.CAMERA, Kind.TABLET: Kind.PHONE}
"""A server shows every sign of a computer too, a recorder those of its maker's cameras: the finer kind is the answer."""
_LIKELY = 0.3
_NAMES = ("dns", "nbns", "mdns")
"""Which name is taken, the last one that there is."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A word that speaks for a kind. ``weight`` is how often it is right, as a share."""

    pattern: re.Pattern[str]
    kind: Kind
    weight: float


def _sign(pattern: str, kind: Kind, weight: float) -> Sign:
    return Sign(re.compile(pattern, re.IGNORECASE), kind, weight)


SIGNS = (
    # DNS-SD service types (RFC 6763, IANA registry)
    _sign(r"^mdns:_(ipps?|printer|pdl-datastream|uscans?)\._tcp$", Kind.PRINTER, 0.92),
    _sign(r"^mdns:_(apple-mobdev2?|remotepairing)\._tcp$", Kind.PHONE, 0.9),
    _sign(r"^mdns:_(airplay|raop|googlecast|androidtvremote2?|seewo.*|hitevision.*)\._tcp$", Kind.PANEL, 0.7),
    _sign(r"^mdns:_(rtsp|axis-video|onvif)\._tcp$", Kind.CAMERA, 0.85),
    _sign(r"^mdns:_(adisk|afpovertcp)\._tcp$", Kind.NAS, 0.75),
    _sign(r"^mdns:_(workstation|rdp|rfb)\._tcp$", Kind.PC, 0.6),
    # NetBIOS suffixes: 1c domain controllers, 1b domain master, 20 file service, 00 workstation
    _sign(r"^nbns:(group:1c|name:1b)$", Kind.SERVER, 0.95),
    _sign(r"^nbns:name:(00|20)$", Kind.PC, 0.8),
    # UPnP
    _sign(r"^ssdp:.*(ip ?camera|ipcam|webcam)", Kind.CAMERA, 0.92),
    _sign(r"^ssdp:.*(\bnvr\b|\bdvr\b|video ?recorder)", Kind.RECORDER, 0.93),
    _sign(r"^ssdp:.*(seewo|hitevision|maxhub|honghe)", Kind.PANEL, 0.95),
    _sign(r"^ssdp:.*device:MediaRenderer", Kind.PANEL, 0.65),
    _sign(r"^ssdp:.*device:InternetGatewayDevice", Kind.ROUTER, 0.9),
    _sign(r"^ssdp:.*device:WLANAccessPointDevice", Kind.AP, 0.93),
    _sign(r"^ssdp:.*device:Printer", Kind.PRINTER, 0.93),
    _sign(r"^ssdp:.*(synology|qnap|diskstation)", Kind.NAS, 0.95),
    # WS-Discovery
    _sign(r"^wsd:Computer$", Kind.PC, 0.9),
    _sign(r"^wsd:(PrintDeviceType|PrinterServiceType)$", Kind.PRINTER, 0.95),
    _sign(r"^wsd:(NetworkVideoTransmitter|NetworkVideoDisplay)$", Kind.CAMERA, 0.9),
    _sign(r"^wsd:(NetworkVideoRecorder|NetworkVideoStorage)$", Kind.RECORDER, 0.95),
    # Makers; of several lines of business, the one that most of their devices in a school belong to
    _sign(r"^vendor:.*(hikvision|dahua|uniview|tiandy|ezviz)", Kind.CAMERA, 0.75),
    _sign(
        r"^vendor:.*(brother industries|canon inc|epson|ricoh|kyocera document|pantum|lexmark|konica)", Kind.PRINTER, 0.78
    ),
    _sign(r"^vendor:.*(shiyuan|hitevision|honghe tech)", Kind.PANEL, 0.75),
    _sign(r"^vendor:.*(synology|qnap)", Kind.NAS, 0.9),
    _sign(r"^vendor:.*(ruijie|new h3c|h3c tech|aruba|ruckus)", Kind.AP, 0.5),
    _sign(r"^vendor:.*(vmware|xensource|parallels|microsoft corp)", Kind.VM, 0.7),
    _sign(r"^vendor:.*(vivo mobile|oppo mobile|xiaomi comm|honor device|oneplus)", Kind.PHONE, 0.7),
    _sign(
        r"^vendor:(.*\b)?(dell\b|lcfc|micro-star|giga-byte|asustek|elitegroup|asrock|hewlett packard$|hp inc|tongfang comp|"
        r"wistron|compal|quanta comp|intel corp)",
        Kind.PC,
        0.6,
    ),
)


def classify(
    macs: Mapping[str, Iterable[str]],
    clues: Mapping[str, Clues],
    *,
    vendor_of: Mapping[str, str | None],
    gateways: frozenset[str],
    pins: Mapping[str, tuple[Kind, str]],
) -> dict[str, Judged]:
    """What each MAC (with its addresses) is taken for. ``pins`` are kind and name by MAC, as the administrator gave them."""
    return {
        mac: _judge(mac, list(addresses), clues, vendor_of.get(mac), gateways, pins.get(mac))
        for mac, addresses in macs.items()
    }


def _judge(
    mac: str,
    addresses: list[str],
    clues: Mapping[str, Clues],
    vendor: str | None,
    gateways: frozenset[str],
    pin: tuple[Kind, str] | None,
) -> Judged:
    said = Clues()
    for address in addresses:
        said.take(clues.get(address, Clues()))
    kind, confidence, evidence = _weigh(said, vendor, gateway=not gateways.isdisjoint(addresses))
    if pin and pin[0] is not Kind.UNKNOWN:
        kind, confidence, evidence = pin[0], 1.0, ("pin",)
    name = (pin and pin[1]) or next((said.names[one] for one in reversed(_NAMES) if one in said.names), None)
    return Judged(
        kind=kind,
        confidence=None if kind is Kind.UNKNOWN else round(confidence, 2),
        evidence=evidence,
        vendor=None if is_personal(mac) else vendor,
        name=name,
        pinned=pin is not None,
    )


def _weigh(said: Clues, vendor: str | None, *, gateway: bool) -> tuple[Kind, float, tuple[str, ...]]:
    if gateway:
        return Kind.ROUTER, 0.97, ("default_route",)
    words = sorted(said.words) + ([f"vendor:{vendor}"] if vendor else [])
    doubt: dict[Kind, float] = {}
    reasons: dict[Kind, list[str]] = {}
    for sign in SIGNS:
        matching = [word for word in words if sign.pattern.search(word)]
        if matching:  # signs are taken as independent: what remains is the chance that all of them mislead
            doubt[sign.kind] = doubt.get(sign.kind, 1.0) * (1 - sign.weight)
            reasons.setdefault(sign.kind, []).extend(matching)
    if not doubt:
        return Kind.UNKNOWN, 0.0, ()
    for finer, coarser in _REFINES.items():
        if doubt.get(finer, 1.0) < _LIKELY:
            doubt.pop(coarser, None)
    ranked = sorted(doubt, key=lambda one: (doubt[one], one))
    best = ranked[0]
    if len(ranked) > 1 and doubt[ranked[1]] - doubt[best] < _MARGIN:
        return Kind.UNKNOWN, 0.0, tuple(sorted({*reasons[best], *reasons[ranked[1]]})[:_MAX_EVIDENCE])
    shown = tuple("vendor" if one.startswith("vendor:") else one for one in dict.fromkeys(reasons[best]))
    return best, min(0.99, 1 - doubt[best]), shown[:_MAX_EVIDENCE]
