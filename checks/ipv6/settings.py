"""Settings of the check ``ipv6``."""

from typing import Annotated

import msgspec
from msgspec import Struct

from contract.settings import described

_HOST_NAME = r"^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?\Z"


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """A machine on the internet that answers TCP over IPv6."""

    name: Annotated[str, described("目标名称", "name to show", min_length=1, max_length=64)]
    address: Annotated[str, described("IPv6 地址", "IPv6 literal", pattern=r"^[0-9A-Fa-f:.]{2,45}\Z")]
    port: Annotated[int, described("TCP 端口", "TCP port", ge=1, le=65535)] = 443
    operator: Annotated[
        str,
        described(
            "所属运营单位；两家以上时须两家均可达", "who runs it; with two or more, two must be reached", max_length=64
        ),
    ] = ""
    host: Annotated[
        str | None,
        described(
            "HTTP 请求所用的主机名（443 端口同时用于校验证书）；不填则只在 80 端口发起 HTTP",
            "name for the HTTP request, and for the certificate on port 443; without it HTTP is tried on port 80 only",
        ),
    ] = None
    address4: Annotated[
        Annotated[str, msgspec.Meta(pattern=r"^[0-9.]{7,15}\Z")] | None,
        described(
            "同一目标的 IPv4 地址，用于与 IPv6 对比性能",
            "IPv4 literal of the same machine, to compare the performance of both",
        ),
    ] = None
    bulk: Annotated[
        Annotated[str, msgspec.Meta(pattern=r"^/[!-~]*\Z", max_length=256)] | None,
        described(
            "不小于 300 kB 的文件路径，用于对比速率；不填则只对比时延",
            "path of a file of 300 kB or more, to compare rates; without it only round trips are compared",
        ),
    ] = None


class Ipv6Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the check ``ipv6``."""

    targets: Annotated[
        list[Target],
        described(
            "IPv6 连通性测试目标（省平台、运营商等）；平台服务器自身有 IPv6 地址时自动加入",
            "targets for TCP over IPv6; the collector is added by itself when it has an IPv6 address",
            max_length=16,
        ),
    ] = []
    names: Annotated[
        list[Annotated[str, msgspec.Meta(pattern=_HOST_NAME, max_length=253)]],
        described("用于 AAAA 解析检测的域名", "names that are known to have AAAA records", max_length=8),
    ] = []
    routers: Annotated[
        list[Annotated[str, msgspec.Meta(pattern=r"^fe80:[0-9a-f:]{2,40}\Z")]],
        described(
            "本网段合法路由器的链路本地地址；不填则同一网段出现两台以上时提示可疑路由通告",
            "link-local addresses of the routers of this network; without them a second one is pointed out",
            max_length=8,
        ),
    ] = []
