"""Turns ``{code, params}`` into a sentence in the reader's language. The one place where that happens."""

import gettext
from collections.abc import Mapping
from pathlib import Path

from contract.message import Bilingual, Message, Param
from contract.reason import Reason

FOLDER = Path(__file__).parent
DEFAULT = "zh_CN"
LANGUAGES = ("zh_CN", "en")


def language_from(environ: Mapping[str, str]) -> str:
    """
    The reader's language: ``CAMPUS_LANG``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``, the first that is set.

    Anything that does not begin with ``en`` is Chinese, including ``C`` and nothing at all: a cron job of a Chinese school
    runs in the C locale.
    """
    for name in ("CAMPUS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "en" if environ[name].lower().startswith("en") else DEFAULT
    return DEFAULT


class Texts:
    """The catalogues of one language. Entries are codes (``reason.stale``), placeholders are ``{names}``."""

    def __init__(self, language: str = DEFAULT) -> None:
        if language not in LANGUAGES:
            message = f"language must be one of {', '.join(LANGUAGES)}, found {language!r}"
            raise ValueError(message)
        self.language = language
        self._catalogues: list[gettext.NullTranslations] = []
        for path in sorted((FOLDER / language / "LC_MESSAGES").glob("*.mo")):
            with path.open("rb") as stream:
                self._catalogues.append(gettext.GNUTranslations(stream))

    def __call__(self, code: str, /, **params: Param) -> str:
        """
        The sentence for ``code``.

        A code without an entry gives the code itself with its parameters, so that a missing translation never stops an
        unattended run; a test keeps the catalogues complete.
        """
        sentence = self.entry(code)
        if sentence is None:
            return code if not params else f"{code} {dict(params)}"
        try:
            return sentence.format_map(_Filled({name: self._word(value, params) for name, value in params.items()}))
        except (ValueError, IndexError):
            return sentence

    def entry(self, code: str) -> str | None:
        """The catalogue's entry with its placeholders, or None when there is none."""
        for catalogue in self._catalogues:
            sentence = catalogue.gettext(code)
            if sentence != code:
                return sentence
        return None

    def say(self, message: Message | Reason) -> str:
        """The sentence for a stored message or reason."""
        plain = message.message if isinstance(message, Reason) else message
        return self(plain.code, **plain.params)

    def pick(self, text: Bilingual) -> str:
        """The reader's half of a text that came with the data."""
        return text.en if self.language == "en" else text.zh

    def _word(self, value: Param, others: Mapping[str, Param]) -> str:
        """
        A parameter as it stands in a sentence: numbers without a tail of noughts, codes in words.

        A code takes the placeholders of its own sentence from the same parameters.
        """
        if isinstance(value, bool):
            return self("common.yes" if value else "common.no")
        if isinstance(value, float):
            return f"{value:.2f}".rstrip("0").rstrip(".")
        if isinstance(value, str) and "." in value and " " not in value:
            words = self.entry(value)
            if words is None:
                return value
            plain = {name: other for name, other in others.items() if other != value}
            return words.format_map(_Filled({name: self._word(other, {}) for name, other in plain.items()}))
        return str(value)


class _Filled(dict[str, str]):
    """Leaves a placeholder without a parameter as it stands: a stored message from another version must still print."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"
