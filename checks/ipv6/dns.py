"""
DNS questions for A and AAAA, and their answers (RFC 1035, RFC 3596): bytes only, no socket.

``getaddrinfo`` outlives every deadline, follows the hosts file and hides whether a name is missing or merely has no AAAA.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address

from checks.registry import CheckError
from contract.reason import ReasonCode

_HEADER = struct.Struct("!HHHHHH")
_QUESTION_TAIL = struct.Struct("!HH")
_RECORD_TAIL = struct.Struct("!HHIH")
_RECURSION_DESIRED = 0x0100
_RESPONSE, _TRUNCATED, _RCODE = 0x8000, 0x0200, 0x000F
_INTERNET = 1
_POINTER = 0xC0
_MAX_LABEL, _MAX_NAME = 63, 253
_NO_ERROR, _NAME_ERROR = 0, 3


class RecordType(IntEnum):
    """Types of record that are asked for."""

    A = 1
    AAAA = 28


class DnsError(CheckError):
    """A name that cannot be asked for, or an answer that is none."""

    def __init__(self, problem: str) -> None:
        super().__init__(ReasonCode.READING_FAILED, problem=f"DNS: {problem}")


@dataclass(frozen=True, slots=True)
class Answer:
    """``addresses`` of the type that was asked for, along the chain of aliases."""

    rcode: int
    truncated: bool
    addresses: tuple[str, ...]

    @property
    def name_exists(self) -> bool | None:
        """False for NXDOMAIN, None when the server refused or failed."""
        return True if self.rcode == _NO_ERROR else False if self.rcode == _NAME_ERROR else None


def encode_query(name: str, kind: RecordType, number: int) -> bytes:
    """A recursive question for ``name``; ``number`` (0 to 65535) comes back in the answer. Raises :class:`DnsError`."""
    try:
        labels = [label.encode("idna") if not label.isascii() else label.encode() for label in name.rstrip(".").split(".")]
    except UnicodeError as error:
        raise DnsError(f"{name}: {error}") from error
    if not all(0 < len(label) <= _MAX_LABEL for label in labels) or sum(map(len, labels)) + len(labels) - 1 > _MAX_NAME:
        raise DnsError(f"{name}: not a name")
    packed = b"".join(bytes([len(label)]) + label for label in labels)
    return _HEADER.pack(number, _RECURSION_DESIRED, 1, 0, 0, 0) + packed + b"\0" + _QUESTION_TAIL.pack(kind, _INTERNET)


def decode_answer(raw: bytes, query: bytes, kind: RecordType) -> Answer:
    """
    The answer to ``query``. Raises :class:`DnsError` for anything else: another number, another question, broken bytes.

    The question must come back as asked (compared without case): an answer to something else is a stray or a forgery.
    """
    try:
        number, flags, questions, answers, _, _ = _HEADER.unpack_from(raw)
        if number != _HEADER.unpack_from(query)[0] or not flags & _RESPONSE:
            raise DnsError("not an answer to this question")
        end = len(query)
        if questions != 1 or raw[_HEADER.size : end].lower() != query[_HEADER.size :].lower():
            raise DnsError("the answer is to another question")
        found = []
        for _ in range(answers):
            record, size, start = _record(raw, end)
            end = start + size
            if end > len(raw):
                break  # cut off: TC is set, or the server lies; what was read so far stands
            if record == kind:
                found.append(_address(raw[start:end], kind))
    except (struct.error, IndexError, ValueError) as error:
        raise DnsError(f"broken answer: {error}") from error
    return Answer(flags & _RCODE, bool(flags & _TRUNCATED), tuple(found))


def _record(raw: bytes, place: int) -> tuple[int, int, int]:
    """Type, size of the data, and where the data begins, of the record at ``place``."""
    place = _after_name(raw, place)
    record, _, _, size = _RECORD_TAIL.unpack_from(raw, place)
    return record, size, place + _RECORD_TAIL.size


def _after_name(raw: bytes, place: int) -> int:
    """A name ends with a nought or with a pointer; where a pointer leads does not matter here, so it cannot loop."""
    while (length := raw[place]) != 0:
        if length & _POINTER == _POINTER:
            return place + 2
        place += 1 + length
    return place + 1


def _address(data: bytes, kind: RecordType) -> str:
    return str(IPv4Address(data) if kind is RecordType.A else IPv6Address(data))
