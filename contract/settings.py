"""
Settings that describe themselves: one declaration gives the default, the check of a file, the example file and the page.

A part declares its settings as a msgspec Struct whose fields are ``Annotated[type, described(zh, en, ge=1)]``.
"""

from typing import Any

from msgspec import NODEFAULT, Meta, Struct, inspect

from contract.document import expected
from contract.message import Bilingual
from contract.wire import to_plain


def described(zh: str, en: str, **bounds: Any) -> Meta:
    """Meta for a field: what it does in both languages, and its bounds (``ge``, ``le``, ``pattern``, ``max_length`` …)."""
    return Meta(description=en, extra={"zh": zh}, **bounds)


class Setting(Struct, frozen=True):
    """One key of a configuration file."""

    key: str
    """Path from the top, e.g. ``agent.spool.max_files``."""
    expected: str
    default: Any
    """Plain value; :data:`REQUIRED` when the file must give one."""
    text: Bilingual
    group: bool
    """True for a key that only holds others."""


REQUIRED = "<required>"


def settings(type_: type[Struct], prefix: str = "") -> list[Setting]:
    """All settings below a Struct, groups before their members, in the order of declaration."""
    found: list[Setting] = []
    described_type = inspect.type_info(type_)
    assert isinstance(described_type, inspect.StructType)
    for field in described_type.fields:
        key = f"{prefix}.{field.encode_name}" if prefix else field.encode_name
        inner, text = _unwrap(field.type)
        group = isinstance(inner, inspect.StructType)
        found.append(Setting(key, expected(inner), _default(field), text, group))
        if isinstance(inner, inspect.StructType):
            found.extend(settings(inner.cls, key))
    return found


def _unwrap(type_: inspect.Type) -> tuple[inspect.Type, Bilingual]:
    zh = en = ""
    while isinstance(type_, inspect.Metadata):
        en = (type_.extra_json_schema or {}).get("description", en)
        zh = (type_.extra or {}).get("zh", zh)
        type_ = type_.type
    return type_, Bilingual(zh, en)


def _default(field: inspect.Field) -> Any:
    if field.default is not NODEFAULT:
        return to_plain(field.default)
    if field.default_factory is not NODEFAULT:
        return to_plain(field.default_factory())
    return REQUIRED
