"""Bytes on the wire: JSON out in one canonical form, JSON in with every bound checked."""

import hashlib
from typing import Any, TypeVar

import msgspec

from contract.errors import CampusError
from contract.exit_code import ExitCode

T = TypeVar("T")


class WireError(CampusError):
    """Bytes that are not what they should be. ``params``: ``field`` (a path like ``$.runs[0].check``) and ``problem``."""

    exit_code = ExitCode.BAD_DATA


def encode(value: object) -> bytes:
    """Canonical JSON: keys sorted, no spaces, UTF-8. Equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def decode(raw: bytes, type_: type[T]) -> T:
    """
    Decode and validate; raise :class:`WireError` naming the field.

    msgspec refuses NaN and Infinity (not JSON), numbers outside a double, invalid UTF-8 and text after the document.
    """
    try:
        return msgspec.json.decode(raw, type=type_)
    except msgspec.ValidationError as error:
        problem, _, field = str(error).partition(" - at `")
        raise WireError("wire.invalid_field", field=field.rstrip("`") or "$", problem=problem) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError("wire.not_json", field="$", problem=str(error)) from error
    except RecursionError as error:
        raise WireError("wire.not_json", field="$", problem="nesting is too deep") from error


def digest(value: object) -> str:
    """SHA-256 over the canonical form, in hex."""
    return hashlib.sha256(encode(value)).hexdigest()


def to_plain(value: object) -> Any:
    """The same as plain dicts, lists and scalars, as a JSON reader would see it."""
    return msgspec.to_builtins(value, order="sorted")
