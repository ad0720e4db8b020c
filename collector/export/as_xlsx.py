"""XLSX: a county as a workbook with real numbers and dates, filters, a sheet of evidence and one that explains the words."""

import io
from datetime import datetime, tzinfo
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from collector.export.rows import Entry, Export
from contract.outcome import Outcome
from contract.score import CriterionResult, Scorecard
from locales.scorecard import threshold_text, value_text
from locales.texts import Texts

_WIDEST = 60
_SCHOOLS = ("school_id", "name", "county", "kind", "pack", "verdict", "score", "floor", "ceiling", "coverage", "waived")
_RESULTS = (
    *("school_id", "name", "pack", "criterion", "heading", "clause", "quote", "outcome", "number", "value", "threshold"),
    *("reason", "samples", "measured_at", "provenance", "weight", "required", "gain", "waiver", "fix"),
)
_EVIDENCE = ("school_id", "criterion", "kind", "reference", "measured_at", "note")


def as_xlsx(export: Export, texts: Texts, zone: tzinfo) -> bytes:
    """
    The workbook. The same input gives the same bytes: its time is the export's, and the parts of the archive have none.

    No text is ever a formula or a link, whatever it begins with: names come from files that others wrote.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    made = export.made_at.astimezone(zone).replace(tzinfo=None)
    book.set_properties({"title": texts("export.xlsx.title"), "author": export.software, "created": made})
    sheets = _Sheets(book, texts, zone)
    cards = [(entry, card) for entry in export.schools for card in entry.scorecards]
    results = [(entry, card, result) for entry, card in cards for result in card.results]
    sheets.fill("schools", _SCHOOLS, [sheets.school(entry, card) for entry, card in cards])
    sheets.fill("results", _RESULTS, [sheets.result(entry, card, result) for entry, card, result in results])
    sheets.fill("evidence", _EVIDENCE, [row for entry, _, result in results for row in sheets.evidence(entry, result)])
    sheets.explain(export, made)
    book.close()
    return out.getvalue()


class _Sheets:
    """Writes sheets of one workbook; a cell's type decides its format."""

    def __init__(self, book: Any, texts: Texts, zone: tzinfo) -> None:
        self._book = book
        self._texts = texts
        self._zone = zone
        self._head = book.add_format({"bold": True, "bg_color": "#E7E6E6", "border": 1, "text_wrap": True, "valign": "top"})
        self._text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        self._point = book.add_format({"num_format": "0.0", "valign": "top"})
        self._number = book.add_format({"num_format": "General", "valign": "top"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})

    def fill(self, name: str, columns: tuple[str, ...], rows: list[list[Any]]) -> None:
        """A sheet with a header that stays in sight and filters over all rows."""
        sheet = self._book.add_worksheet(self._texts(f"export.xlsx.sheet_{name}"))
        titles = [self._texts(f"export.xlsx.{column}") for column in columns]
        for place, title in enumerate(titles):
            sheet.write_string(0, place, title, self._head)
            cells = [title, *(str(row[place]) for row in rows[:200] if row[place] is not None)]
            longest = max(sum(2 if character > "\u2e80" else 1 for character in cell) for cell in cells)
            sheet.set_column(place, place, min(_WIDEST, max(8, longest + 2)))
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                self._write(sheet, number, place, cell)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def _write(self, sheet: Any, row: int, column: int, cell: Any) -> None:
        if cell is None:
            sheet.write_blank(row, column, None, self._text)
        elif isinstance(cell, bool):
            sheet.write_string(row, column, self._texts("common.yes" if cell else "common.no"), self._text)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, column, cell.astimezone(self._zone).replace(tzinfo=None), self._moment)
        elif isinstance(cell, float):
            sheet.write_number(row, column, cell, self._point if round(cell, 1) == cell else self._number)
        elif isinstance(cell, int):
            sheet.write_number(row, column, cell, self._number)
        else:
            sheet.write_string(row, column, cell, self._text)

    def school(self, entry: Entry, card: Scorecard) -> list[Any]:
        """A school under a pack. Nothing decided leaves the score empty, never 0."""
        school = entry.school
        verdict = self._texts(f"verdict.{card.verdict.value}")
        named = [school.id, school.name, school.county, school.kind.value, card.pack, verdict]
        return [*named, card.score, card.floor, card.ceiling, card.coverage, card.waived_score]

    def result(self, entry: Entry, card: Scorecard, result: CriterionResult) -> list[Any]:
        """A criterion of a school."""
        texts = self._texts
        number = float(result.value) if isinstance(result.value, int | float) and type(result.value) is not bool else None
        waiver = result.waiver
        return [
            entry.school.id,
            entry.school.name,
            card.pack,
            result.criterion,
            texts.pick(result.title),
            result.clause,
            result.quote,
            texts(f"outcome.{result.outcome.value}"),
            number,
            value_text(result, texts),
            threshold_text(result, texts),
            texts.say(result.reason),
            result.samples,
            result.measured_at,
            None if result.provenance is None else texts(f"provenance.{result.provenance.value}"),
            result.weight,
            result.required,
            result.gain,
            None if waiver is None else f"{waiver.approved_by}：{waiver.reason}",
            None if result.fix is None or result.outcome is Outcome.MET else texts.pick(result.fix),
        ]

    def evidence(self, entry: Entry, result: CriterionResult) -> list[list[Any]]:
        """What an outcome rests on: reports, answers, documents."""
        kinds = {name: self._texts(f"export.xlsx.evidence_{name}") for name in ("report", "answer", "document")}
        head = [entry.school.id, result.criterion]
        rows: list[list[Any]] = [[*head, kinds["report"], id_, result.measured_at, None] for id_ in result.report_ids]
        if result.answer is not None:
            given = result.answer
            rows.append([*head, kinds["answer"], given.attestation_id, given.received_at, given.answer.note])
            rows += [
                [*head, kinds["document"], document.sha256, given.received_at, document.name]
                for document in given.answer.attachments
            ]
        return rows

    def explain(self, export: Export, made: datetime) -> None:
        """What the words and figures mean, for whoever is sent the file."""
        sheet = self._book.add_worksheet(self._texts("export.xlsx.sheet_words"))
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 100)
        rows = [(self._texts(f"outcome.{one.value}"), self._texts(f"export.meaning.{one.value}")) for one in Outcome]
        names = ("score", "floor", "ceiling", "coverage", "waived")
        rows += [(self._texts(f"export.xlsx.{name}"), self._texts(f"export.meaning.{name}")) for name in names]
        rows.append((self._texts("export.xlsx.made"), f"{made:%Y-%m-%d %H:%M} {export.software}"))
        for number, (word, meaning) in enumerate(rows):
            sheet.write_string(number, 0, word, self._head)
            sheet.write_string(number, 1, meaning, self._text)
