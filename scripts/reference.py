"""
Writes what is derived from the code: ``config.example.yaml`` and ``docs/reference/``. `--check` only compares.

So a check, a setting, a reason code or an exit code cannot be missing from the documents.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from msgspec import Struct

from agent.config import AgentConfig
from checks.registry import Check, all_checks
from collector.config import CollectorConfig
from contract.exit_code import ExitCode
from contract.reason import ReasonCode
from contract.settings import Setting, settings
from locales.texts import Texts
from tui.config import TuiSettings

ROOT = Path(__file__).resolve().parent.parent
PARTS: dict[str, type[Struct]] = {"agent": AgentConfig, "collector": CollectorConfig, "tui": TuiSettings}
ZH, EN = Texts("zh_CN"), Texts("en")
NOTICE = "<!-- 由 `make reference` 生成，请勿手工修改 / written by `make reference`, not by hand -->"


def pages() -> dict[Path, str]:
    """Every derived file with its content."""
    reference = ROOT / "docs" / "reference"
    return {
        ROOT / "config.example.yaml": example(),
        reference / "checks.md": checks_page(),
        reference / "configuration.md": configuration_page(),
        reference / "reason-codes.md": reasons_page(),
        reference / "exit-codes.md": exits_page(),
    }


def example() -> str:
    """A configuration with every key at its default: loading it is the same as having none."""
    lines = [
        "# campus-audit 配置样例：列出全部配置项，所写的值就是默认值；只需保留要修改的项。",
        "# Every key with its default; keep only what you change.",
        "# 查找顺序 / looked for in: $CAMPUS_CONFIG, ~/.config/campus-audit/config.yaml, /etc/campus-audit/config.yaml",
    ]
    for part, type_ in PARTS.items():
        lines += ["", f"{part}:"]
        for setting in settings(type_, part):
            lines += _example_lines(setting)
    return "\n".join(lines) + "\n"


def _example_lines(setting: Setting) -> Iterator[str]:
    indent = "  " * setting.key.count(".")
    if setting.text.zh:
        yield f"{indent}# {setting.text.zh}"
        yield f"{indent}# {setting.text.en}"
    name = setting.key.rpartition(".")[2]
    if setting.group:
        yield f"{indent}{name}:" if _members(setting) else f"{indent}{name}: {{}}"
        return
    yield f"{indent}# ({setting.expected})"
    yield f"{indent}{name}: {_flow(setting.default)}"


def _members(setting: Setting) -> bool:
    return setting.expected != "{}"


def _flow(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000).removesuffix("\n...\n").strip()


def checks_page() -> str:
    """One section a check."""
    lines = [NOTICE, "", "# 检测项 / Checks", ""]
    for item in all_checks().values():
        lines += _check_section(item)
    return "\n".join(lines).rstrip() + "\n"


def _check_section(item: Check) -> Iterator[str]:
    yield f"## `{item.id}` {item.title.zh} / {item.title.en}"
    yield ""
    cost = f"≤ {item.cost.seconds:g} s, ≤ {item.cost.megabytes:g} MB"
    yield f"版本 / version {item.version} · {', '.join(item.platforms)} · {cost}"
    if item.privileges:
        yield ""
        yield f"权限 / privileges: {item.privileges.zh} / {item.privileges.en}"
    yield ""
    yield "| 测量值 / measure | 单位 / unit | 含义 | meaning |"
    yield "|---|---|---|---|"
    for name, measure in item.measures.items():
        yield f"| `{name}` | {measure.unit.value or '–'} | {measure.title.zh} | {measure.title.en} |"
    yield ""


def configuration_page() -> str:
    """One table a part."""
    lines = [NOTICE, "", "# 配置 / Configuration", ""]
    for part, type_ in PARTS.items():
        lines += [
            f"## `{part}`",
            "",
            "| 键 / key | 取值 / expected | 默认 / default | 说明 | meaning |",
            "|---|---|---|---|---|",
        ]
        for setting in settings(type_, part):
            if setting.group:
                continue
            expected = setting.expected.replace("|", "\\|")
            default = _flow(setting.default).replace("|", "\\|")
            lines.append(f"| `{setting.key}` | `{expected}` | `{default}` | {setting.text.zh} | {setting.text.en} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def reasons_page() -> str:
    """Every reason code with both sentences."""
    lines = [NOTICE, "", "# 原因代码 / Reason codes", "", "| 代码 / code | 中文 | English |", "|---|---|---|"]
    for code in ReasonCode:
        entry = f"reason.{code.value}"
        lines.append(f"| `{code.value}` | {ZH.entry(entry)} | {EN.entry(entry)} |")
    return "\n".join(lines) + "\n"


def exits_page() -> str:
    """Every exit code with its meaning."""
    lines = [NOTICE, "", "# 退出码 / Exit codes", "", "| 退出码 / code | 含义 | meaning |", "|---|---|---|"]
    for code in ExitCode:
        entry = f"exit.{code.name}"
        lines.append(f"| {code.value} | {ZH.entry(entry)} | {EN.entry(entry)} |")
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str]) -> int:
    """Write the files, or with ``--check`` name those that differ and end with 1."""
    differing = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in argv:
        for path in differing:
            print(f"{path.relative_to(ROOT)} 已过期，请运行 make reference / is out of date: make reference")
        return 1 if differing else 0
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
