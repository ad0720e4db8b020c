"""Settings of the website check: section ``collector.website``."""

from typing import Annotated

from msgspec import Meta, Struct

from contract.report import Identifier
from contract.settings import described

Url = Annotated[str, Meta(pattern=r"^https?://[^/\s]+(/\S*)?\Z", max_length=512)]


class Site(Struct, frozen=True, forbid_unknown_fields=True):
    """A website or public system of a school."""

    school: Annotated[Identifier, described("学校编号", "id of the school")]
    url: Annotated[Url, described("网站首页地址", "address of its home page")]


class WebsiteSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sites are checked, and how often."""

    sites: Annotated[
        list[Site], described("学校网站与对外系统", "the schools' websites and public systems", max_length=20_000)
    ] = []
    every_hours: Annotated[
        int, described("每隔多少小时检测一次；0 表示不检测", "hours between two checks; 0 for never", ge=0, le=720)
    ] = 24
    resolver: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9A-Fa-f:.]{2,45}\Z")] | None,
        described("检测所用的递归域名服务器；不填则用系统的", "recursive name server to ask; the system's when left out"),
    ] = None
    tries: Annotated[
        int, described("首页访问次数，用于成功率", "visits to the home page, for its success rate", ge=1, le=20)
    ] = 5
    timeout_s: Annotated[float, described("单次访问的时限（秒）", "limit of one visit in seconds", ge=0.2, le=60)] = 8.0
    links: Annotated[
        int, described("每一级最多抽查的站内链接数", "links of the site that are looked at, at each level", ge=0, le=100)
    ] = 10
