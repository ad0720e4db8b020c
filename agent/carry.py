"""
Reports carried to the collector by hand, for schools without a working uplink.

One zip: ``carry.json`` (:class:`contract.carry.Carry`) with a signature for each report, and their bodies as they would have
been posted. What was exported stays in the spool; the collector recognises a report that comes twice. The receipt that
``campus-collector import-spool`` writes is carried back, and only then are the reports forgotten here.
"""

import datetime as dt
import hashlib
import io
import zipfile

from agent.errors import UsageError
from agent.identity import Credentials
from agent.signing import Signer
from agent.spool import Spool
from contract import carry
from contract.carry import Carried, Carry, Received
from contract.wire import WireError, decode, encode


def bundle(spool: Spool, enrolled: Credentials, signer: Signer, now: dt.datetime) -> tuple[bytes, int]:
    """The file's bytes and how many reports are in it, parked ones included: their refusal may have been the network's."""
    found = sorted([*spool.waiting(), *(entry for entry, _ in spool.parked())])
    listed = []
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for entry in found:
            body = spool.body(entry)
            name = f"reports/{entry.path.name}"
            archive.writestr(_member(name), body)
            listed.append(
                Carried(
                    name=name,
                    report_id=entry.report_id,
                    sequence=entry.sequence,
                    proof=carry.token_proof(enrolled.token, body),
                    signature=signer.signature(entry.report_id, entry.sequence, carry.CHAIN, body),
                    sha256=hashlib.sha256(body).hexdigest(),
                )
            )
        contents = Carry(schema=1, school_id=enrolled.school_id, agent_id=enrolled.agent_id, exported_at=now, reports=listed)
        archive.writestr(_member(carry.MANIFEST), encode(contents))
    return buffer.getvalue(), len(found)


def settle(spool: Spool, raw: bytes, agent_id: str) -> int:
    """Forget the reports that a collector's receipt names; return how many. :class:`UsageError` for another agent's."""
    try:
        received = decode(raw, Received)
    except WireError as error:
        raise UsageError("agent.export.no_receipt", problem=str(error.message.params["problem"])) from error
    if received.agent_id != agent_id:
        raise UsageError("agent.export.other_agent", agent=received.agent_id)
    wanted = set(received.report_ids)
    gone = [entry for entry in [*spool.waiting(), *(item for item, _ in spool.parked())] if entry.report_id in wanted]
    for entry in gone:
        spool.delivered(entry)
    spool.open()
    return len(gone)


def _member(name: str) -> zipfile.ZipInfo:
    """Without a time stamp: equal reports give equal files. Read and write for the owner."""
    made = zipfile.ZipInfo(name)
    made.external_attr = 0o600 << 16
    return made
