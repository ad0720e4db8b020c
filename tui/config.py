"""Section ``tui:`` of the configuration file, and where the viewer token comes from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Struct

from contract.document import DocumentError, read
from contract.exit_code import ExitCode
from contract.settings import described
from tui.errors import CredentialError, SettingsError

TOKEN_VARIABLE = "CAMPUS_TUI_TOKEN"  # noqa: S105 - a name, not a secret
TOKEN_FILE_VARIABLE = "CAMPUS_TUI_TOKEN_FILE"  # noqa: S105


class TuiSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The dashboard's settings."""

    url: Annotated[
        str,
        described(
            "平台地址，例如 https://collector.example:8443",
            "address of the collector, such as https://collector.example:8443",
            pattern=r"^https?://[^\s/]+\S*$",
        ),
    ] = "http://127.0.0.1:8080"
    token_file: Annotated[
        str | None,
        described(
            "存放查看令牌的文件；也可用环境变量 CAMPUS_TUI_TOKEN 或 CAMPUS_TUI_TOKEN_FILE",
            "file that holds the viewer token; or the environment variables CAMPUS_TUI_TOKEN, CAMPUS_TUI_TOKEN_FILE",
        ),
    ] = None
    ca_file: Annotated[
        str | None,
        described("本地证书颁发机构的 PEM 文件", "PEM file with the county's own certificate authority"),
    ] = None
    timeout_s: Annotated[
        float,
        described("等待平台应答的最长时间，秒", "longest wait for the collector, seconds", ge=1, le=300),
    ] = 15.0
    page_size: Annotated[
        int,
        described("每次向平台取多少所学校", "schools asked for in one request", ge=10, le=500),
    ] = 500
    refresh_s: Annotated[
        int,
        described("自动刷新间隔，秒；0 表示只按 r 刷新", "seconds between refreshes; 0: only on r", ge=0, le=86400),
    ] = 120
    cache: Annotated[
        bool,
        described(
            "在本机保留上次取到的数据，平台连不上时仍可查看；文件仅本人可读",
            "keep the last answers on this machine, readable by their owner only, for when the collector is away",
        ),
    ] = True
    ascii: Annotated[
        bool,
        described(
            "只用 ASCII 字符画线和图标，供老式控制台使用",
            "draw bars and marks in ASCII only, for consoles that draw them two cells wide",
        ),
    ] = False
    theme: Annotated[
        Literal["dark", "light", "contrast"],
        described("配色：深色、浅色、高对比度", "colours"),
    ] = "dark"


class _File(Struct, frozen=True):
    """The whole file: other parts read their own sections."""

    tui: TuiSettings = TuiSettings()
    agent: Any = None
    collector: Any = None


def load(path: Path | None) -> TuiSettings:
    """The settings of a file, or the defaults; raise ``DocumentError`` with every fault, or :class:`SettingsError`."""
    if path is None:
        return TuiSettings()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("document.unreadable", source=str(path), problem=str(error)) from error
    try:
        return read(text, _File, path).value.tui
    except DocumentError as error:
        error.exit_code = ExitCode.BAD_CONFIG
        raise


def find_token(environ: Mapping[str, str], token_file: Path | None, settings: TuiSettings) -> str:
    """
    The viewer token: from ``--token-file``, else the environment, else the file named in the settings.

    Raise :class:`CredentialError` when there is none, or when it could not stand in an HTTP header.
    """
    named = token_file or (Path(environ[TOKEN_FILE_VARIABLE]) if environ.get(TOKEN_FILE_VARIABLE) else None)
    if token_file is None and environ.get(TOKEN_VARIABLE):
        token = environ[TOKEN_VARIABLE].strip()
    else:
        named = named or (Path(settings.token_file) if settings.token_file else None)
        if named is None:
            raise CredentialError("tui.fault.no_token")
        try:
            token = named.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CredentialError("document.unreadable", source=str(named), problem=str(error)) from error
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialError("tui.fault.bad_token")
    return token
