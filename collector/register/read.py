"""A file becomes schools, or every fault in it with its line."""

from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from collector.errors import CollectorError
from collector.register.sheet import read_sheet
from contract.document import DocumentError, Fault, read
from contract.exit_code import ExitCode
from contract.message import Message
from contract.school import School

MOST_BYTES = 64 * 1024 * 1024
"""Half a million schools take some 50 MB."""


class RegisterError(CollectorError):
    """The file cannot be read at all."""

    exit_code = ExitCode.BAD_DATA


class Register(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file holds. ``ignored`` are columns that mean nothing here; they are named to the reader, not passed over."""

    schools: list[School]
    ignored: list[str] = []


class _Yaml(Struct, frozen=True, forbid_unknown_fields=True):
    schools: list[School]


class _Loose(Struct, frozen=True):
    schools: list[dict[str, Any]] = []


_Id: TypeAlias = tuple[str, int, str]
"""An id, its line, and the key or column that it stands in."""


def read_register(path: Path) -> Register:
    """
    The schools of a ``.csv``, ``.txt``, ``.yaml``, ``.yml`` or ``.json`` file.

    Raises :class:`contract.document.DocumentError` with all faults, :class:`RegisterError` when it cannot be read.
    """
    text = _text(path)
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        schools, faults, ids = _yaml(text, path)
        ignored: list[str] = []
    else:
        sheet = read_sheet(text)
        schools, faults, ignored = [row.school for row in sheet.rows], sheet.faults, sheet.ignored
        ids = [(row.school.id, row.line, sheet.id_column) for row in sheet.rows]
        if not schools and not faults:
            faults = [Fault(1, "", Message("collector.register.no_schools"))]
    faults = [*faults, *_twice(ids)]
    if faults:
        raise DocumentError(str(path), faults)
    return Register(schools=schools, ignored=ignored)


def _yaml(text: str, path: Path) -> tuple[list[School], list[Fault], list[_Id]]:
    """Schools, faults of form, and the ids that can be read whatever else is wrong."""
    schools: list[School] = []
    faults: list[Fault] = []
    try:
        schools = read(text, _Yaml, path).value.schools
    except DocumentError as error:
        faults = error.faults
    try:
        loose = read(text, _Loose, path)
    except DocumentError:
        return schools, faults, []
    keys = [(entry.get("id"), f"schools[{place}].id") for place, entry in enumerate(loose.value.schools)]
    return schools, faults, [(found, loose.line(key), key) for found, key in keys if isinstance(found, str)]


def _twice(ids: list[_Id]) -> list[Fault]:
    first: dict[str, int] = {}
    return [
        Fault(line, key, Message("collector.register.id_twice", {"id": found, "line": first[found]}))
        for found, line, key in ids
        if first.setdefault(found, line) != line
    ]


def _text(path: Path) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark (Excel's "Unicode text"), or GB 18030 (Excel's plain CSV)."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RegisterError("document.unreadable", source=str(path), problem=str(error)) from error
    if len(raw) > MOST_BYTES:
        raise RegisterError("collector.register.too_large", source=str(path), megabytes=MOST_BYTES // 1_000_000)
    if raw.startswith(b"PK\x03\x04"):
        raise RegisterError("collector.register.is_xlsx", source=str(path))
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RegisterError("collector.register.encoding", source=str(path))
