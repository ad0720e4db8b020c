"""CSV: a row for each school and criterion, in words, for spreadsheets."""

import csv
import io
from collections.abc import Iterator
from datetime import tzinfo

from collector.export.rows import Export, stamp
from contract.school import School
from contract.score import CriterionResult, Scorecard
from locales.scorecard import threshold_text, value_text
from locales.texts import Texts

COLUMNS = (
    "school_id",
    "name",
    "county",
    "kind",
    "pack",
    "pack_version",
    "verdict",
    "score",
    "floor",
    "ceiling",
    "coverage",
    "criterion",
    "title",
    "clause",
    "outcome",
    "value",
    "threshold",
    "reason",
    "samples",
    "measured_at",
    "provenance",
    "reports",
    "weight",
    "required",
    "gain",
    "waiver",
    "scored_at",
    "scoring_digest",
)
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(export: Export, texts: Texts, zone: tzinfo) -> bytes:
    """
    UTF-8 with its mark, without which Excel takes it for GBK; lines end with CR LF (RFC 4180).

    A text that a spreadsheet would run as a formula gets an apostrophe in front: names come from files that others wrote.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([texts(f"collector.export.column.{name}") for name in COLUMNS])
    for entry in export.schools:
        for card in entry.scorecards:
            for result in card.results:
                writer.writerow([harmless(cell) for cell in _cells(entry.school, card, result, texts, zone)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def harmless(cell: str) -> str:
    """``cell`` so that no spreadsheet computes it. A plain negative number stays a number."""
    if not cell.startswith(_DANGEROUS) or _is_number(cell):
        return cell
    return "'" + cell


def _is_number(cell: str) -> bool:
    digits = cell.removeprefix("-")
    return digits.replace(".", "", 1).isdigit() and digits.isascii()


def _cells(school: School, card: Scorecard, result: CriterionResult, texts: Texts, zone: tzinfo) -> Iterator[str]:
    yield from (school.id, school.name, school.county, school.kind.value)
    yield from (card.pack, card.pack_version, texts(f"verdict.{card.verdict.value}"))
    yield from (_number(figure) for figure in (card.score, card.floor, card.ceiling, card.coverage))
    yield from (result.criterion, texts.pick(result.title), result.clause, texts(f"outcome.{result.outcome.value}"))
    yield from (value_text(result, texts), threshold_text(result, texts), texts.say(result.reason), str(result.samples))
    yield "" if result.measured_at is None else stamp(result.measured_at.astimezone(zone))
    yield "" if result.provenance is None else texts(f"provenance.{result.provenance.value}")
    yield " ".join(result.report_ids)
    yield from (str(result.weight), texts("common.yes" if result.required else "common.no"), _number(result.gain))
    yield "" if result.waiver is None else f"{result.waiver.reason} ({stamp(result.waiver.expires.astimezone(zone))})"
    yield from (stamp(card.scored_at.astimezone(zone)), card.scoring_digest)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
