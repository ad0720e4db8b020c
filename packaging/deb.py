"""
The Debian package: the bundle below ``/usr/lib``, units of systemd, nothing else.

``python packaging/deb.py --bundle dist/campus-agent --out dist`` needs dpkg-deb. It depends on the C library only, so that
it installs on Debian, UOS, Kylin and deepin alike; its units are those of ``campus-agent schedule install``.
"""

import argparse
import gzip
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from agent import cli
from agent.schedule import systemd
from agent.schedule.plan import Plan, clock_times

ROOT = Path(__file__).parents[1]
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "loongarch64": "loong64"}
PROGRAM = "/usr/lib/campus-audit/campus-agent"
"""Not below ``/opt``: no package of Debian owns that folder, so dpkg would delete it with the last thing in it."""
CONTROL = """\
Package: campus-agent
Version: {version}
Architecture: {architecture}
Maintainer: campus-audit <maintainers@campus-audit.invalid>
Installed-Size: {kilobytes}
Depends: libc6 (>= {libc})
Recommends: ca-certificates
Section: net
Priority: optional
Description: audits a school's network against the digital campus criteria
 Measures this machine and its network a few times a day and brings a report to the county's collector.
 .
 校园网络与数字校园检测终端：每天定时检测，把报告送到县区平台。
"""
COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Files: *
Copyright: the campus-audit authors
License: Apache-2.0
 On Debian systems, see /usr/share/common-licenses/Apache-2.0.
"""


def build(bundle: Path, out: Path, version: str) -> Path:
    """Lay the tree out and pack it; return the file."""
    architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(bundle, tree / "usr/lib/campus-audit", symlinks=True)
        link = tree / "usr/bin/campus-agent"
        link.parent.mkdir(parents=True)
        link.symlink_to(PROGRAM)
        units = tree / "lib/systemd/system"
        units.mkdir(parents=True)
        plan = Plan((PROGRAM,), clock_times(cli.TIMES), cli.SPLAY, system=True, environment={})
        (units / systemd.SERVICE).write_text(systemd.service(plan, dynamic=True))
        (units / systemd.TIMER).write_text(systemd.timer(plan))
        _document(tree / "usr/share/doc/campus-agent", version)
        size = sum(path.lstat().st_size for path in tree.rglob("*")) // 1024
        meta = tree / "DEBIAN"
        meta.mkdir()
        facts = {"version": version, "architecture": architecture, "kilobytes": size, "libc": _libc()}
        (meta / "control").write_text(CONTROL.format(**facts), encoding="utf-8")
        for name in ("postinst", "prerm", "postrm"):
            shutil.copy(ROOT / "packaging" / "deb" / name, meta / name)
            (meta / name).chmod(0o755)
        _readable(tree)
        out.mkdir(parents=True, exist_ok=True)
        target = out / f"campus-agent_{version}_{architecture}.deb"
        command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(target)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return target


def _document(folder: Path, version: str) -> None:
    folder.mkdir(parents=True)
    (folder / "copyright").write_text(COPYRIGHT)
    shutil.copy(ROOT / "config.example.yaml", folder / "config.example.yaml")
    entry = f"campus-agent ({version}) stable; urgency=low\n\n  * See CHANGELOG.md in the sources.\n\n -- campus-audit\n"
    (folder / "changelog.gz").write_bytes(gzip.compress(entry.encode(), mtime=0))


def _readable(tree: Path) -> None:
    """Whatever the umask of the builder was: all may read, and start what the owner may start."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _libc() -> str:
    """The C library that the bundle was built on: an older one does not do."""
    return os.confstr("CS_GNU_LIBC_VERSION").rpartition(" ")[2]  # type: ignore[union-attr] # glibc always says


def main() -> int:
    """Build the package from a bundle."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=ROOT / "dist/campus-agent")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--version", help="as the bundle says, unless given")
    args = parser.parse_args()
    said = subprocess.run([args.bundle / "campus-agent", "--version"], check=True, capture_output=True, text=True).stdout
    target = build(args.bundle, args.out, args.version or said.split()[1])
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
