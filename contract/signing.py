"""
What an agent signs, so that the collector keeps nothing with which a report could be forged.

A signature proves who sent a report and that nobody changed it on the way; it does not prove that the figures are true:
the school owns the machine and the key.
"""

import hashlib

SIGNATURE_HEADER = "Campus-Signature"
"""``ed25519 <base64url of 64 bytes, unpadded>`` over :func:`signed_bytes`."""

CHAIN_HEADER = "Campus-Chain"
"""
The ``chain`` of the last receipt this agent got; absent on the first report.

Two machines cloned from one image share key, token and chain. The first of them to report moves the chain on; the second
then shows the old one, and both are seen.
"""


def signed_bytes(agent_id: str, report_id: str, sequence: int, chain: str, body: bytes) -> bytes:
    """The message under a report's signature. ``body`` is the request's body as sent, gzip included."""
    digest = hashlib.sha256(body).hexdigest()
    return f"campus-audit/report/1\n{agent_id}\n{report_id}\n{sequence}\n{chain}\n{digest}".encode()
