"""
What may leave the school about a device (PIPL, in particular art. 28 on minors).

A locally administered MAC is what phones and tablets make up for themselves: such a device leaves as a keyed hash and as
part of a count, with no address and no name. The key never leaves the machine and is another one each term; a plain or
fixed-salt hash could be undone, since only 2^46 such MACs exist. Virtual machines and some access points have such MACs too,
so "personal" errs on the careful side.
"""

import datetime as dt
import hmac

from checks.registry import CheckError
from contract.reason import ReasonCode

_LOCALLY_ADMINISTERED = 0x02
_KEY_BYTES = 8
"""64 bits: enough to count a school's devices once, and no more than that."""
_MIN_SECRET_BYTES = 16


_AUTUMN_FROM, _SPRING_FROM = 9, 2


def term_of(day: dt.date) -> str:
    """The school term of a day, holidays counted to the term before: autumn from September, spring from February."""
    if _SPRING_FROM <= day.month < _AUTUMN_FROM:
        return f"{day.year}-spring"
    return f"{day.year if day.month >= _AUTUMN_FROM else day.year - 1}-autumn"


def term_secret(secret: bytes, day: dt.date) -> bytes:
    """
    The key of a term, from the school's own: hashes of two terms cannot be matched without the latter, which stays here.

    Raises CheckError when ``secret`` has less than 128 bits.
    """
    _long_enough(secret)
    return hmac.digest(secret, f"personal devices {term_of(day)}".encode(), "sha256")


def is_personal(mac: str) -> bool:
    """True when the locally administered bit of the first octet is set (IEEE 802-2014 §8.4)."""
    return bool(int(mac[:2], 16) & _LOCALLY_ADMINISTERED)


def personal_key(mac: str, secret: bytes) -> str:
    """
    16 hex digits of HMAC-SHA256 over the six octets of ``mac``.

    Raises CheckError when ``secret`` has less than 128 bits: a hash that can be undone is worse than no report.
    """
    _long_enough(secret)
    return hmac.digest(secret, bytes.fromhex(mac.replace(":", "")), "sha256")[:_KEY_BYTES].hex()


def _long_enough(secret: bytes) -> None:
    if len(secret) < _MIN_SECRET_BYTES:
        raise CheckError(ReasonCode.READING_FAILED, problem="the key for personal devices is shorter than 128 bits")
