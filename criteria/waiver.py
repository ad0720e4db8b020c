"""
Waivers: dated exceptions, in a file of their own, laid over an outcome and never replacing it.

A waived criterion leaves both sides of the waived score; the true score does not change. Whether a waiver has expired is
computed when it is read, so an expired one stops everywhere at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from contract.document import DocumentError, Fault, read
from contract.outcome import Outcome
from contract.report import Identifier
from contract.school import School
from contract.score import CriterionResult, Waiver
from criteria.pack import Id, Pack, Part, Text, read_file

CHINA = timezone(timedelta(hours=8))
LONGEST = timedelta(days=366)
"""Twelve months, in a leap year."""


class WaiverEntry(Part, frozen=True):
    """One exception: these schools need not meet this criterion of this pack until ``expires``, that day included."""

    pack: Id
    criterion: Id
    schools: Annotated[list[Identifier], Meta(min_length=1)]
    reason: Text
    approved_by: Text
    approved_on: date
    expires: date

    @property
    def expires_at(self) -> datetime:
        """The end of the last day, where the schools are."""
        return datetime(self.expires.year, self.expires.month, self.expires.day, tzinfo=CHINA) + timedelta(days=1)


class WaiverFile(Part, frozen=True):
    """The whole file."""

    waivers: list[WaiverEntry]


def load_waivers(path: Path) -> list[WaiverEntry]:
    """All entries of a file; raise :class:`contract.document.DocumentError` with every fault: one bad entry refuses all."""
    return read_waivers(read_file(path), path)


def read_waivers(text: str, source: str | Path) -> list[WaiverEntry]:
    """The same, from text."""
    document = read(text, WaiverFile, source)
    faults: list[Fault] = []
    seen: dict[tuple[str, str, str], int] = {}
    for place, entry in enumerate(document.value.waivers):
        key = f"waivers[{place}]"
        problem = entry_problem(entry)
        if problem is not None:
            faults.append(document.fault(f"{key}.expires", problem))
        for school in entry.schools:
            first = seen.setdefault((entry.pack, entry.criterion, school), place)
            if first != place:
                line = document.line(f"waivers[{first}]")
                faults.append(document.fault(f"{key}.schools", "waiver.twice", school=school, line=line))
    if faults:
        raise DocumentError(str(source), faults)
    return document.value.waivers


def entry_problem(entry: WaiverEntry) -> str | None:
    """The catalogue's code of what is wrong with its days; None when nothing is."""
    if entry.expires < entry.approved_on:
        return "waiver.expires_before_approval"
    return "waiver.longer_than_a_year" if entry.expires - entry.approved_on > LONGEST else None


class WaiverState(StrEnum):
    """What a waiver is worth at a moment: computed when it is read, never stored."""

    IN_FORCE = "in_force"
    EXPIRES_SOON = "expires_soon"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    MATCHES_NOTHING = "matches_nothing"
    """No such pack, criterion or school, or the criterion is for none of its schools: somebody has mistyped."""


def state_of(
    entry: WaiverEntry, withdrawn_at: datetime | None, packs: Sequence[Pack], register: Mapping[str, School], now: datetime
) -> WaiverState:
    """The state at ``now``."""
    if withdrawn_at is not None and withdrawn_at <= now:
        return WaiverState.WITHDRAWN
    if now >= entry.expires_at:
        return WaiverState.EXPIRED
    item = next(
        (item for pack in packs if pack.id == entry.pack for item in pack.criteria if item.id == entry.criterion), None
    )
    named = [register[id_] for id_ in entry.schools if id_ in register]
    if item is None or not any(item.applies.covers(school) for school in named):
        return WaiverState.MATCHES_NOTHING
    if now.astimezone(CHINA).date() < entry.approved_on:
        return WaiverState.NOT_YET
    return WaiverState.EXPIRES_SOON if expiring([entry], now) else WaiverState.IN_FORCE


def waiver_for(
    entries: Iterable[WaiverEntry], pack_id: str, result: CriterionResult, school: School, now: datetime
) -> Waiver | None:
    """The waiver in force for an outcome that needs one. One that has not begun, or has expired, is none."""
    if result.outcome in (Outcome.MET, Outcome.NOT_APPLICABLE):
        return None
    today = now.astimezone(CHINA).date()
    for entry in entries:
        named = entry.pack == pack_id and entry.criterion == result.criterion and school.id in entry.schools
        if named and entry.approved_on <= today and now < entry.expires_at:
            return Waiver(
                criterion=entry.criterion, reason=entry.reason, approved_by=entry.approved_by, expires=entry.expires_at
            )
    return None


def expiring(entries: Sequence[WaiverEntry], now: datetime, within_days: int = 30) -> list[WaiverEntry]:
    """Those in force now that will not be in ``within_days``."""
    return [entry for entry in entries if now < entry.expires_at <= now + timedelta(days=within_days)]
