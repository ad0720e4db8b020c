"""Compiles the message catalogues, so that a wheel and an editable install both speak both languages."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent


def compile_catalogues(root: Path = ROOT) -> list[Path]:
    """Write the ``.mo`` beside every ``.po`` under ``locales/``; return the files written."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - a build-time tool of 33 MB
    from babel.messages.pofile import read_po  # noqa: PLC0415

    written: list[Path] = []
    for source in sorted(root.glob("locales/*/LC_MESSAGES/*.po")):
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parts[-3], abort_invalid=True)
        target = source.with_suffix(".mo")
        partial = target.with_suffix(".mo.part")
        with partial.open("wb") as stream:
            write_mo(stream, catalogue)
        partial.replace(target)
        written.append(target)
    return written


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before hatchling collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        compile_catalogues(Path(self.root))


if __name__ == "__main__":
    compile_catalogues()
