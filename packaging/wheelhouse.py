"""
A wheelhouse: one folder with every wheel an agent needs, each locked by its hash, installed without a network.

``python packaging/wheelhouse.py --out dist/wheelhouse`` asks the configured package index once, for the pinned versions of
``constraints.txt`` that this Python and platform need. The folder then holds the
wheels, ``requirements.lock``, ``install.sh`` and ``install.ps1``.
"""

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = "requirements.lock"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")


def needed(name: str, seen: set[str]) -> set[str]:
    """Everything that installing ``name`` without extras pulls in on this machine."""
    for line in requires(name) or []:
        wanted = Requirement(line)
        key = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if key not in seen and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            seen.add(key)
            needed(wanted.name, seen)
    return seen


def pins(constraints: str, names: set[str]) -> str:
    """The blocks of a constraints file, hashes included, of ``names``."""
    blocks = re.split(r"^(?=\S)", constraints, flags=re.MULTILINE)
    return "".join(block for block in blocks if block.partition("==")[0] in names)


def build(out: Path, *, cached: Path | None = None) -> None:
    """Fill ``out``. With ``cached``, wheels come from that folder and nothing is asked of any index."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    locked = pins((ROOT / "constraints.txt").read_text(), needed("campus-audit", set()))
    lock = out / LOCK
    lock.write_text(locked)
    source = ["--no-index", "--find-links", str(cached)] if cached else []
    command = [*PIP, "download", "--require-hashes", "--only-binary", ":all:", "--dest", str(out), *source, "-r", str(lock)]
    subprocess.run(command, check=True)
    own = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out), str(ROOT)]
    subprocess.run(own, check=True)
    [wheel] = out.glob("campus_audit-*.whl")
    version = wheel.name.split("-")[1]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"{locked}campus-audit=={version} \\\n    --hash=sha256:{digest}\n")
    for name in ("install.sh", "install.ps1"):
        shutil.copy(ROOT / "packaging" / "wheelhouse" / name, out / name)
    (out / "install.sh").chmod(0o755)


def main() -> int:
    """Build and weigh."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist/wheelhouse")
    parser.add_argument("--cached", type=Path, help="take the wheels from this folder")
    args = parser.parse_args()
    build(args.out.absolute(), cached=args.cached)
    wheels = list(args.out.glob("*.whl"))
    print(f"{args.out}: {len(wheels)} wheels, {sum(path.stat().st_size for path in wheels) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
