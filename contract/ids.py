"""Report ids: UUID version 7 (RFC 9562 §5.7), so that ids made in sequence sort in sequence."""

from collections.abc import Callable
from uuid import UUID


def uuid7(unix_ms: int, random_bytes: Callable[[int], bytes]) -> UUID:
    """
    48 bits of Unix time in milliseconds, then 74 random bits.

    Python has ``uuid.uuid7`` from 3.14 on only; clock and randomness are parameters so that tests can hold them still.
    """
    if not 0 <= unix_ms < 1 << 48:
        message = f"unix_ms must fit 48 bits, found {unix_ms}"
        raise ValueError(message)
    tail = int.from_bytes(random_bytes(10), "big")
    rand_a, rand_b = tail >> 68, tail & ((1 << 62) - 1)
    return UUID(int=unix_ms << 80 | 0x7 << 76 | (rand_a & 0xFFF) << 64 | 0b10 << 62 | rand_b)
