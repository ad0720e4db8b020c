"""Where a server keeps what a test needs: our own speed routes, a LibreSpeed server, or plain objects over HTTP."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Of a server in the settings."""

    CAMPUS = "campus"
    """Our own speed routes: counted by the server, with a receipt."""
    LIBRESPEED = "librespeed"
    """https://github.com/librespeed/speedtest, backend folder. Uploads are counted by acknowledged bytes."""
    OBJECTS = "objects"
    """A large file on a web server or mirror; download only."""


@dataclass(frozen=True, slots=True)
class Target:
    """Paths below a server's address. None where it has no such thing."""

    down: str
    up: str | None
    ping: str
    count: str | None
    """Says what the server has received; without it an upload is counted by acknowledged bytes (Linux)."""
    repeats: bool = False
    """A transfer that ends is begun again: the object is finite."""


def of_session(name: str) -> Target:
    """Our own routes, with the permission ``name``."""
    return Target(
        f"/v1/speed/down/{name}", f"/v1/speed/up/{name}", "/v1/speed/ping", f"/v1/speed/sessions/{name}", repeats=False
    )


def of_librespeed() -> Target:
    """``garbage.php`` gives ``ckSize`` MiB, 1024 at most; ``empty.php`` takes and answers nothing."""
    return Target("/garbage.php?ckSize=1024", "/empty.php", "/empty.php", None, repeats=True)


def of_object(path: str) -> Target:
    """One file; the same file's head is the ping."""
    return Target(path or "/", None, path or "/", None, repeats=True)
