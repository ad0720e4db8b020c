"""The packs a collector scores under: the usual one, and those its configuration names, by id or by file."""

from collections.abc import Sequence
from pathlib import Path

from checks.registry import catalogue
from collector.errors import NotFoundError, SettingsError
from criteria import pack as packs
from criteria.lint import load_checked
from criteria.pack import Pack

WINDOW_DAYS = 400
"""For a criterion that sets no window of its own, and the most that is read for any."""


def files(extra: Sequence[str]) -> list[Path]:
    """Files of the packs in use, the usual one first. Raises :class:`SettingsError` for a name that is not there."""
    shipped = {path.stem: path for path in packs.shipped()}
    found = [shipped[packs.USUAL]]
    for name in extra:
        path = shipped.get(name) or Path(name).expanduser()
        if path.is_dir():
            found += sorted(path.glob("*.yaml"))
        elif path.is_file():
            found.append(path)
        else:
            raise SettingsError("collector.pack.no_file", path=str(path))
    return found


def load_all(extra: Sequence[str]) -> list[Pack]:
    """
    All packs; of two with one id the later wins, so that a county can mend a shipped pack.

    A pack of the county's own is linted first: :class:`contract.document.DocumentError` with every fault in it.
    """
    own = set(packs.shipped())
    by_id: dict[str, Pack] = {}
    for path in files(extra):
        pack = packs.load(path) if path in own else load_checked(path, catalogue())
        by_id[pack.id] = pack
    return list(by_id.values())


def chosen(loaded: Sequence[Pack], pack_id: str | None) -> Pack:
    """The pack of an id, or the first. Raises :class:`NotFoundError`."""
    for pack in loaded:
        if pack_id in (None, pack.id):
            return pack
    raise NotFoundError("collector.pack.unknown", pack=pack_id or "", known=", ".join(pack.id for pack in loaded))


def measures(loaded: Sequence[Pack]) -> list[str]:
    """Names of every measure that some criterion asks for."""
    return sorted({item.measure.name for pack in loaded for item in pack.criteria if item.measure is not None})


def window_days(loaded: Sequence[Pack]) -> int:
    """The longest time back that any criterion looks, in days."""
    wanted = [
        item.measure.window_days or item.measure.max_age_days or WINDOW_DAYS
        for pack in loaded
        for item in pack.criteria
        if item.measure is not None
    ]
    return min(WINDOW_DAYS, max(wanted, default=1))
