"""
What may leave the school about a device (PIPL, in particular art. 28 on minors).

A locally administered MAC is what phones and tablets make up for themselves: such a device leaves as a keyed hash and as
part of a count, with no address and no name. The key never leaves the machine; a plain or fixed-salt hash could be undone,
since only 2^46 such MACs exist. Virtual machines and some access points have such MACs too, so "personal" errs on the
careful side.
"""

import hmac

from checks.registry import CheckError
from contract.reason import ReasonCode

_LOCALLY_ADMINISTERED = 0x02
_KEY_BYTES = 8
"""64 bits: enough to count a school's devices once, and no more than that."""
_MIN_SECRET_BYTES = 16


def is_personal(mac: str) -> bool:
    """True when the locally administered bit of the first octet is set (IEEE 802-2014 §8.4)."""
    return bool(int(mac[:2], 16) & _LOCALLY_ADMINISTERED)


def personal_key(mac: str, secret: bytes) -> str:
    """
    16 hex digits of HMAC-SHA256 over the six octets of ``mac``.

    Raises CheckError when ``secret`` has less than 128 bits: a hash that can be undone is worse than no report.
    """
    if len(secret) < _MIN_SECRET_BYTES:
        raise CheckError(ReasonCode.READING_FAILED, problem="the key for personal devices is shorter than 128 bits")
    return hmac.digest(secret, bytes.fromhex(mac.replace(":", "")), "sha256")[:_KEY_BYTES].hex()
