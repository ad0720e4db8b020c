"""Every rung's fault has words for a head of school and for an engineer, in both languages."""

import pytest

from contract.reason import ReasonCode, because
from locales.advice import advice
from locales.texts import LANGUAGES, Texts

NOTHING_TO_DO = {
    ReasonCode.IPV6_NO_TARGETS,
    ReasonCode.IPV6_NO_NAMES,
    ReasonCode.IPV6_PARITY_NOT_MEASURED,
    ReasonCode.IPV6_NO_IPV4,
}
"""What the school's network is not at fault for."""
FAULTS = [code for code in ReasonCode if code.value.startswith("ipv6_") and code not in NOTHING_TO_DO]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_is_told_to_both_readers(code: ReasonCode, language: str) -> None:
    assert len(advice(because(code), Texts(language))) == 2


def test_what_nobody_can_act_on_has_no_advice() -> None:
    assert advice(because(ReasonCode.NEVER_MEASURED), Texts("en")) == []
