"""
Reports that wait for the collector: one file each, on disk before the first try, gone only after the collector's receipt.

``spool/<sequence>_<day>_<report id>.json.gz`` is the body exactly as it is posted, so that a retry is the same bytes. A name
with ``.trimmed`` has lost its evidence to make room. ``spool/parked/`` holds what the collector refused for good, each with
a ``.reason.json`` beside it. Order is the sequence number's, never a clock's.

Every step leaves a state that :meth:`Spool.open` can go on from, whenever the process is killed.
"""

import gzip
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from agent import durable
from agent.config import SpoolSettings
from agent.errors import StateError
from contract.message import Param
from contract.reason import ReasonCode, because
from contract.report import AwareTime, CheckRun, Report, SpoolState
from contract.wire import WireError, decode, encode

_NAME = re.compile(r"^(?P<sequence>\d{10,})_(?P<day>\d{8})_(?P<id>[0-9a-f-]{36})(?P<trimmed>\.trimmed)?\.json\.gz$")
_BODY = ".json.gz"
_REASON = ".reason.json"
_LEDGER = "ledger.json"
MEGABYTE = 1_000_000


class ParkReason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why the collector refused a report: its problem document, shortened."""

    status: int
    at: AwareTime
    code: str = ""
    title: str = ""
    field: str | None = None
    params: dict[str, Param] = {}


class Ledger(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was given up since the first run. ``dropping`` are names counted already, whose files may still be there."""

    dropped: int = 0
    trimmed: int = 0
    dropping: list[str] = []


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A report in the spool. ``day`` is the day of its run, as ``20260131``."""

    sequence: int
    report_id: str
    day: str
    trimmed: bool
    size: int
    path: Path


class Spool:
    """The folder and its bounds. Looking is free; whoever changes it holds the run lock."""

    def __init__(self, folder: Path, limits: SpoolSettings) -> None:
        self.folder = folder
        self.parked_folder = folder / "parked"
        self._limits = limits

    def open(self) -> None:
        """Make the folders, and finish what a killed process had begun."""
        durable.make_folder(self.folder)
        durable.make_folder(self.parked_folder)
        for folder in (self.folder, self.parked_folder):
            durable.sweep_parts(folder)
            self._finish_trimming(folder)
        ledger = self.ledger()
        if ledger.dropping:
            self._drop_named(ledger)
        bodies = {path.name for path in self.parked_folder.glob(f"*{_BODY}")}
        for reason in self.parked_folder.glob(f"*{_REASON}"):
            if reason.name.removesuffix(_REASON) + _BODY not in bodies:
                durable.remove(reason)
        self._make_room()

    def add(self, report: Report) -> Entry:
        """Write the report, then make room by the rules of :meth:`_make_room`. It is safe once this returns."""
        raw = pack(report)
        path = self.folder / name_of(report)
        durable.write(path, raw)
        self._make_room()
        return Entry(report.sequence, str(report.report_id), f"{report.started_at:%Y%m%d}", False, len(raw), path)

    def waiting(self) -> list[Entry]:
        """Reports to deliver, oldest first."""
        return entries(self.folder)

    def parked(self) -> list[tuple[Entry, ParkReason | None]]:
        """Reports refused for good, oldest first, with the reason."""
        found = []
        for entry in entries(self.parked_folder):
            raw = durable.read(_reason_path(entry))
            try:
                found.append((entry, None if raw is None else decode(raw, ParkReason)))
            except WireError:  # the report counts, whatever became of the note beside it
                found.append((entry, None))
        return found

    def body(self, entry: Entry) -> bytes:
        """The gzip body to post."""
        raw = durable.read(entry.path)
        if raw is None:
            raise StateError("agent.state.damaged", path=str(entry.path))
        return raw

    def delivered(self, entry: Entry) -> None:
        """The collector has it: forget it."""
        durable.remove(entry.path)

    def park(self, entry: Entry, reason: ParkReason) -> None:
        """Lay a refused report aside. The reason is written first, so that no report lies there without one."""
        target = self.parked_folder / entry.path.name
        durable.write(target.with_name(entry.path.name.removesuffix(_BODY) + _REASON), encode(reason))
        durable.move(entry.path, target)

    def requeue(self, statuses: Iterable[int] | None = None) -> int:
        """Parked reports (those refused with one of ``statuses``, or all) wait again; return how many."""
        wanted = None if statuses is None else set(statuses)
        moved = 0
        for entry, reason in self.parked():
            if wanted is None or (reason is not None and reason.status in wanted):
                durable.move(entry.path, self.folder / entry.path.name)
                durable.remove(_reason_path(entry))
                moved += 1
        return moved

    def readdress(self, school_id: str, agent_id: str) -> int:
        """
        Waiting reports of this school become those of the agent that this machine is now; return how many.

        A collector refuses a report of another agent than its sender. What was measured for another school stays as it is.
        """
        changed = 0
        for entry in self.waiting():
            try:
                report = unpack(self.body(entry))
            except WireError:
                continue  # the collector will say what is wrong with it
            if report.school_id == school_id and report.agent_id != agent_id:
                durable.write(entry.path, pack(replace(report, agent_id=agent_id)))
                changed += 1
        return changed

    def ledger(self) -> Ledger:
        """What was given up so far."""
        path = self.folder / _LEDGER
        raw = durable.read(path)
        try:
            return Ledger() if raw is None else decode(raw, Ledger)
        except WireError as error:
            raise StateError("agent.state.damaged", path=str(path)) from error

    def state(self) -> SpoolState:
        """The figures that go into the next report."""
        return SpoolState(
            waiting=len(self.waiting()), parked=len(entries(self.parked_folder)), dropped=self.ledger().dropped
        )

    def _make_room(self) -> None:
        """
        Keep the three bounds. Evidence goes before any report does; parked reports go before waiting ones, old before new.

        The newest report always stays. Days are days with a run: a clock that jumps three years ahead is one day further.
        """
        waiting, parked = self.waiting(), entries(self.parked_folder)
        order = parked + waiting
        over_age = set(_older_than(order, self._limits.max_days))
        doomed = [entry for entry in order if entry in over_age and entry is not order[-1]]
        kept = [entry for entry in order if entry not in doomed]
        surplus = len(kept) - self._limits.max_files
        if surplus > 0:
            doomed += kept[:surplus]
            kept = kept[surplus:]
        limit = self._limits.max_megabytes * MEGABYTE
        for place, entry in enumerate(kept):
            if sum(item.size for item in kept) <= limit:
                break
            if not entry.trimmed:
                kept[place] = self._trim(entry)
        while len(kept) > 1 and sum(item.size for item in kept) > limit:
            doomed.append(kept.pop(0))
        self._drop(doomed)

    def _trim(self, entry: Entry) -> Entry:
        """Rewrite a report without its evidence; each run that had some says so."""
        try:
            report = unpack(self.body(entry))
        except WireError:
            return entry  # not ours to judge: the collector will say what is wrong with it
        raw = pack(replace(report, runs=[_without_evidence(run) for run in report.runs]))
        path = entry.path.with_name(entry.path.name.removesuffix(_BODY) + ".trimmed" + _BODY)
        reason = durable.read(_reason_path(entry))
        if reason is not None:
            durable.write(path.with_name(path.name.removesuffix(_BODY) + _REASON), reason)
        ledger = self.ledger()
        durable.write(self.folder / _LEDGER, encode(replace(ledger, trimmed=ledger.trimmed + 1)))
        durable.write(path, raw)
        durable.remove(entry.path)
        if reason is not None:
            durable.remove(_reason_path(entry))
        return Entry(entry.sequence, entry.report_id, entry.day, True, len(raw), path)

    def _finish_trimming(self, folder: Path) -> None:
        for entry in _listed(folder):
            if entry.trimmed:
                durable.remove(entry.path.with_name(entry.path.name.replace(".trimmed", "")))

    def _drop(self, doomed: Sequence[Entry]) -> None:
        """Count first, with the names, in one durable step; then delete: a kill in between never counts twice."""
        if not doomed:
            return
        ledger = self.ledger()
        names = [str(entry.path.relative_to(self.folder)) for entry in doomed]
        counted = replace(ledger, dropped=ledger.dropped + len(names), dropping=names)
        durable.write(self.folder / _LEDGER, encode(counted))
        self._drop_named(counted)

    def _drop_named(self, ledger: Ledger) -> None:
        for name in ledger.dropping:
            path = self.folder / name
            durable.remove(path)
            durable.remove(path.with_name(path.name.removesuffix(_BODY) + _REASON))
        durable.write(self.folder / _LEDGER, encode(replace(ledger, dropping=[])))


def name_of(report: Report) -> str:
    """File name of a report: sorts by sequence."""
    return f"{report.sequence:010d}_{report.started_at:%Y%m%d}_{report.report_id}{_BODY}"


def pack(report: Report) -> bytes:
    """Canonical JSON, gzipped without a time stamp: equal reports give equal bytes."""
    return gzip.compress(encode(report), compresslevel=6, mtime=0)


def unpack(raw: bytes) -> Report:
    """The report in a spooled body; :class:`WireError` when it is none."""
    try:
        return decode(gzip.decompress(raw), Report)
    except (OSError, EOFError) as error:
        raise WireError("wire.not_json", field="$", problem="gzip") from error


def entries(folder: Path) -> list[Entry]:
    """Reports in a folder, oldest first; of one that is there whole and trimmed, the trimmed one."""
    found = {entry.report_id: entry for entry in sorted(_listed(folder), key=lambda entry: entry.trimmed)}
    return sorted(found.values())


def _listed(folder: Path) -> list[Entry]:
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        parts = _NAME.match(path.name)
        if parts:
            try:
                size = path.stat().st_size
            except FileNotFoundError:  # delivered by the holder of the lock while we look
                continue
            found.append(Entry(int(parts["sequence"]), parts["id"], parts["day"], bool(parts["trimmed"]), size, path))
    return found


def _older_than(found: Sequence[Entry], days: int) -> list[Entry]:
    """Entries with more than ``days`` distinct days from theirs to the newest one."""
    newest_first = sorted(found, reverse=True)
    seen: set[str] = set()
    old = []
    for entry in newest_first:
        seen.add(entry.day)
        if len(seen) > days:
            old.append(entry)
    return old


def _without_evidence(run: CheckRun) -> CheckRun:
    if not run.evidence:
        return run
    size = len(encode(run.evidence))
    return replace(
        run, evidence={"left_out_bytes": size}, reason=run.reason or because(ReasonCode.EVIDENCE_TOO_LARGE, bytes=size)
    )


def _reason_path(entry: Entry) -> Path:
    return entry.path.with_name(entry.path.name.removesuffix(_BODY) + _REASON)
