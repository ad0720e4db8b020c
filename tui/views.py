"""Filter, order and columns under a name: those that come along, and the reader's own, kept in a file."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from tui.errors import KeepingError
from tui.schools import Sort

MOST = 40
_FILE = "views.json"


class View(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is a catalogue code for a view that comes along (``built_in``), else the reader's own text."""

    name: str
    filter: str
    sorts: list[Sort]
    columns: list[str] | None = None
    built_in: bool = False


WORST = [Sort("verdict")]
BUILT_IN = (
    View(name="tui.views.all", filter="", sorts=WORST, built_in=True),
    View(name="tui.views.falls_short", filter="verdict:falls_short", sorts=WORST, built_in=True),
    View(name="tui.views.silent", filter="silent>7d", sorts=[Sort("age")], built_in=True),
    View(name="tui.views.bandwidth", filter="download<100", sorts=[Sort("download")], built_in=True),
    View(name="tui.views.ipv6", filter="ipv6<5", sorts=[Sort("ipv6"), Sort("name")], built_in=True),
    View(name="tui.views.undecided", filter="verdict:undecided", sorts=[Sort("coverage")], built_in=True),
)


class Views:
    """The reader's own views in ``folder``; None keeps them for as long as the program runs."""

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / _FILE
        self._own = _read(self._path)

    @property
    def all(self) -> Sequence[View]:
        """Those that come along first."""
        return (*BUILT_IN, *self._own)

    def add(self, view: View) -> None:
        """Keep a view; one of the same name is replaced. Raise :class:`KeepingError` when it cannot be written."""
        self._own = [*[own for own in self._own if own.name != view.name], view][-MOST:]
        self._write()

    def remove(self, name: str) -> None:
        """Forget a view of the reader's own."""
        self._own = [own for own in self._own if own.name != name]
        self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial = self._path.with_suffix(".part")
            partial.write_bytes(msgspec.json.format(msgspec.json.encode(self._own), indent=1))
            partial.replace(self._path)
        except OSError as error:
            raise KeepingError("tui.views.not_kept", problem=str(error)) from error


def _read(path: Path | None) -> list[View]:
    """What was kept. A file that cannot be read as views counts as none: it is the reader's convenience, not evidence."""
    if path is None or not path.is_file():
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[View])
    except (OSError, msgspec.DecodeError):
        return []
