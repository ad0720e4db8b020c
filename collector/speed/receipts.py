"""
Receipts: what a speed server vouches for, and whether a report's figures are those.

An agent belongs to the school it measures, so its word alone is worth what the school's word is. A receipt is the server's
own count under its own clock, signed with the collector's Ed25519 key, for one school, one agent and one report. A figure
becomes ``server_verified`` here and nowhere else; what a report claims about itself is not looked at.
"""

import base64
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from collector.speed.session import Session
from contract.api import SignedReceipt, SpeedReceipt
from contract.outcome import Bound, Provenance
from contract.reason import ReasonCode, because
from contract.report import CheckRun, Measurement, Report
from contract.wire import encode

VERSION = 1
LATEST = timedelta(hours=24)
"""Between the end of a test and its report: to measure, the agent had to reach the server, so the report follows at once."""
AGREEMENT = 0.03
"""Of a figure and its receipt: the agent takes the windows that agree, the server its later half (measured: within 1 %)."""
_KEY_BYTES = 32
KEY_FILE = "speed.key"
"""In the state folder; copied to each further machine that serves speed tests."""
_OWN = "bandwidth."
_VOUCHED = {"bandwidth.download_mbit_s": "download_mbit_s", "bandwidth.upload_mbit_s": "upload_mbit_s"}
_DERIVED = {"bandwidth.download_line_mbit_s": "download_mbit_s", "bandwidth.upload_line_mbit_s": "upload_mbit_s"}
LARGEST_OVERHEAD = 1.15
"""Layer 1 over payload: 1538 / 1448 is 1.062, PPPoE over IPv6 1.083; other traffic is vouched for by nobody."""


class Key:
    """Signs and verifies receipts; the same on every machine that serves speed tests for one collector."""

    def __init__(self, secret: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(secret)
        self._public = self._private.public_key()

    @classmethod
    def of_file(cls, path: Path, random_bytes: Callable[[int], bytes] = os.urandom) -> "Key":
        """The key in ``path``; made there, readable by its owner only, when there is none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(base64.b64decode(path.read_bytes()))
        with os.fdopen(number, "wb") as file:
            secret = random_bytes(_KEY_BYTES)
            file.write(base64.b64encode(secret))
            file.flush()
            os.fsync(file.fileno())
        return cls(secret)

    def sign(self, receipt: SpeedReceipt) -> SignedReceipt:
        """The receipt as it is handed out."""
        body = encode(receipt)
        signature = base64.urlsafe_b64encode(self._private.sign(body)).decode().rstrip("=")
        return SignedReceipt(body=body.decode(), signature=signature)

    def read(self, given: Any) -> SpeedReceipt | None:
        """The receipt in a report's evidence, when it is one and this key signed it."""
        try:
            signed = msgspec.convert(given, SignedReceipt)
            self._public.verify(base64.urlsafe_b64decode(signed.signature + "=="), signed.body.encode())
            return msgspec.json.decode(signed.body, type=SpeedReceipt)
        except (msgspec.MsgspecError, InvalidSignature, ValueError):
            return None


def receipt_of(session: Session, now: datetime, line_mbit_s: float | None) -> SpeedReceipt:
    """What the server counted in a session that has just ended; it was opened with a wall-clock time."""
    assert session.opened_at is not None
    sent, received = session.sent.later_half_mbit_s(), session.received.later_half_mbit_s()
    return SpeedReceipt(
        version=VERSION,
        session=session.name,
        school_id=session.school_id,
        agent_id=session.agent_id,
        report_id=session.report_id,
        opened_at=session.opened_at,
        closed_at=now,
        peer=session.peer,
        download_bytes=session.sent.bytes,
        upload_bytes=session.received.bytes,
        download_mbit_s=None if sent is None else round(sent, 3),
        upload_mbit_s=None if received is None else round(received, 3),
        server_mbit_s=None if line_mbit_s is None else line_mbit_s / session.most_open,
    )


def verified(report: Report, key: Key | None, received_at: datetime) -> Report:
    """
    The report as it is believed: each measurement's provenance is what can be proven, not what it says.

    A bandwidth figure that agrees with a good receipt is ``server_verified``. One that its receipt contradicts has no value
    any more and says why. Other bandwidth figures are ``agent_measured`` at best. The stored body stays as it came.
    """
    return replace(report, runs=[_run(run, report, key, received_at) for run in report.runs])


def _run(run: CheckRun, report: Report, key: Key | None, received_at: datetime) -> CheckRun:
    receipt = None
    if run.check == "bandwidth" and key is not None:
        receipt = key.read(run.evidence.get("receipt"))
        if receipt is not None and not _is_for(receipt, report, received_at):
            receipt = None
    return replace(run, measurements=[_measurement(found, receipt, run) for found in run.measurements])


def _is_for(receipt: SpeedReceipt, report: Report, received_at: datetime) -> bool:
    mine = (receipt.school_id, receipt.agent_id, receipt.report_id)
    fresh = receipt.opened_at <= receipt.closed_at <= received_at + timedelta(minutes=5) <= receipt.closed_at + LATEST
    return receipt.version == VERSION and mine == (report.school_id, report.agent_id, str(report.report_id)) and fresh


def _measurement(found: Measurement, receipt: SpeedReceipt | None, run: CheckRun) -> Measurement:
    if not found.name.startswith(_OWN):
        return found
    told = found.provenance if found.provenance is not Provenance.SERVER_VERIFIED else Provenance.AGENT_MEASURED
    plain = replace(found, provenance=told)
    column = _VOUCHED.get(found.name) or _DERIVED.get(found.name)
    if column is None or receipt is None or found.subject is not None or not isinstance(found.value, int | float):
        return plain
    vouched = getattr(receipt, column)
    if vouched is None:
        return plain
    derived = found.name in _DERIVED
    part = run.evidence.get(column.removesuffix("_mbit_s"))
    part = part if isinstance(part, dict) else {}
    # Another server's result, or the machine's other traffic in the sum: nothing that this server could vouch for.
    if part.get("server", 0) != 0 or (derived and part.get("other_added") is True):
        return plain
    high = vouched * (LARGEST_OVERHEAD if derived else 1) * (1 + AGREEMENT)
    low = vouched * (1 - AGREEMENT) if found.bound is Bound.EXACT else 0.0
    if low <= found.value <= high:
        return replace(plain, provenance=Provenance.SERVER_VERIFIED)
    reason = because(ReasonCode.RECEIPT_DISAGREES, value=round(found.value, 1), receipt=round(vouched, 1))
    return replace(plain, value=None, because=reason)
