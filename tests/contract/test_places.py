"""Where files lie."""

from pathlib import Path

import pytest

from contract.places import config_candidates, state_folder

HOME = Path("/home/x")


@pytest.mark.parametrize(
    ("environ", "platform", "first"),
    [
        ({"CAMPUS_CONFIG": "/tmp/c.yaml"}, "linux", Path("/tmp/c.yaml")),
        ({}, "linux", HOME / ".config/campus-audit/config.yaml"),
        ({"XDG_CONFIG_HOME": "/cfg"}, "linux", Path("/cfg/campus-audit/config.yaml")),
        ({"APPDATA": "/roam"}, "win32", Path("/roam/campus-audit/config.yaml")),
    ],
)
def test_the_first_place_for_a_configuration(environ: dict[str, str], platform: str, first: Path) -> None:
    assert config_candidates(environ, platform, HOME)[0] == first


@pytest.mark.parametrize(
    ("environ", "platform", "system", "folder"),
    [
        ({"CAMPUS_STATE": "/s"}, "linux", True, Path("/s")),
        ({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}, "linux", True, Path("/var/lib/a")),
        ({}, "linux", True, Path("/var/lib/campus-audit")),
        ({}, "linux", False, HOME / ".local/state/campus-audit"),
        ({"PROGRAMDATA": "/pd"}, "win32", True, Path("/pd/campus-audit")),
        ({"LOCALAPPDATA": "/lad"}, "win32", False, Path("/lad/campus-audit")),
    ],
)
def test_the_folder_for_state(environ: dict[str, str], platform: str, system: bool, folder: Path) -> None:
    assert state_folder(environ, platform, HOME, system=system) == folder
