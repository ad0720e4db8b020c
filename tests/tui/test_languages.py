"""Every word on every screen is of the reader's language, and nothing is left as a code."""

import re
from collections.abc import Iterator

import pytest

from locales.texts import Texts
from tests.tui.county import County
from tests.tui.piloting import Reader, make_app, pilot
from tests.tui.server import Collector, serving

ALLOWED = {
    # names of things that have no Chinese name, units, keys, ids
    *("IPv6", "Mbit/s", "KiB", "M", "bandwidth.download_line_mbit_s", "wired.egress_is_wired"),
    *("Enter", "Esc", "Tab", "PgUp", "PgDn", "Home", "End", "g", "G", "j", "k", "q", "r", "s", "S", "p", "S01"),
    *("x", "v", "w", "u", "e", "c", "C", "a", "d", "n", "y", "Space", "CSV", "Excel", "xlsx", "html", "svg", "OSC", "Shift"),
}
WALK = (
    (),
    ("slash",),
    ("escape", "s"),
    ("escape", "question_mark"),
    ("escape", "ctrl+p"),
    ("escape", "enter"),
    ("2",),
    ("3",),
    ("space", "1", "n", "y"),
    ("escape", "enter"),
    ("question_mark",),
    ("escape", "ctrl+p"),
    ("z", "z", "z"),
    ("escape", "ctrl+c"),
    ("escape", "escape", "w"),
    ("escape", "v"),
    ("escape", "e"),
    ("escape", "c"),
    ("equals_sign",),
    ("d", "escape"),
)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serving(County(12)) as made:
        yield made


def _foreign(text: str) -> set[str]:
    text = re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]*", "", text)  # report ids
    text = re.sub(r"S\d{6}\S*|\[1m|zzz|JZ-[\d.]+|cn-henan\S+", "", text)
    return {word for word in re.findall(r"[A-Za-z][A-Za-z0-9./_-]*", text) if word not in ALLOWED}


def test_every_word_is_of_the_readers_language_and_no_code_is_left(collector: Collector, texts: Texts) -> None:
    async def script(reader: Reader) -> None:
        for keys in WALK:
            await reader.press(*keys)
            left = re.search(r"\b(tui|outcome|verdict|reason|provenance|unit|operator|effort|statistic)\.[a-z]", reader.text)
            assert left is None, (keys, left)
            assert "{" not in reader.text
            assert texts.language == "en" or not _foreign(reader.text), keys

    pilot(make_app(collector, texts.language), script, size=(200, 60))


def test_a_fault_on_a_chinese_screen_is_chinese(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        for trouble in (401, 403, 404, 429, 500, "garbage", None):
            collector.trouble = trouble
            await reader.press("r")
            assert not _foreign(reader.text) - {"JSON", "viewer", "utf-", "codec"} or trouble == "garbage"

    pilot(make_app(collector), script, size=(200, 60))
