"""
Enrolment codes: ten characters that a person reads out or types, good for one installation.

Crockford's base 32 (crockford.com/base32.html) has no I, L, O or U; what is typed in their place is read as 1, 1 and 0.
Ten characters are 50 bits: at 1,000 guesses a second for the 14 days a code lives, one chance in a million.
"""

import hashlib
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", " ": "", "-": ""})


def make(random_bytes: Callable[[int], bytes]) -> str:
    """A new code, grouped for reading: ``7K2MX-9QFTD``."""
    number = int.from_bytes(random_bytes(7), "big")
    characters = [ALPHABET[number >> (5 * place) & 31] for place in range(LENGTH)]
    return "".join(characters[:5]) + "-" + "".join(characters[5:])


def code_digest(code: str) -> str:
    """SHA-256 of the code in its plainest form, in hex: case, blanks and hyphens do not matter."""
    return hashlib.sha256(code.upper().translate(_READ_AS).encode()).hexdigest()
