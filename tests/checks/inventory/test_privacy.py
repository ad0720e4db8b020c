"""The key of a term: another one each term, the same within it, and never the school's own."""

import datetime as dt

import pytest

from checks.inventory.privacy import personal_key, term_of, term_secret
from checks.registry import CheckError
from tests.checks.machine import SECRET

PHONE = "da:a1:19:00:00:07"


@pytest.mark.parametrize(
    ("day", "term"),
    [
        ("2026-09-01", "2026-autumn"),
        ("2026-12-31", "2026-autumn"),
        ("2027-01-31", "2026-autumn"),
        ("2027-02-01", "2027-spring"),
        ("2027-08-31", "2027-spring"),
    ],
)
def test_a_school_year_has_two_terms(day: str, term: str) -> None:
    assert term_of(dt.date.fromisoformat(day)) == term


def key_on(day: str) -> str:
    return personal_key(PHONE, term_secret(SECRET, dt.date.fromisoformat(day)))


def test_a_phone_keeps_its_key_for_a_term_and_then_gets_another() -> None:
    assert key_on("2026-09-01") == key_on("2027-01-20")
    assert len({key_on(day) for day in ("2026-09-01", "2027-02-20", "2027-09-01")}) == 3


def test_the_schools_own_key_is_not_the_terms() -> None:
    assert term_secret(SECRET, dt.date(2026, 9, 1)) != SECRET


def test_a_short_key_is_refused() -> None:
    with pytest.raises(CheckError, match="128 bits"):
        term_secret(b"short", dt.date(2026, 9, 1))
