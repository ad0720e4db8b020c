"""The ASCII mode draws nothing of its own that an old Chinese console would draw two cells wide."""

import unicodedata
from collections.abc import Iterator

import pytest

from locales.texts import Texts
from tests.tui.county import County
from tests.tui.piloting import Reader, make_app, pilot
from tests.tui.server import Collector, serving
from tests.tui.test_languages import WALK


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serving(County(60)) as made:
        yield made


def test_no_character_of_ambiguous_width_is_drawn(collector: Collector, texts: Texts) -> None:
    async def script(reader: Reader) -> None:
        for keys in WALK:
            await reader.press(*keys)
            found = {letter for letter in reader.text if unicodedata.east_asian_width(letter) == "A"}
            assert not found, (keys, found)

    pilot(make_app(collector, texts.language, ascii_only=True), script)


def test_states_are_told_apart_without_colour_and_without_unicode(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        assert "+ 达标" in reader.text
        assert "x 未达标" in reader.text
        assert "? 待定" in reader.text

    pilot(make_app(collector, ascii_only=True), script)
