"""The wheelhouse, installed where there is no network at all; one changed byte stops it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
pytestmark = [
    pytest.mark.package,
    pytest.mark.network,
    pytest.mark.skipif(
        os.name != "posix" or os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root and unshare (util-linux)"
    ),
]


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheelhouse") / "house"
    script = str(ROOT / "packaging" / "wheelhouse.py")
    subprocess.run([sys.executable, script, "--out", str(out)], check=True, cwd=ROOT)
    return out


def install(house: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """In a network namespace without so much as a loopback that is up."""
    environ = {"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "HOME": str(target.parent)}
    command = ["unshare", "--net", "sh", str(house / "install.sh"), str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environ)


def test_it_installs_without_a_network_and_runs(wheelhouse: Path, tmp_path: Path) -> None:
    done = install(wheelhouse, tmp_path / "agent")
    assert done.returncode == 0, done.stderr
    program = str(tmp_path / "agent" / "bin" / "campus-agent")
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    assert said.startswith("campus-agent ")
    environ = {"CAMPUS_STATE": str(tmp_path / "state"), "PATH": "/usr/bin:/bin", "CAMPUS_LANG": "en"}
    run = ["unshare", "--net", program, "run", "--no-deliver", "--only", "host"]
    ended = subprocess.run(run, check=False, capture_output=True, text=True, cwd=tmp_path, env=environ)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("victim", ["campus_audit-", "psutil-"])
def test_a_changed_wheel_is_refused_and_nothing_is_left(wheelhouse: Path, tmp_path: Path, victim: str) -> None:
    house = tmp_path / "house"
    shutil.copytree(wheelhouse, house)
    [wheel] = house.glob(f"{victim}*.whl")
    raw = bytearray(wheel.read_bytes())
    raw[len(raw) // 2] ^= 1
    wheel.write_bytes(raw)
    done = install(house, tmp_path / "agent")
    assert done.returncode == 65
    assert "HASHES" in done.stderr.upper()
    assert not (tmp_path / "agent").exists()


def test_a_missing_wheel_is_refused(wheelhouse: Path, tmp_path: Path) -> None:
    house = tmp_path / "house"
    shutil.copytree(wheelhouse, house)
    next(house.glob("msgspec-*.whl")).unlink()
    assert install(house, tmp_path / "agent").returncode == 65
