"""What a device is taken for: a table of what is said, and what follows."""

import pytest

from checks.inventory.answers import Clues
from checks.inventory.classify import classify
from checks.inventory.merge import Judged, Sighting, merge
from contract.report import Device, DeviceKind
from tests.checks.machine import SECRET

MAC, ADDRESS, RANDOM = "00:16:3e:00:00:0a", "10.40.0.9", "02:16:3e:00:00:0a"


def judge(
    *words: str,
    vendor: str | None = None,
    mac: str = MAC,
    gateways: frozenset[str] = frozenset(),
    pins: dict[str, tuple[DeviceKind, str]] | None = None,
    name: str | None = None,
) -> Judged:
    clues = {ADDRESS: Clues(set(words), {"nbns": name} if name else {})}
    return classify({mac: [ADDRESS]}, clues, vendor_of={mac: vendor}, gateways=gateways, pins=pins or {})[mac]


@pytest.mark.parametrize(
    ("words", "vendor", "kind"),
    [
        (["mdns:_ipp._tcp"], None, "printer"),
        (["mdns:_ipp._tcp", "nbns:name:20"], "Brother Industries, LTD.", "printer"),
        (["nbns:name:00"], None, "pc"),
        (["nbns:name:00", "nbns:group:1c"], "Dell Inc.", "server"),
        (["wsd:Computer"], None, "pc"),
        (["wsd:NetworkVideoTransmitter"], "Zhejiang Dahua Technology Co., Ltd.", "camera"),
        (["ssdp:Linux UPnP/1.0 NVR/2.0"], "Hangzhou Hikvision Digital Technology Co", "recorder"),
        (["ssdp:Android/9 UPnP/1.0 Seewo/1.0"], None, "panel"),
        (["ssdp:urn:schemas-upnp-org:device:InternetGatewayDevice:1"], None, "router"),
        (["mdns:_apple-mobdev2._tcp"], None, "phone"),
        ([], "QNAP Systems, Inc.", "nas"),
        ([], "Ruijie Networks Co.,LTD", "ap"),
        ([], "LCFC(Hefei) Electronics Technology co., ltd", "pc"),
        ([], "Koninklijke Dellmann", "unknown"),
        (["mdns:_ssh._tcp"], None, "unknown"),
        ([], None, "unknown"),
    ],
)
def test_what_is_said_decides(words: list[str], vendor: str | None, kind: str) -> None:
    found = judge(*words, vendor=vendor)
    assert found.kind == kind
    assert (found.confidence is None) == (kind == "unknown")
    assert bool(found.evidence) == (kind != "unknown")


def test_two_kinds_as_likely_as_each_other_are_no_answer_but_are_shown() -> None:
    found = judge("mdns:_ipp._tcp", "wsd:Computer")
    assert (found.kind, found.confidence) == (DeviceKind.UNKNOWN, None)
    assert found.evidence == ("mdns:_ipp._tcp", "wsd:Computer")


def test_more_that_points_the_same_way_makes_it_surer() -> None:
    one, both = judge("ssdp:x device:MediaRenderer"), judge("ssdp:x device:MediaRenderer", "mdns:_airplay._tcp")
    assert one.confidence
    assert both.confidence
    assert one.confidence < both.confidence < 1


def test_the_gateway_is_a_router_whatever_it_says() -> None:
    found = judge("nbns:name:20", gateways=frozenset({ADDRESS}))
    assert (found.kind, found.evidence) == (DeviceKind.ROUTER, ("default_route",))


def test_an_administrators_pin_always_wins() -> None:
    found = judge("mdns:_apple-mobdev2._tcp", mac=RANDOM, pins={RANDOM: (DeviceKind.TABLET, "平板 3 号")})
    assert found == Judged(DeviceKind.TABLET, 1.0, ("pin",), None, "平板 3 号", pinned=True)


def test_a_made_up_mac_has_no_maker() -> None:
    assert judge(mac=RANDOM, vendor="Apple, Inc.").vendor is None


def sent(found: Judged, mac: str = MAC) -> Device:
    (device,) = merge([Sighting(ADDRESS, mac, True)], gateways=frozenset(), secret=SECRET, judged={mac: found}).devices
    return device


@pytest.mark.parametrize("kind", [DeviceKind.PHONE, DeviceKind.TABLET])
def test_a_phone_is_personal_even_with_its_makers_mac(kind: DeviceKind) -> None:
    device = sent(Judged(kind, 0.9, ("mdns:_apple-mobdev2._tcp",), "Apple, Inc.", "someones-phone"))
    assert device == Device(key=device.key, personal=True, kind=kind, confidence=0.9)
    assert device.key != MAC


def test_a_pinned_device_is_the_schools_own() -> None:
    device = sent(Judged(DeviceKind.TABLET, 1.0, ("pin",), None, "平板 3 号", pinned=True), RANDOM)
    assert (device.mac, device.personal, device.name) == (RANDOM, False, "平板 3 号")


@pytest.mark.parametrize(
    ("kind", "name"), [("pc", None), ("unknown", None), ("printer", "office-2"), ("camera", "office-2")]
)
def test_the_name_of_a_computer_stays_at_school(kind: str, name: str | None) -> None:
    assert sent(Judged(DeviceKind(kind), 0.9, (), None, "office-2")).name == name
