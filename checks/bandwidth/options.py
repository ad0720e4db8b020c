"""Settings of the check ``bandwidth``, and what it reports."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from checks.bandwidth.target import Kind
from checks.registry import Measure
from contract.message import Bilingual
from contract.settings import described
from contract.units import Unit


class Mode(StrEnum):
    """How sure the result is to be."""

    QUICK = "quick"
    CONFIRMED = "confirmed"
    SUSTAINED = "sustained"

    @property
    def hold_s(self) -> float:
        """Seconds whose later half must agree; 0 for the first plateau."""
        return {Mode.QUICK: 0.0, Mode.CONFIRMED: 10.0, Mode.SUSTAINED: 30.0}[self]


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A further speed server."""

    url: Annotated[
        Annotated[str, Meta(pattern=r"^https?://[^\s/]+")],
        described(
            "测速服务器地址；objects 类型须写到具体文件", "address of the speed server; for objects, down to the file"
        ),
    ]
    kind: Annotated[Kind, described("服务器类型", "kind of server")] = Kind.LIBRESPEED


class BandwidthOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the check ``bandwidth``."""

    mode: Annotated[
        Mode,
        described(
            "quick 约 3 秒，结果未经确认，不会判为达标；confirmed 约 10 秒，取后一半；sustained 约 30 秒",
            "quick takes about 3 s and is not confirmed, so never passes; confirmed takes 10 s and counts the later half;"
            " sustained takes 30 s",
        ),
    ] = Mode.CONFIRMED
    max_seconds: Annotated[
        float,
        described(
            "每个方向的最长时间（秒）；不短于所选模式的 1.5 倍",
            "seconds per direction, at most; no less than 1.5 times what the mode takes",
            ge=3,
            le=120,
        ),
    ] = 10.0
    max_megabytes: Annotated[
        int, described("每个方向的最大流量（MB）", "megabytes per direction, at most", ge=1, le=10_000)
    ] = 400
    connections: Annotated[int, described("开始时的并行连接数", "parallel connections at the start", ge=1, le=64)] = 8
    max_connections: Annotated[
        int,
        described(
            "速率仍在增长时连接数逐次加倍，直到此上限",
            "connections are doubled while that makes it faster, up to this number",
            ge=1,
            le=256,
        ),
    ] = 64
    family: Annotated[
        Literal["both", "any", "ipv4", "ipv6"],
        described(
            "用哪种地址测速；both 两种都测（后一种为快速测速），any 由系统决定",
            "which addresses to measure over; both measures each (the second one quickly), any leaves it to the system",
        ),
    ] = "both"
    servers: Annotated[
        list[Server],
        described(
            "平台之外的测速服务器，按优先顺序；结果偏低且平台可能是瓶颈时换用下一台复测",
            "speed servers besides the collector, best first; the next one measures again when a result is low and the"
            " server may have been the limit",
        ),
    ] = []
    references: Annotated[
        list[Literal["speedtest-cli", "iperf3"]],
        described(
            "另用哪些工具对照；只作参考，不参与判定",
            "other tools to run beside; for reference only, never for a verdict",
        ),
    ] = []
    iperf3_server: Annotated[
        str | None, described("iperf3 服务器，主机或 主机:端口", "iperf3 server, host or host:port")
    ] = None


def _pair(name: str, zh: str, en: str) -> dict[str, Measure]:
    ways = (("download", "下载", "download"), ("upload", "上传", "upload"))
    return {
        f"bandwidth.{name.format(way)}": Measure(Unit.MBIT_S, Bilingual(zh.format(word), en.format(english)))
        for way, word, english in ways
    }


MEASURES = {
    **_pair("{}_mbit_s", "{}速率（TCP 有效载荷）", "{} rate (TCP payload)"),
    "bandwidth.download_line_mbit_s": Measure(
        Unit.MBIT_S, Bilingual("下行线路速率（折算到以太网物理层）", "downstream line rate (at layer 1 of Ethernet)")
    ),
    "bandwidth.upload_line_mbit_s": Measure(
        Unit.MBIT_S, Bilingual("上行线路速率（折算到以太网物理层）", "upstream line rate (at layer 1 of Ethernet)")
    ),
    **_pair("ipv4_{}_mbit_s", "IPv4 {}速率（TCP 有效载荷）", "{} rate over IPv4 (TCP payload)"),
    **_pair("ipv6_{}_mbit_s", "IPv6 {}速率（TCP 有效载荷）", "{} rate over IPv6 (TCP payload)"),
    **_pair("reference_{}_mbit_s", "其他工具测得的{}速率（仅供参考）", "{} rate by another tool (for reference only)"),
    "bandwidth.idle_rtt_ms": Measure(Unit.MS, Bilingual("空载往返时延", "round trip, idle")),
    "bandwidth.loaded_rtt_ms": Measure(Unit.MS, Bilingual("满载往返时延", "round trip, under load")),
    "bandwidth.jitter_ms": Measure(Unit.MS, Bilingual("空载时延抖动", "jitter of the idle round trip")),
    "bandwidth.bufferbloat_grade": Measure(Unit.TEXT, Bilingual("满载时延等级", "grade of latency under load")),
    "bandwidth.resent_percent": Measure(Unit.PERCENT, Bilingual("重传的报文段", "segments sent again")),
    "bandwidth.link_speed_mbit_s": Measure(Unit.MBIT_S, Bilingual("网卡协商速率", "negotiated speed of the network card")),
    "bandwidth.cross_traffic_mbit_s": Measure(
        Unit.MBIT_S, Bilingual("测速期间本机的其他流量", "other traffic of this machine during the test")
    ),
    "bandwidth.megabytes_used": Measure(Unit.MEGABYTES, Bilingual("测速消耗的流量", "data moved by the test")),
    "bandwidth.connections": Measure(Unit.COUNT, Bilingual("并行连接数", "parallel connections")),
}
