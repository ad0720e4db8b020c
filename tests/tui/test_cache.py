"""What was seen last is there when the collector is not; and is never another reader's."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.api import SchoolPage
from tests.tui.county import County
from tests.tui.piloting import Reader, make_app, pilot
from tests.tui.server import serving
from tui.cache import Cache
from tui.errors import AnswerError


def _pages(county: County) -> Iterator[SchoolPage]:
    yield county.page(20, None)
    yield county.page(20, county.rows[19].id)


def test_pages_come_back_as_they_went(tmp_path: Path) -> None:
    county, cache = County(30), Cache(tmp_path / "c")
    passed = list(cache.keep_pages(_pages(county)))
    assert list(cache.pages()) == passed
    assert stat.S_IMODE((tmp_path / "c" / "schools.gz").stat().st_mode) == 0o600


def test_a_round_that_broke_off_leaves_the_last_whole_one(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    list(cache.keep_pages(_pages(County(30))))

    def broken() -> Iterator[SchoolPage]:
        yield County(5).page(5, None)
        raise AnswerError("tui.fault.busy")

    with pytest.raises(AnswerError):
        list(cache.keep_pages(broken()))
    assert [page.total for page in cache.pages()] == [30, 30]
    assert [path.name for path in tmp_path.iterdir()] == ["schools.gz"]


def test_a_broken_file_counts_as_none(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    list(cache.keep_pages(_pages(County(30))))
    kept = tmp_path / "schools.gz"
    kept.write_bytes(kept.read_bytes()[:200])
    (tmp_path / "rollup.json").write_bytes(b"{")
    assert len(list(cache.pages())) < 2
    assert cache.rollup() is None


def test_another_token_sees_nothing_of_it(tmp_path: Path) -> None:
    list(Cache.of(tmp_path, "http://c", "one").keep_pages(_pages(County(30))))
    assert list(Cache.of(tmp_path, "http://c", "two").pages()) == []
    assert len(list(Cache.of(tmp_path, "http://c", "one").pages())) == 2


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "below")
    assert len(list(cache.keep_pages(_pages(County(30))))) == 2
    cache.keep_rollup(County(3).rollup())
    assert cache.rollup() is None


def test_the_screen_shows_what_was_kept_while_the_collector_is_away_and_says_so(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    async def look(reader: Reader) -> None:
        await reader.press("enter")

    async def away(reader: Reader) -> None:
        assert "学校（30）" in reader.text
        assert "连接有问题，显示的是 2026-11-20 09:30 +0800 的数据" in reader.lines[0]
        assert "连接不上平台" in reader.text
        await reader.press("enter")
        assert "JZ-7.1.02" in reader.text
        assert "连接有问题" in reader.lines[0]

    with serving(County(30)) as collector:
        pilot(make_app(collector, cache=cache), look, size=(120, 30))
        again = make_app(collector, cache=cache)
    pilot(again, away, size=(120, 30))
