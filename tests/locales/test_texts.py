"""Codes become sentences in the reader's language."""

import pytest

from contract.message import Bilingual, Message
from contract.reason import ReasonCode, because
from locales.texts import Texts, language_from


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "zh_CN"),
        ({"LANG": "C"}, "zh_CN"),
        ({"LANG": "C.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.GBK"}, "zh_CN"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LC_ALL": "", "LANG": "en_GB"}, "en"),
        ({"CAMPUS_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_the_language_is_chinese_unless_english_is_asked_for(environ: dict[str, str], language: str) -> None:
    assert language_from(environ) == language


def test_a_reason_is_said_with_its_numbers() -> None:
    reason = because(ReasonCode.STALE, age_days=40.0, max_age_days=30)
    assert Texts("zh_CN").say(reason) == "最近一次数据已是 40 天前，超过 30 天的有效期"
    assert Texts("en").say(reason) == "the newest data is 40 days old; at most 30 count"


def test_a_parameter_that_is_a_code_is_said_in_words() -> None:
    assert "达标" in Texts("zh_CN").say(Message("operator.at_least", {"value": "verdict.meets"}))


def test_a_code_among_the_parameters_takes_its_numbers_from_them() -> None:
    message = Message("cli.error", {"problem": "reason.check_timed_out", "limit_s": 30})
    assert Texts("en").say(message) == "error: the check was stopped after 30 s"


def test_a_code_without_an_entry_prints_itself() -> None:
    assert Texts("en")("no.such.code", a=1) == "no.such.code {'a': 1}"


def test_a_parameter_that_is_missing_stays_visible() -> None:
    assert "{max_age_days}" in Texts("en")("reason.stale", age_days=3)


def test_braces_in_a_parameter_are_harmless() -> None:
    assert "{0.__class__}" in Texts("en")("cli.error", problem="{0.__class__}")


def test_a_text_of_the_data_is_picked_by_language() -> None:
    both = Bilingual("中", "en")
    assert (Texts("zh_CN").pick(both), Texts("en").pick(both)) == ("中", "en")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="zh_CN, en"):
        Texts("fr")
