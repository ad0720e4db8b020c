"""
The last good answers, kept in files, so that the screen has something to show while the collector is away.

One folder for each pair of collector and token: what one token may see is never shown under another. The files are the
reader's own (mode 0600), can be deleted at any time, and are replaced whole.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from contract.api import Rollup, SchoolDetail, SchoolPage
from contract.wire import encode

T = TypeVar("T")
MOST_SCHOOLS = 300
"""Details kept; the ones not looked at for longest go first."""


class Cache:
    """``folder`` is made when something is kept. Errors of the disk end in "nothing kept": the collector has it all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, folder: Path, address: str, token: str) -> "Cache":
        """The cache for one collector seen through one token."""
        return cls(folder / "cache" / hashlib.sha256(f"{address}\0{token}".encode()).hexdigest()[:24])

    def pages(self) -> Iterator[SchoolPage]:
        """The schools as they were; nothing when none are kept or the file is broken half way."""
        try:
            with gzip.open(self._folder / "schools.gz", "rb") as stream:
                for line in stream:
                    yield msgspec.json.decode(line, type=SchoolPage)
        except (OSError, EOFError, zlib.error, msgspec.DecodeError):
            return

    def keep_pages(self, pages: Iterator[SchoolPage]) -> Iterator[SchoolPage]:
        """Hand the pages through, and keep them once the last has come."""
        partial = self._folder / f"schools.{os.getpid()}.part"
        stream = self._open(partial)
        try:
            for page in pages:
                if stream is not None and not _written(stream, encode(page) + b"\n"):
                    stream = None
                yield page
            if stream is not None:
                stream.close()
                partial.replace(self._folder / "schools.gz")
        except OSError:
            return
        finally:
            if stream is not None:
                stream.close()
            _drop(partial)

    def rollup(self) -> Rollup | None:
        """The sums as they were."""
        return self._read("rollup.json", Rollup)

    def keep_rollup(self, rollup: Rollup) -> None:
        """Keep the sums."""
        self._write("rollup.json", encode(rollup))

    def school(self, school_id: str) -> SchoolDetail | None:
        """One school as it was."""
        return self._read(_name(school_id), SchoolDetail)

    def keep_school(self, detail: SchoolDetail) -> None:
        """Keep one school."""
        self._write(_name(detail.row.id), encode(detail))
        kept = sorted(self._folder.glob("school-*.json"), key=_age, reverse=True)
        for path in kept[MOST_SCHOOLS:]:
            _drop(path)

    def _open(self, path: Path) -> gzip.GzipFile | None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            return gzip.open(path, "wb", compresslevel=1)
        except OSError:
            return None

    def _read(self, name: str, type_: type[T]) -> T | None:
        try:
            return msgspec.json.decode((self._folder / name).read_bytes(), type=type_)
        except (OSError, msgspec.DecodeError):
            return None

    def _write(self, name: str, body: bytes) -> None:
        partial = self._folder / f"{name}.{os.getpid()}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.touch(mode=0o600)
            partial.write_bytes(body)
            partial.replace(self._folder / name)
        except OSError:
            _drop(partial)


def _name(school_id: str) -> str:
    return f"school-{hashlib.sha256(school_id.encode()).hexdigest()[:24]}.json"


def _age(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


def _drop(path: Path) -> None:
    """Also where its folder never came to be."""
    with suppress(OSError):
        path.unlink()


def _written(stream: gzip.GzipFile, body: bytes) -> bool:
    """False when the disk is full."""
    try:
        stream.write(body)
    except OSError:
        return False
    return True
