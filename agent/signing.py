"""
The agent's own signature under each report (Ed25519, RFC 8032), and the chain that gives clones away.

Where ``cryptography`` has no wheel (loongarch64) an agent has its token only; enrolment then carries no public key, and the
collector marks what it sends.
"""

import base64
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from agent import durable
from contract.api import Receipt
from contract.signing import CHAIN_HEADER, SIGNATURE_HEADER, signed_bytes
from contract.wire import WireError, decode, encode

FILE = "chain.json"
PrivateKey: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{43}\Z")]
"""32 bytes, base64url without padding."""


class Chain(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the collector's last receipt for ``agent_id`` said."""

    agent_id: str
    chain: str = ""
    cloned: bool = False


def possible() -> bool:
    """True when this machine can sign. Nothing is imported: that costs 32 ms and 16 MiB."""
    return importlib.util.find_spec("cryptography") is not None


def make_key(random_bytes: Callable[[int], bytes]) -> PrivateKey:
    """A private key out of 32 random bytes."""
    return _text(random_bytes(32))


def public_key(key: PrivateKey) -> str:
    """Its public half, base64url without padding."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - see possible()

    return _text(Ed25519PrivateKey.from_private_bytes(_bytes(key)).public_key().public_bytes_raw())


def sign(key: PrivateKey, message: bytes) -> str:
    """``ed25519 <signature>``, as it stands in the header."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - see possible()

    return f"ed25519 {_text(Ed25519PrivateKey.from_private_bytes(_bytes(key)).sign(message))}"


class Signer:
    """Signs what one agent sends, and remembers the chain between its reports in the state folder."""

    def __init__(self, state: Path, agent_id: str, key: PrivateKey | None) -> None:
        self._path = state / FILE
        self._agent_id = agent_id
        self._key = key if possible() else None

    @property
    def signs(self) -> bool:
        """False for an agent that has only its token."""
        return self._key is not None

    def headers(self, report_id: str, sequence: int, body: bytes) -> dict[str, str]:
        """The headers that go with a report; the chain in them is that of the last receipt on disk."""
        chain = self.last().chain
        headers = {CHAIN_HEADER: chain} if chain else {}
        signature = self.signature(report_id, sequence, chain, body)
        return headers if signature is None else {**headers, SIGNATURE_HEADER: signature}

    def signature(self, report_id: str, sequence: int, chain: str, body: bytes) -> str | None:
        """The signature under a report, None where this agent cannot sign."""
        if self._key is None:
            return None
        return sign(self._key, signed_bytes(self._agent_id, report_id, sequence, chain, body))

    def received(self, receipt: Receipt) -> None:
        """
        Keep what a receipt says, in one step. The caller deletes the report after this, never before.

        A kill in between posts the same report again with the old chain: a repetition, which no clone can make of a report
        that it does not have.
        """
        last = self.last()
        told = Chain(agent_id=self._agent_id, chain=receipt.chain or last.chain, cloned=receipt.cloned)
        if told != last:
            durable.write(self._path, encode(told))

    def last(self) -> Chain:
        """The chain so far; empty before the first receipt, and after a new enrolment."""
        raw = durable.read(self._path)
        empty = Chain(agent_id=self._agent_id)
        try:
            found = empty if raw is None else decode(raw, Chain)
        except WireError:  # the collector sees a report without its chain, and says so; nothing is lost
            return empty
        return found if found.agent_id == self._agent_id else empty


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
