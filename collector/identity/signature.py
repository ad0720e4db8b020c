"""Whether a report was signed with the key that its agent enrolled (Ed25519, RFC 8032)."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.requests import Request

from collector.api.problem import ProblemError
from collector.identity.principal import Principal
from contract.report import Report
from contract.signing import CHAIN_HEADER, SIGNATURE_HEADER, signed_bytes

MOST_CHAIN = 43


def check_signature(request: Request, sender: Principal, report: Report, body: bytes) -> bool:
    """
    True for a report signed with the agent's key, False from an agent that enrolled without one.

    An agent with a key must sign: else a token that was read somewhere would be enough. Raises 403
    ``problem.signature_missing`` or ``problem.signature_wrong``.
    """
    if sender.public_key is None:
        return False
    kind, _, text = request.headers.get(SIGNATURE_HEADER, "").partition(" ")
    if not text:
        raise ProblemError(403, "problem.signature_missing", field=SIGNATURE_HEADER)
    chain = request.headers.get(CHAIN_HEADER, "")
    message = signed_bytes(report.agent_id, str(report.report_id), report.sequence, chain, body)
    if kind != "ed25519":
        raise ProblemError(403, "problem.signature_wrong", field=SIGNATURE_HEADER)
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(sender.public_key)).verify(_bytes(text), message)
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise ProblemError(403, "problem.signature_wrong", field=SIGNATURE_HEADER) from error
    return True


def usable_key(text: str) -> bool:
    """Whether ``text`` is a public key at all; one that is not would lock its agent out."""
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(text))
    except (ValueError, binascii.Error):
        return False
    return True


def chain_of(request: Request) -> str | None:
    """The chain that the report shows; one that is too long is none of ours."""
    shown = request.headers.get(CHAIN_HEADER)
    return None if not shown else shown[: MOST_CHAIN + 1]


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
