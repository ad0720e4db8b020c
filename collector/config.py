"""The collector's settings: section ``collector`` of the configuration that all three commands share."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct, field

from collector.errors import SettingsError
from collector.slots.settings import SlotSettings
from collector.speed.settings import SpeedSettings
from collector.website.settings import WebsiteSettings
from contract.document import DocumentError, Fault, read
from contract.exit_code import ExitCode
from contract.places import config_candidates, state_folder
from contract.settings import described

ZONE = r"^[A-Za-z0-9_+/-]+\Z"


class CollectorConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every key of section ``collector``."""

    host: Annotated[
        str,
        described(
            "监听地址；对外服务时写 0.0.0.0 或 ::", "address to listen on; 0.0.0.0 or :: for the network", min_length=1
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int, described("监听端口；0 表示任取一个空闲端口", "port to listen on; 0 takes any that is free", ge=0, le=65535)
    ] = 8080
    state_folder: Annotated[
        str | None,
        described("数据目录；不填则按系统惯例", "folder for what must survive; the system's usual place when left out"),
    ] = None
    database: Annotated[
        str,
        described(
            "SQLite 文件（相对路径以数据目录为准）或数据库 URL",
            "SQLite file, relative to the state folder, or a database URL",
            min_length=1,
        ),
    ] = "collector.db"
    max_body_kib: Annotated[
        int, described("单个报告压缩后的大小上限（KiB）", "largest report as sent, in KiB", ge=16, le=65536)
    ] = 1024
    max_report_kib: Annotated[
        int, described("单个报告解压后的大小上限（KiB）", "largest report unpacked, in KiB", ge=16, le=262144)
    ] = 8192
    packs: Annotated[
        list[str],
        described(
            "除自带标准包外，另行加载的标准包文件或目录", "pack files or folders to load besides those that come along"
        ),
    ] = []
    pack: Annotated[
        str | None,
        described("总览所用标准包的编号；不填则用第一个", "id of the pack the overview shows; the first one when left out"),
    ] = None
    reporting_days: Annotated[
        int,
        described(
            "多少天内有报告的学校算“在报”", "a school counts as reporting after a report within so many days", ge=1, le=366
        ),
    ] = 7
    rescore_minutes: Annotated[
        int,
        described(
            "每隔多少分钟重算所有学校（数据会过期）",
            "minutes between two scorings of all schools: data grows stale",
            ge=1,
            le=1440,
        ),
    ] = 60
    body_days: Annotated[
        int,
        described(
            "报告正文至少保留多少天；0 表示永久。结构化数据始终保留",
            "days a report's body is kept at least; 0 for ever. Typed rows are kept always",
            ge=0,
            le=36600,
        ),
    ] = 90
    code_days: Annotated[int, described("登记码的有效天数", "days an enrolment code is good for", ge=1, le=366)] = 14
    token_days: Annotated[
        int, described("终端令牌的有效天数；0 表示不过期", "days an agent's token is good for; 0 for ever", ge=0, le=3660)
    ] = 0
    time_zone: Annotated[str, described("按天统计所用的时区", "time zone in which days are cut", pattern=ZONE)] = (
        "Asia/Shanghai"
    )
    speed: Annotated[SpeedSettings, described("测速服务", "speed endpoints")] = field(default_factory=SpeedSettings)
    website: Annotated[WebsiteSettings, described("学校网站检测", "check of the schools' websites")] = field(
        default_factory=WebsiteSettings
    )
    slots: Annotated[SlotSettings, described("测速时段", "slots of speed tests")] = field(default_factory=SlotSettings)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of :attr:`time_zone`; checked when the file is read."""
        return ZoneInfo(self.time_zone)


class File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. The other sections belong to the other commands and are not looked at here."""

    collector: CollectorConfig = field(default_factory=CollectorConfig)
    agent: Any = None
    tui: Any = None


class BadSettingsError(DocumentError):
    """A configuration with faults, all of them."""

    exit_code = ExitCode.BAD_CONFIG


def parse(text: str, source: str) -> CollectorConfig:
    """The settings of a file's text. Raises :class:`BadSettingsError`."""
    faults: list[Fault] = []
    settings = CollectorConfig()
    try:
        settings = read(text, File, source).value.collector
    except DocumentError as error:
        faults = error.faults
    faults = [*faults, *_unusable(text, source)]
    if faults:
        raise BadSettingsError(source, faults)
    return settings


def find_file(given: str | None, environ: Mapping[str, str], home: Path) -> Path | None:
    """The configuration file: the one given, or the first of the usual places that exists; None for none at all."""
    if given is not None:
        return Path(given)
    if environ.get("CAMPUS_CONFIG"):
        return Path(environ["CAMPUS_CONFIG"])
    return next((path for path in config_candidates(environ, sys.platform, home) if path.is_file()), None)


def load(path: Path | None) -> CollectorConfig:
    """Settings from a file, or the defaults without one. Raises :class:`SettingsError` when it cannot be read."""
    if path is None:
        return CollectorConfig()
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("document.unreadable", source=str(path), problem=str(error)) from error
    return parse(text, str(path))


def folder_of(settings: CollectorConfig, environ: Mapping[str, str], home: Path) -> Path:
    """Where the collector keeps its state."""
    if settings.state_folder is not None:
        return Path(settings.state_folder).expanduser()
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return state_folder(environ, sys.platform, home, system=root)


class _Loose(Struct, frozen=True, kw_only=True):
    """The file as far as it can be read whatever is wrong in it, so that a fault of form does not hide one of meaning."""

    collector: dict[str, Any] = {}
    agent: Any = None
    tui: Any = None


def _unusable(text: str, source: str) -> list[Fault]:
    """What has the right form and still cannot be used: a time zone that does not exist."""
    try:
        document = read(text, _Loose, source)
    except DocumentError:
        return []
    zone = document.value.collector.get("time_zone")
    if not isinstance(zone, str) or not re.match(ZONE, zone):
        return []
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [document.fault("collector.time_zone", "document.wrong_value", found=zone, expected="Asia/Shanghai")]
    return []
