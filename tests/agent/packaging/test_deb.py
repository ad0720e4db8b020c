"""The Debian package in a clean root: installed, run, upgraded, purged, and nothing left of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
pytestmark = [
    pytest.mark.package,
    pytest.mark.skipif(
        os.name != "posix" or os.geteuid() != 0 or not all(map(shutil.which, ("debootstrap", "dpkg-deb", "unshare"))),
        reason="needs root, debootstrap, dpkg-deb and unshare (Debian: debootstrap, dpkg, util-linux)",
    ),
]
OWN_BOOKS = (
    "var/lib/dpkg",
    "var/log",
    "var/cache",
    "proc",
    "sys",
    "dev",
    "run",
    "tmp",
    "var/lib/systemd/deb-systemd-helper",
)
"""dpkg's and the system's own records, which every package leaves a line in."""


def script(name: str, *arguments: str) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(ROOT / "packaging" / name), *arguments], check=True, env=environ, cwd=ROOT)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The package, and its next version."""
    out = tmp_path_factory.mktemp("dist")
    script("bundle.py", "--out", str(out))
    for version in ("0.1.0", "0.1.1"):
        script("deb.py", "--bundle", str(out / "campus-agent"), "--out", str(out), "--version", version)
    first, second = sorted(out.glob("*.deb"))
    return first, second


@pytest.fixture(scope="session")
def clean_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh Debian; ``CAMPUS_DEBIAN_ROOT`` names one that is there already."""
    named = os.environ.get("CAMPUS_DEBIAN_ROOT")
    if named:
        return Path(named)
    root = tmp_path_factory.mktemp("debian")
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", str(root)], check=True, stdout=subprocess.DEVNULL)
    return root


def test_it_installs_runs_upgrades_and_leaves_nothing(packages: tuple[Path, Path], clean_root: Path, tmp_path: Path) -> None:
    """The root is the lower layer of an overlay, so that the upper one is the difference, file by file."""
    upper, work, merged = (tmp_path / name for name in ("upper", "work", "merged"))
    for folder in (upper, work, merged):
        folder.mkdir()
    first, second = packages
    steps = f"""
    mount -t tmpfs none {tmp_path}/mnt
    mkdir {tmp_path}/mnt/upper {tmp_path}/mnt/work
    mount -t overlay overlay -o lowerdir={clean_root},upperdir={tmp_path}/mnt/upper,workdir={tmp_path}/mnt/work {merged}
    mount -t proc proc {merged}/proc
    cp {first} {second} {merged}/tmp/
    in="chroot {merged} env CAMPUS_LANG=en LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin"
    $in dpkg -i /tmp/{first.name}
    $in campus-agent --version
    $in test -f /lib/systemd/system/campus-agent.timer
    $in campus-agent run --no-deliver --only host,wired
    $in test -d /var/lib/campus-audit/history
    $in campus-agent doctor || test $? = 77
    $in dpkg -i /tmp/{second.name}
    $in dpkg-query -W -f '${{Version}}' campus-agent | grep -x 0.1.1
    $in test -d /var/lib/campus-audit/history
    $in campus-agent preview --pack nonsense || test $? -ne 1
    $in dpkg --purge campus-agent
    umount {merged}/proc
    cd {tmp_path}/mnt/upper
    find . -mindepth 1 ! -type d -o -type c | sort > {tmp_path}/difference
    """
    (tmp_path / "mnt").mkdir()
    done = subprocess.run(["unshare", "--mount", "sh", "-exc", steps], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "campus-agent 0.1.0" in done.stdout
    left = [line.removeprefix("./") for line in (tmp_path / "difference").read_text().splitlines()]
    assert [path for path in left if not path.startswith(OWN_BOOKS)] == []
