"""What to do about a reason: one sentence for the head of a school, one instruction for the network engineer."""

from contract.reason import Reason
from locales.texts import Texts


def advice(reason: Reason, texts: Texts) -> list[str]:
    """Two lines, or none for a reason that nobody can act on. The entries are ``advice.<code>.plain`` and ``.engineer``."""
    found = []
    for reader in ("plain", "engineer"):
        code = f"advice.{reason.code.value}.{reader}"
        if texts.entry(code) is not None:
            found.append(texts(f"advice.{reader}", text=texts(code, **reason.params)))
    return found
