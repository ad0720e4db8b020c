"""Report ids."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.ids import uuid7

times = st.integers(min_value=0, max_value=(1 << 48) - 1)


@given(times)
def test_an_id_has_version_7_and_the_variant_of_the_rfc(unix_ms: int) -> None:
    made = uuid7(unix_ms, os.urandom)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == unix_ms


@given(times, times)
def test_ids_sort_by_time(one: int, other: int) -> None:
    if one < other:
        assert uuid7(one, lambda size: b"\xff" * size) < uuid7(other, lambda size: b"\x00" * size)


def test_all_74_random_bits_are_used() -> None:
    low, high = uuid7(0, lambda size: b"\x00" * size), uuid7(0, lambda size: b"\xff" * size)
    assert (low.int ^ high.int).bit_count() == 74


def test_a_time_beyond_48_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="48 bits"):
        uuid7(1 << 48, os.urandom)
