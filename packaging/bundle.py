"""
The agent as one folder that needs no Python: built with PyInstaller, then weighed and started.

``python packaging/bundle.py [--out dist]`` leaves ``dist/campus-agent/`` and ``dist/campus-agent-<version>-<system>.tar.gz``
(``.zip`` on Windows), and fails when the archive is larger or the start slower than promised.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_BYTES = 25_000_000
"""Compressed, without the scan extra."""
MOST_START_S = 2.0
"""Processor time of ``--version``; measured 0.05 s. The rest is room for a slow machine, not for a wrong build."""


def build(out: Path) -> Path:
    """Run PyInstaller; return the folder."""
    environ = {**os.environ, "CAMPUS_ROOT": str(ROOT), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(ROOT / "hatch_build.py")], check=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    places = ["--distpath", str(out), "--workpath", str(out / "work")]
    subprocess.run(
        [*command, *places, str(ROOT / "packaging" / "pyinstaller" / "campus-agent.spec")], check=True, env=environ, cwd=ROOT
    )
    shutil.rmtree(out / "work")
    return out / "campus-agent"


def archive(folder: Path, version: str) -> Path:
    """The folder as the file that is handed out."""
    kind = "zip" if sys.platform == "win32" else "gztar"
    name = f"campus-agent-{version}-{platform.system().lower()}-{platform.machine().lower()}"
    return Path(shutil.make_archive(str(folder.parent / name), kind, folder.parent, folder.name))


def started(program: Path, *arguments: str) -> tuple[str, float]:
    """What the program prints, and the processor seconds it took (wall-clock seconds on Windows)."""
    began = _spent()
    done = subprocess.run([str(program), *arguments], check=True, capture_output=True, text=True, encoding="utf-8")
    return done.stdout, _spent() - began


def _spent() -> float:
    if sys.platform == "win32":
        return time.perf_counter()
    import resource  # noqa: PLC0415 - POSIX only

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Build, weigh, start."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    out: Path = parser.parse_args().out.absolute()
    folder = build(out)
    program = folder / ("campus-agent.exe" if sys.platform == "win32" else "campus-agent")
    said, seconds = min((started(program, "--version") for _ in range(3)), key=lambda pair: pair[1])
    packed = archive(folder, said.split()[1])
    unpacked = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{packed.name}: {packed.stat().st_size / 1e6:.1f} MB packed, {unpacked / 1e6:.1f} MB unpacked")
    print(f"{said.strip()}: {seconds * 1000:.0f} ms of processor time for --version")
    faults = []
    if packed.stat().st_size > MOST_BYTES:
        faults.append(f"more than {MOST_BYTES / 1e6:.0f} MB")
    if seconds > MOST_START_S:
        faults.append(f"more than {MOST_START_S} s to start")
    print("; ".join(faults) or "as promised")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
