"""A sentence before it has a language: a code and its parameters."""

from typing import TypeAlias

from msgspec import Struct

Param: TypeAlias = str | int | float | bool


class Message(Struct, frozen=True):
    """
    ``code`` names an entry of the catalogues in ``locales/``; ``params`` fill its placeholders.

    A parameter whose text is itself a code (``reason.stale``) stays a code here and is put into words with the
    rest, by :class:`locales.texts.Texts`.
    """

    code: str
    params: dict[str, Param] = {}


class Bilingual(Struct, frozen=True, forbid_unknown_fields=True):
    """A text that comes with the data (a pack's title, a fix) in both languages."""

    zh: str
    en: str
