"""The latest reports of this machine, kept for the local preview whether delivered or not. Bounded; old ones go first."""

from pathlib import Path

from agent import durable
from agent.spool import entries, name_of, pack, unpack
from contract.report import Report
from contract.wire import WireError

FOLDER = "history"


def keep(state: Path, report: Report, files: int) -> None:
    """Add a report; leave the newest ``files``."""
    folder = state / FOLDER
    durable.make_folder(folder)
    durable.sweep_parts(folder)
    durable.write(folder / name_of(report), pack(report))
    for entry in entries(folder)[:-files]:
        durable.remove(entry.path)


def reports(state: Path) -> list[Report]:
    """What is kept, oldest first. A file that is no report any more is passed over: the others still tell."""
    found = []
    for entry in entries(state / FOLDER):
        raw = durable.read(entry.path)
        if raw is None:
            continue
        try:
            found.append(unpack(raw))
        except WireError:
            continue
    return found
