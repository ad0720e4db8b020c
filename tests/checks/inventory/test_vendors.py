"""The table of makers: its lookup, its size, its speed of loading, and how it is built."""

import csv
import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inventory.vendors import FILE, LENGTHS, Vendors, build, vendors
from scripts.vendors import read


@pytest.mark.parametrize(
    ("mac", "maker"),
    [
        ("f4:8e:38:00:00:01", "Dell Inc."),
        ("44:19:b6:00:00:01", "Hangzhou Hikvision Digital Technology Co"),
        ("70:b3:d5:f2:f1:11", "TELEPLATFORMS"),
        ("20:85:93:b1:11:11", "IOG Products LLC"),
        ("f6:8e:38:00:00:01", None),
    ],
)
def test_the_table_that_comes_along_knows_the_makers(mac: str, maker: str | None) -> None:
    assert vendors().lookup(mac) == maker


def test_the_table_says_how_old_it_is_and_stays_small() -> None:
    header = vendors().header
    assert header.dates["MA-L"] >= "2026-09"
    assert header.entries[24] > 39_000
    assert header.entries[28] > 4_000
    assert header.entries[36] > 5_000
    assert FILE.stat().st_size < 1_200_000


def test_the_longest_prefix_wins_and_the_local_bit_comes_first() -> None:
    table = Vendors(
        build({24: {0x70B3D5: "block", 0x021122: "never"}, 28: {0x70B3D5F: "part"}, 36: {0x70B3D5F2F: "whole"}}, {})
    )
    assert table.lookup("70:b3:d5:f2:f0:00") == "whole"
    assert table.lookup("70:b3:d5:f1:f0:00") == "part"
    assert table.lookup("70:b3:d5:00:00:00") == "block"
    assert table.lookup("70:b3:d6:00:00:00") is None
    assert table.lookup("02:11:22:00:00:00") is None


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="not a table"):
        Vendors(b"something else" * 10)


def test_both_kinds_of_registry_file_are_read(tmp_path: Path) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(
        [["Registry", "Assignment", "Organization Name", "Organization Address"], ["MA-M", "741AE09", "One, Ltd", "x"]]
    )
    (tmp_path / "mam.csv").write_text(out.getvalue())
    (tmp_path / "oui.data").write_bytes(b"OUI1" + struct.pack("<IIIII", 2, 1, 2, 0, 4) + b"one\ntwo\n")
    assert read(tmp_path / "mam.csv") == {("MA-M", 28, 0x741AE09): "One, Ltd"}
    assert read(tmp_path / "oui.data") == {("MA-L", 24, 1): "one", ("MA-L", 24, 2): "two"}


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(st.dictionaries(st.integers(0, 2**24 - 1).filter(lambda one: not one >> 16 & 2), NAMES, max_size=30))
def test_what_was_put_in_comes_out(table: dict[int, str]) -> None:
    made = Vendors(build({24: table}, {"MA-L": "2026-01"}))
    assert made.header.entries == {length: len(table) if length == 24 else 0 for length in LENGTHS}
    for prefix, name in table.items():
        assert made.lookup(f"{prefix >> 16:02x}:{prefix >> 8 & 255:02x}:{prefix & 255:02x}:12:34:56") == name
