"""Settings of the check ``inventory``."""

from typing import Annotated

from msgspec import Meta, Struct

from checks.inventory.budget import FRAMES_PER_SECOND, Preset
from checks.inventory.search import Mode
from contract.report import DeviceKind
from contract.settings import described


class Pin(Struct, frozen=True, forbid_unknown_fields=True):
    """What the administrator says of one device: the school's own, never personal, and its kind and name as given."""

    mac: Annotated[str, Meta(pattern=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}\Z")]
    kind: DeviceKind = DeviceKind.UNKNOWN
    name: Annotated[str, Meta(max_length=64)] = ""


class InventoryOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """As a configuration file holds them, below ``agent.checks.inventory.options``."""

    mode: Annotated[
        Mode,
        described(
            "查找方式：auto 自动；passive 只读邻居表，不发任何报文；touch 无需特权；arp 需要 CAP_NET_RAW",
            "how devices are looked for: auto; passive reads the neighbour table and sends nothing; touch needs no "
            "privileges; arp needs CAP_NET_RAW",
        ),
    ] = Mode.AUTO
    pace: Annotated[
        Preset,
        described(
            "发包速度：quiet 1.4、polite 3.5、default 12、fast 90、lab 5000 帧/秒；"
            "常见接入交换机限值为 15；fast 与 lab 须经网络管理员同意",
            "frames a second: quiet 1.4, polite 3.5, default 12, fast 90, lab 5000; common access switches close a port "
            "at 15; fast and lab need the consent of who runs the network",
        ),
    ] = Preset.DEFAULT
    packets_per_second: Annotated[
        Annotated[float, Meta(ge=0.5, le=5000)] | None,
        described("每秒最多发出的帧数，代替 pace 的预设值", "frames a second at most, instead of the preset's"),
    ] = None
    max_addresses: Annotated[
        int,
        described(
            "网段地址数超过此值时不主动查找，只读邻居表",
            "with more addresses than this nothing is swept, and only the neighbour table is read",
            ge=1,
            le=65536,
        ),
    ] = 1024
    max_seconds: Annotated[
        float, described("主动查找的时间上限（秒）", "time limit of a search, in seconds", ge=1, le=3600)
    ] = 150
    interfaces: Annotated[
        list[str],
        described(
            "只在这些网卡上查找；留空表示全部局域网网卡",
            "look on these interfaces only; empty: all LAN interfaces",
            max_length=32,
        ),
    ] = []
    ipv6: Annotated[
        bool,
        described("用六个以内的组播报文查找 IPv6 设备", "ask for IPv6 devices, with six multicast frames at most"),
    ] = True
    second_look: Annotated[
        bool,
        described(
            "对已发现的地址再问一次，以发现地址冲突",
            "ask each address found once more, to find two devices with one address",
        ),
    ] = True
    names: Annotated[
        bool,
        described(
            "询问设备的服务与名称以判断类型（NBNS、mDNS、SSDP、WS-Discovery、反向域名）",
            "ask devices for their services and names to tell their kind (NBNS, mDNS, SSDP, WS-Discovery, reverse DNS)",
        ),
    ] = True
    pins: Annotated[
        list[Pin],
        described(
            "本校设备清单：mac、kind、name；以此为准，不按个人设备处理，未出现的会列出",
            "the school's own devices: mac, kind, name; they prevail, are never personal, and are listed when not seen",
            max_length=4096,
        ),
    ] = []

    @property
    def frames_per_second(self) -> float:
        """The rate that holds."""
        return self.packets_per_second or FRAMES_PER_SECOND[self.pace]
