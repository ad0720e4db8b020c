"""
Files that are whole or absent, whenever the power goes: written beside their place, flushed, renamed, the folder flushed.

Everything the agent keeps is readable by its own account only: reports hold addresses of a school's machines.
"""

import contextlib
import os
from pathlib import Path

from agent.errors import StateError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
SHARED_FILE = 0o644
"""For what a scheduler of the system reads."""
PART = ".part"


def make_folder(folder: Path) -> None:
    """Create ``folder`` with its parents, for this account only; leave an existing one as it is."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not folder.is_dir():
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            owner = _owner_for_root(folder.parent)
            if owner is not None:
                os.chown(folder, *owner)
    except OSError as error:
        raise StateError("agent.state.unwritable", path=str(folder), problem=_why(error)) from error


def make_shared_folder(folder: Path) -> None:
    """Create ``folder`` with its parents, for all to look into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError("agent.state.unwritable", path=str(folder), problem=_why(error)) from error


def write(path: Path, data: bytes, *, mode: int = PRIVATE_FILE) -> None:
    """
    Put ``data`` at ``path`` in one step; raise :class:`StateError` when the disk refuses.

    The file has its mode from its first moment: it is opened with it, so no later chmod comes into it. It belongs to the
    folder's owner, also when root writes into the folder of a service's account, which could not go on otherwise.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "wb") as stream:
                give_away(stream.fileno(), path.parent)
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        flush_folder(path.parent)
    except OSError as error:
        raise StateError("agent.state.unwritable", path=str(path), problem=_why(error)) from error


def writable(folder: Path) -> bool:
    """True when this account may make files in ``folder``; false on a disk that is mounted read-only. Makes none."""
    try:
        return os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False


def read(path: Path) -> bytes | None:
    """What the file holds, None when there is none; raise :class:`StateError` when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError("agent.state.unreadable", path=str(path), problem=_why(error)) from error


def move(source: Path, target: Path) -> None:
    """Rename within one file system, and flush both folders."""
    try:
        source.replace(target)
        flush_folder(target.parent)
        if source.parent != target.parent:
            flush_folder(source.parent)
    except OSError as error:
        raise StateError("agent.state.unwritable", path=str(target), problem=_why(error)) from error


def remove(path: Path) -> None:
    """Delete a file for good; nothing happens when it is gone already."""
    try:
        path.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        raise StateError("agent.state.unwritable", path=str(path), problem=_why(error)) from error


def sweep_parts(folder: Path) -> None:
    """Remove what a killed writer left unfinished. Only for the holder of the run lock."""
    for part in folder.glob(f".*{PART}"):
        remove(part)


def give_away(handle: int, folder: Path) -> None:
    """Give an open file of root's to the owner of ``folder``."""
    owner = _owner_for_root(folder)
    if owner is not None:
        os.fchown(handle, *owner)


def flush_folder(folder: Path) -> None:
    """Make a rename in ``folder`` last through a power cut. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _owner_for_root(folder: Path) -> tuple[int, int] | None:
    """User and group that own ``folder``, when root is about to write into what is not root's."""
    if os.name == "nt" or os.geteuid() != 0:
        return None
    found = folder.stat()
    return (found.st_uid, found.st_gid) if found.st_uid != 0 else None


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
