"""Secrets: what they look like, and how they are read back."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.identity import code, token

IDS = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


@given(school=IDS, secret=st.binary(min_size=32, max_size=32))
def test_the_school_of_an_agents_token_is_read_from_it(school: str, secret: bytes) -> None:
    fresh = token.make("agent", school, lambda _: secret)
    assert token.scope_of(fresh) == school


@given(st.binary(min_size=32, max_size=32))
def test_a_persons_token_names_no_school(secret: bytes) -> None:
    fresh = token.make("viewer", token.NO_SCHOOL, lambda _: secret)
    assert fresh.startswith("ca_viewer_all_")
    assert token.scope_of(fresh) == token.NO_SCHOOL


@given(st.text())
def test_any_text_can_be_looked_up(text: str) -> None:
    assert len(token.token_digest(text)) == 64
    assert isinstance(token.scope_of(text), str)


def test_a_code_is_grouped_for_reading() -> None:
    fresh = code.make(os.urandom)
    assert len(fresh) == 11
    assert fresh[5] == "-"
    assert set(fresh) <= set(code.ALPHABET) | {"-"}


@pytest.mark.parametrize("typed", ["7k2mx9qftd", "7K2MX 9QFTD", " 7K2MX-9QFTD ", "7K2MX-9QFTD"])
def test_case_blanks_and_hyphens_of_a_code_do_not_matter(typed: str) -> None:
    assert code.code_digest(typed) == code.code_digest("7K2MX-9QFTD")


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert code.code_digest("OIL0O-1L1I0") == code.code_digest("01100-11110")


@given(st.binary(min_size=7, max_size=7))
def test_every_bit_string_gives_a_code(raw: bytes) -> None:
    assert len(code.make(lambda _: raw).replace("-", "")) == code.LENGTH
