"""
The file that carries reports by hand, and the receipt that goes back.

Both ends share it: ``campus-agent export-spool`` writes it, ``campus-collector import-spool`` reads it.
"""

import hashlib
import hmac
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contract.report import AwareTime, Count, Identifier, ShortText

MANIFEST = "carry.json"
CHAIN = "carried"
"""Stands for the chain under a carried report's signature: an agent without an uplink gets no new chain."""
MOST_REPORTS = 10_000


class Carried(Struct, frozen=True, kw_only=True):
    """A report in the file."""

    name: Annotated[str, Meta(pattern=r"^reports/[0-9A-Za-z_.-]{1,120}\Z")]
    report_id: Annotated[str, Meta(max_length=36)]
    sequence: Count
    proof: ShortText
    """:func:`token_proof`: every agent has a token."""
    signature: ShortText | None = None
    """As in :mod:`contract.signing`; None from an agent that cannot sign."""
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    """Of the member's bytes: tells a damaged stick from a forged report."""


class Carry(Struct, frozen=True, kw_only=True):
    """``carry.json``."""

    schema: Literal[1]
    school_id: Identifier
    agent_id: Identifier
    exported_at: AwareTime
    reports: Annotated[list[Carried], Meta(max_length=MOST_REPORTS)]


class Received(Struct, frozen=True, kw_only=True):
    """The receipt: which of ``agent_id``'s reports are at the collector for good."""

    schema: Literal[1]
    agent_id: Identifier
    received_at: AwareTime
    report_ids: list[str]


def token_proof(token: str, body: bytes) -> str:
    """
    ``token <HMAC-SHA256>``: made by who holds the agent's token.

    Keyed with the token's SHA-256, all that a collector keeps of it; so it could forge this one, unlike a signature.
    """
    return proof_by_digest(hashlib.sha256(token.encode()).hexdigest(), body)


def proof_by_digest(token_digest: str, body: bytes) -> str:
    """The same from the hexadecimal SHA-256 of the token, as the collector stores it."""
    return "token " + hmac.new(token_digest.encode(), body, hashlib.sha256).hexdigest()
