"""Where files lie on each system. The only module that knows; nothing here touches the disk."""

from collections.abc import Mapping
from pathlib import Path

APP = "campus-audit"


def config_candidates(environ: Mapping[str, str], platform: str, home: Path) -> list[Path]:
    """
    Configuration files in the order in which they are tried.

    ``CAMPUS_CONFIG`` names one outright. ``platform`` is :data:`sys.platform`.
    """
    if environ.get("CAMPUS_CONFIG"):
        return [Path(environ["CAMPUS_CONFIG"])]
    if platform == "win32":
        return [
            Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / APP / "config.yaml",
            Path(environ.get("PROGRAMDATA") or "C:/ProgramData") / APP / "config.yaml",
        ]
    return [
        Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / APP / "config.yaml",
        Path("/etc") / APP / "config.yaml",
    ]


def state_folder(environ: Mapping[str, str], platform: str, home: Path, *, system: bool) -> Path:
    """
    Folder for what must survive a run: credentials, spool, database.

    ``CAMPUS_STATE`` names one outright; systemd's ``STATE_DIRECTORY`` comes next. ``system`` is true for a service account
    or root.
    """
    for name in ("CAMPUS_STATE", "STATE_DIRECTORY"):
        if environ.get(name):
            return Path(environ[name].split(":")[0])
    if platform == "win32":
        if system:
            return Path(environ.get("PROGRAMDATA") or "C:/ProgramData") / APP
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / APP
    if system:
        return Path("/var/lib") / APP
    return Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / APP
