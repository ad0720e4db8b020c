"""
The agent's settings: declared once, read with every fault at a time.

The file has the sections ``agent``, ``collector`` and ``tui``, so that one file can serve a whole office; the agent checks
its own and takes the other two as they are.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Struct

from checks.registry import Check, all_checks
from contract.document import DocumentError, Fault, read
from contract.exit_code import ExitCode
from contract.message import Message
from contract.places import config_candidates, state_folder
from contract.school import Head, SchoolKind
from contract.settings import described

DEFAULT_PACK = "cn-henan-jiaozuo-2019"
LONGEST_CHECK_S = 3600


class CollectorSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the county's collector is reached."""

    url: (
        Annotated[
            str,
            described(
                "平台地址；留空则用登记时的地址，平台搬迁后在此改写",
                "address of the collector; empty: the one used at enrolment. Set it when the collector has moved",
                pattern=r"^https?://[^\s/]+",
            ),
        ]
        | None
    ) = None
    ca_file: (
        Annotated[str, described("县区自建 CA 证书（PEM）的路径", "path of the county's private CA certificate (PEM)")]
        | None
    ) = None
    timeout_s: Annotated[
        float, described("每次请求的等待秒数", "seconds to wait for an answer of the collector", ge=1, le=300)
    ] = 30.0


class SpoolSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is kept while the collector cannot be reached."""

    max_files: Annotated[
        int, described("最多保留多少份未送达的报告", "reports kept while they cannot be delivered", ge=1, le=10_000)
    ] = 200
    max_megabytes: Annotated[
        float,
        described(
            "未送达报告的总大小上限；超出时先略去佐证材料，最后才丢弃最旧的报告",
            "their total size; beyond it evidence goes first, the oldest reports last of all",
            gt=0,
            le=10_000,
        ),
    ] = 20.0
    max_days: Annotated[
        int,
        described(
            "未送达报告保留的天数，只计本机有检测的日子，因此时钟跳变不会丢失报告",
            "days they are kept; only days with a run count, so that a jump of the clock loses nothing",
            ge=1,
            le=366,
        ),
    ] = 14


class EvidenceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much raw material a report may carry."""

    max_kilobytes_per_check: Annotated[
        int, described("每个检测项的佐证材料上限", "raw material of one check", ge=1, le=2048)
    ] = 256
    max_kilobytes_per_report: Annotated[
        int, described("整份报告的佐证材料上限", "raw material of a whole report", ge=1, le=3072)
    ] = 1024


class SchoolFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``preview`` must know of the school; the collector uses its own register instead."""

    kind: Annotated[SchoolKind, described("学校类型", "kind of school")] | None = None
    name: Annotated[str, described("学校名称", "name of the school", min_length=1, max_length=128)] | None = None
    county: Annotated[str, described("所在县区", "county of the school", min_length=1, max_length=128)] | None = None
    students: Annotated[Head, described("学生数", "number of students")] | None = None
    classes: Annotated[Head, described("班级数", "number of classes")] | None = None
    teachers: Annotated[Head, described("教师数", "number of teachers")] | None = None
    contract_mbit_s: (
        Annotated[
            float, described("与运营商签订的下行带宽（Mbit/s）", "contracted downstream bandwidth in Mbit/s", ge=0, le=1e6)
        ]
        | None
    ) = None


class AgentConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section ``agent``, but for ``checks``: their keys follow from the checks that exist (:func:`config_type`)."""

    collector: Annotated[CollectorSettings, described("县区平台", "the county's collector")] = CollectorSettings()
    state_folder: (
        Annotated[
            str,
            described(
                "存放凭据、未送达报告和历史的文件夹；留空则用系统的惯用位置",
                "folder for credentials, undelivered reports and history; empty: the system's usual place",
            ),
        ]
        | None
    ) = None
    spool: Annotated[SpoolSettings, described("未送达的报告", "undelivered reports")] = SpoolSettings()
    evidence: Annotated[EvidenceSettings, described("佐证材料", "raw material behind the values")] = EvidenceSettings()
    history_files: Annotated[
        int, described("本机保留最近多少份报告供预览", "latest reports kept here for the preview", ge=1, le=1000)
    ] = 30
    pack: Annotated[str, described("本机预览所用的标准包", "pack that the local preview uses")] = DEFAULT_PACK
    school: Annotated[
        SchoolFacts,
        described("学校情况，仅供本机预览；平台以台账为准", "the school, for the preview; the collector uses its register"),
    ] = SchoolFacts()


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What the configuration says about one check."""

    enabled: bool
    timeout_s: float
    options: Struct


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings in force. ``path`` is None when there is no file and the defaults hold."""

    agent: AgentConfig
    path: Path | None
    state: Path

    def check(self, item: Check) -> CheckSettings:
        """Settings of one check, its options in the check's own type."""
        group: Any = getattr(self.agent.checks, item.id)  # type: ignore[attr-defined] # added by config_type
        return CheckSettings(group.enabled, group.timeout_s, msgspec.convert(group, item.options, from_attributes=True))

    @property
    def ca_file(self) -> str | None:
        """The private CA's path; a relative one counts from the configuration's folder."""
        named = self.agent.collector.ca_file
        return None if named is None else str(_beside(self.path, named))


@cache
def config_type() -> type[AgentConfig]:
    """:class:`AgentConfig` with a group per check: ``enabled``, ``timeout_s`` and the check's own options."""
    groups = []
    for item in all_checks().values():
        group = _group_type(item)
        groups.append((item.id, Annotated[group, described(item.title.zh, item.title.en)], group()))
    checks_type = msgspec.defstruct("Checks", groups, frozen=True, kw_only=True, forbid_unknown_fields=True)
    made = msgspec.defstruct(
        "AgentSection",
        [("checks", Annotated[checks_type, described("检测项", "checks")], checks_type())],
        bases=(AgentConfig,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    assert issubclass(made, AgentConfig)
    return made


@cache
def file_type() -> type[Struct]:
    """The whole file as the agent sees it. ``contract.settings.settings(config_type(), "agent")`` lists the keys."""
    return msgspec.defstruct(
        "AgentFile",
        [("agent", config_type(), config_type()()), ("collector", Any, None), ("tui", Any, None)],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def _group_type(item: Check) -> type[Struct]:
    taken = {"enabled", "timeout_s"} & set(get_type_hints(item.options))
    if taken:
        message = f"options of check {item.id!r} may not be called {', '.join(sorted(taken))}: every check has these"
        raise ValueError(message)
    enabled = Annotated[bool, described("是否执行", "whether it is run")]
    timeout = Annotated[
        float,
        described("超过多少秒即停止", "seconds after which it is stopped", gt=0, le=LONGEST_CHECK_S),
    ]
    # A school machine may be half as fast as the one the cost was measured on.
    default_s = float(min(LONGEST_CHECK_S, max(10, math.ceil(item.cost.seconds * 2))))
    return msgspec.defstruct(
        f"{item.id}_settings",
        [("enabled", enabled, True), ("timeout_s", timeout, default_s)],
        bases=(item.options,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def load(named: str | None, environ: Mapping[str, str], platform: str, home: Path, *, system: bool) -> Configuration:
    """
    Read the configuration: ``named`` (``--config``), else the first of :func:`contract.places.config_candidates` there is.

    No file at all gives the defaults. A file that was named and is not there, cannot be read or is wrong raises
    :class:`DocumentError` with exit code 78.
    """
    path = find(named, environ, platform, home)
    try:
        document = read(_text(path) if path else "", file_type(), path or "-")
    except DocumentError as error:
        error.exit_code = ExitCode.BAD_CONFIG
        raise
    agent: AgentConfig = document.value.agent  # type: ignore[attr-defined] # made by defstruct
    folder = (
        _beside(path, agent.state_folder) if agent.state_folder else state_folder(environ, platform, home, system=system)
    )
    return Configuration(agent, path, folder)


def find(named: str | None, environ: Mapping[str, str], platform: str, home: Path) -> Path | None:
    """The file that :func:`load` reads, or None. A named one is returned whether it exists or not."""
    if named:
        return Path(named)
    candidates = config_candidates(environ, platform, home)
    if environ.get("CAMPUS_CONFIG"):
        return candidates[0]
    return next((path for path in candidates if path.is_file()), None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # Notepad puts a byte order mark before it
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "UTF-8?"
        fault = Fault(1, "", Message("document.unreadable", {"source": str(path), "problem": problem}))
        raise DocumentError(str(path), [fault]) from error


def _beside(path: Path | None, named: str) -> Path:
    given = Path(named).expanduser()
    return (path.absolute().parent / given) if path else given.absolute()
