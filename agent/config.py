"""
The agent's settings: declared once, read with every fault at a time.

The file has the sections ``agent``, ``collector`` and ``tui``, so that one file can serve a whole office; the agent checks
its own and takes the other two as they are.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct, defstruct

from checks.registry import Check, all_checks, default_options
from contract.document import DocumentError, Fault, read
from contract.exit_code import ExitCode
from contract.message import Message
from contract.places import config_candidates, state_folder
from contract.school import Head, Name, SchoolKind
from contract.settings import described

DEFAULT_PACK = "cn-henan-jiaozuo-2019"
LONGEST_CHECK_S = 3600


class CollectorSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the county's collector is reached."""

    url: Annotated[
        Annotated[str, Meta(pattern=r"^https?://[^\s/]+")] | None,
        described(
            "平台地址；null 则用登记时的地址，平台搬迁后在此改写",
            "address of the collector; null: the one used at enrolment. Set it when the collector has moved",
        ),
    ] = None
    ca_file: Annotated[
        str | None, described("县区自建 CA 证书（PEM）的路径", "path of the county's private CA certificate (PEM)")
    ] = None
    proxy: Annotated[
        Annotated[str, Meta(pattern=r"^(none|https?://[^\s/]+/?)$")] | None,
        described(
            "发送报告所用的代理，如 http://10.0.0.1:3128；none 为不用代理，null 则按环境变量或系统设置。检测本身从不经代理",
            "proxy for reports, e.g. http://10.0.0.1:3128; none: no proxy; null: what the environment or the system says. "
            "Measurements never go through one",
        ),
    ] = None
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

    kind: Annotated[SchoolKind | None, described("学校类型", "kind of school")] = None
    name: Annotated[Name | None, described("学校名称", "name of the school")] = None
    county: Annotated[Name | None, described("所在县区", "county of the school")] = None
    students: Annotated[Head | None, described("学生数", "number of students")] = None
    classes: Annotated[Head | None, described("班级数", "number of classes")] = None
    teachers: Annotated[Head | None, described("教师数", "number of teachers")] = None
    contract_mbit_s: Annotated[
        Annotated[float, Meta(ge=0, le=1e6)] | None,
        described("与运营商签订的下行带宽（Mbit/s）", "contracted downstream bandwidth in Mbit/s"),
    ] = None


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section ``agent`` but for ``checks``, whose keys follow from the checks that exist; :data:`AgentConfig` adds them."""

    collector: Annotated[CollectorSettings, described("县区平台", "the county's collector")] = CollectorSettings()
    state_folder: Annotated[
        str | None,
        described(
            "存放凭据、未送达报告和历史的文件夹；null 则用系统的惯用位置",
            "folder for credentials, undelivered reports and history; null: the system's usual place",
        ),
    ] = None
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


class CheckSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the configuration says about one check; each check's own group has ``options`` in the check's own type."""

    enabled: Annotated[bool, described("是否执行", "whether it is run")] = True
    timeout_s: Annotated[float, described("超过多少秒即停止", "seconds after which it is stopped", gt=0, le=3600)] = 60.0
    options: Any = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings in force. ``path`` is None when there is no file and the defaults hold."""

    agent: Section
    path: Path | None
    state: Path

    def check(self, item: Check) -> CheckSettings:
        """Settings of one check."""
        groups: Any = self.agent
        found: CheckSettings = getattr(groups.checks, item.id)
        return found

    @property
    def ca_file(self) -> str | None:
        """The private CA's path; a relative one counts from the configuration's folder."""
        named = self.agent.collector.ca_file
        return None if named is None else str(_beside(self.path, named))


def _group(item: Check) -> type[CheckSettings]:
    # A school machine may be half as fast as the one the cost was measured on.
    limit_s = float(min(LONGEST_CHECK_S, max(10, math.ceil(item.cost.seconds * 2))))
    timeout: Any = Annotated[
        float, described("超过多少秒即停止", "seconds after which it is stopped", gt=0, le=LONGEST_CHECK_S)
    ]
    made = defstruct(
        f"{item.id}_settings",
        [
            ("timeout_s", timeout, limit_s),
            (
                "options",
                Annotated[item.options, described("检测项自己的选项", "the check's own options")],
                default_options(item),
            ),
        ],
        bases=(CheckSettings,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    assert issubclass(made, CheckSettings)
    return made


def config_type(found: Iterable[Check]) -> type[Section]:
    """:class:`Section` with a group per check: ``enabled``, ``timeout_s`` and ``options``."""
    fields = []
    for item in found:
        group = _group(item)
        fields.append((item.id, Annotated[group, described(item.title.zh, item.title.en)], group()))
    groups = defstruct("Checks", fields, frozen=True, kw_only=True, forbid_unknown_fields=True)
    made = defstruct(
        "AgentConfig",
        [("checks", Annotated[groups, described("检测项", "checks")], groups())],
        bases=(Section,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    assert issubclass(made, Section)
    return made


AgentConfig = config_type(all_checks().values())
"""Section ``agent`` with every key; ``contract.settings.settings(AgentConfig, "agent")`` lists them."""
_File = defstruct(
    "AgentFile",
    [("agent", AgentConfig, AgentConfig()), ("collector", Any, None), ("tui", Any, None)],
    frozen=True,
    kw_only=True,
)


def load(path: Path | None) -> Section:
    """
    The section ``agent`` of a file, or the defaults without one.

    A file that is not there, cannot be read or is wrong raises :class:`DocumentError` with every fault and exit code 78.
    """
    try:
        file: Any = read("" if path is None else _text(path), _File, path or "-").value
    except DocumentError as error:
        error.exit_code = ExitCode.BAD_CONFIG
        raise
    section: Section = file.agent
    return section


def settle(named: str | None, environ: Mapping[str, str], platform: str, home: Path, *, system: bool) -> Configuration:
    """
    The settings in force: those of ``named`` (``--config``), else of the first usual place with a file, else the defaults.

    ``system`` as in :func:`contract.places.state_folder`. Raises what :func:`load` raises.
    """
    path = find(named, environ, platform, home)
    agent = load(path)
    folder = (
        _beside(path, agent.state_folder) if agent.state_folder else state_folder(environ, platform, home, system=system)
    )
    return Configuration(agent, path, folder)


def find(named: str | None, environ: Mapping[str, str], platform: str, home: Path) -> Path | None:
    """The file that :func:`settle` reads, or None. A named one is returned whether it exists or not."""
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
