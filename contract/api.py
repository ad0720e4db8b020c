"""
What the collector's HTTP interface sends and takes (``/v1``), apart from reports.

One definition for both ends: the collector encodes these, the agent and the dashboard decode them.
"""

from typing import Annotated

from msgspec import Meta, Struct

from contract.attestation import AttestedAnswer
from contract.message import Bilingual, Param
from contract.outcome import Outcome, Verdict
from contract.reason import Reason
from contract.report import AwareTime, Identifier, ShortText
from contract.school import School
from contract.score import Scorecard


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``application/problem+json`` (RFC 9457) with the message code, so that each client can say it in its language."""

    type: str
    """``urn:campus-audit:<code>``"""
    title: str
    """English, for logs."""
    status: int
    code: str
    """Entry of the catalogues: ``problem.…`` or ``wire.…``."""
    params: dict[str, Param] = {}
    field: str | None = None
    """Path of the offending field, e.g. ``$.runs[0].check``."""


class EnrolRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/enrol``. The same ``install_id`` and code again give the same agent: a lost answer costs nothing."""

    code: Annotated[str, Meta(pattern=r"^[0-9A-Za-z -]{8,32}\Z")]
    install_id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    """128 random bits made by the agent at its first enrolment; no hardware id."""
    public_key: Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{43}\Z")] | None = None
    """Ed25519 public key, base64url without padding; None where the agent cannot sign and only has its token."""


class EnrolAnswer(Struct, frozen=True, kw_only=True):
    """``token`` is shown once; the collector keeps its SHA-256 only."""

    agent_id: Identifier
    school_id: Identifier
    token: str
    collector_time: AwareTime


class Receipt(Struct, frozen=True, kw_only=True):
    """Answer to ``POST /v1/reports``: 201 when new, 200 when the same report was there already."""

    report_id: str
    received_at: AwareTime
    duplicate: bool = False
    chain: str | None = None
    """Random value to show with the next report (:mod:`contract.signing`)."""
    cloned: bool = False
    """The collector has seen two machines with this identity; the agent should enrol again."""


class Gap(Struct, frozen=True, kw_only=True):
    """The criterion that costs a school most."""

    criterion: str
    title: Bilingual
    outcome: Outcome


class SchoolRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A school in the overview."""

    id: str
    name: str
    county: str
    kind: str
    verdict: Verdict = Verdict.UNDECIDED
    score: float | None = None
    floor: float | None = None
    ceiling: float | None = None
    coverage: float | None = None
    last_report_at: AwareTime | None = None
    worst_gap: Gap | None = None
    download_mbit_s: float | None = None
    upload_mbit_s: float | None = None
    ipv6_level: int | None = None
    devices: int | None = None


class SchoolPage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``GET /v1/schools?county=&verdict=&q=&limit=&after=``, ordered by id. ``next`` is the ``after`` of the next page."""

    items: list[SchoolRow]
    total: int
    next: str | None = None


class AgentRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An enrolled agent of a school."""

    agent_id: str
    enrolled_at: AwareTime
    last_seen_at: AwareTime | None = None
    version: str = ""
    clock_offset_s: float | None = None
    """Agent's clock minus the collector's at the last report; None before the first."""
    signed: bool = False
    """It enrolled a key, and every report of it is signed."""
    cloned: bool = False
    """Two machines have shown this identity."""
    revoked: bool = False


class ReportRow(Struct, frozen=True, kw_only=True):
    """A stored report, without its body."""

    report_id: str
    agent_id: str
    received_at: AwareTime
    started_at: AwareTime
    bytes: int
    sequence: int


class SchoolDetail(Struct, frozen=True, kw_only=True):
    """``GET /v1/schools/{id}``: scored at the moment of asking, so that staleness is true."""

    row: SchoolRow
    school: School
    scorecards: list[Scorecard]
    agents: list[AgentRow]
    reports: list[ReportRow]
    """The newest 50."""


class TargetState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    A number for a whole county or city, as an interval: what is proven, and what is possible.

    ``share_low`` = met / total, ``share_high`` = (met + undecided) / total, in percent with one decimal; None when no school
    is in the denominator.
    """

    id: str
    pack: str
    title: Bilingual
    quote: str
    denominator: Bilingual
    """Which schools count, in words."""
    threshold_percent: float
    deadline: str
    """ISO date."""
    total: int
    met: int
    unmet: int
    undecided: int
    needed: int
    """Schools that must meet it: ceil(threshold × total)."""
    share_low: float | None
    share_high: float | None
    outcome: Outcome
    """met when share_low reaches the threshold, unmet when share_high cannot, else unknown."""
    met_ids: list[str] = []
    """Who is in it: schools by outcome, so that the share can be counted again."""
    unmet_ids: list[str] = []
    undecided_ids: list[str] = []
    after_deadline: bool = False
    """The deadline is over: what is measured now says nothing of the state at that day."""


class CountedState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a county or city counts or answers itself, on whose word, and whether it is enough."""

    id: str
    pack: str
    title: Bilingual
    clause: str
    quote: str
    level: str
    outcome: Outcome
    reason: Reason
    deadline: str | None = None
    what: Bilingual | None = None
    needed: float | None = None
    counted: float | None = None
    answer: AttestedAnswer | None = None


class Rollup(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``GET /v1/rollup?county=``: one county, or everything the token may see."""

    county: str | None = None
    schools: int
    reporting: int
    """Schools with a report within ``reporting_days``."""
    reporting_days: int
    meets: int
    falls_short: int
    undecided: int
    targets: list[TargetState]
    counties: list[str] = []
    as_of: AwareTime
    counted: list[CountedState] = []


class SpeedSession(Struct, frozen=True, kw_only=True):
    """``POST /v1/speed/sessions``: permission to move bulk data now, and its limits."""

    session: str
    max_bytes: int
    """Per direction."""
    max_seconds: float
    peer_address: ShortText
    """The address the collector sees the agent at."""


class SpeedCount(Struct, frozen=True, kw_only=True):
    """``GET /v1/speed/sessions/{session}``: what the collector has received, so that upload is counted where it arrives."""

    received_bytes: int
    samples: list[tuple[float, int]]
    """(seconds since the first byte, total bytes), each 100 ms while data arrives."""
    sent_bytes: int
    server_mbit_s: float | None = None
    """What the server's own line left for this session at the worst moment; None when it has not been declared."""
    resent: tuple[int, int] | None = None
    """(retransmitted, sent) segments of the server towards the agent, where its system tells."""


class SpeedRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Body of ``POST /v1/speed/sessions``; an empty body asks for a session without a receipt."""

    report_id: ShortText = ""
    """The report that the result will be part of; its receipt is good for this one only."""


class SpeedReceipt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a speed server vouches for, by its own clock and its own counts."""

    version: int
    session: str
    school_id: str
    agent_id: str
    report_id: str
    opened_at: AwareTime
    closed_at: AwareTime
    peer: str
    download_bytes: int
    upload_bytes: int
    download_mbit_s: float | None = None
    """Mean of the later half of the transfer; None when it took less than 1 s."""
    upload_mbit_s: float | None = None
    server_mbit_s: float | None = None


class SignedReceipt(Struct, frozen=True, kw_only=True):
    """Answer to ``DELETE /v1/speed/sessions/{session}``: ``body`` is the JSON of a :class:`SpeedReceipt`, as signed."""

    body: Annotated[str, Meta(max_length=4096)]
    signature: Annotated[str, Meta(max_length=128)]
    """Ed25519 over the UTF-8 of ``body``, base64url without padding."""


class Witness(Struct, frozen=True, kw_only=True):
    """Answer to ``GET /v1/witness``: the collector's own word on where an agent came from."""

    address: ShortText
    """IP literal of the peer as the collector's socket saw it."""


class SlotAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    ``POST /v1/slots``: whether and when this machine may run a speed test.

    ``state`` is ``granted`` (test in ``wait_s``), ``stand_in`` (another machine of the same line has the lease; ask again in
    ``wait_s``), ``done`` (the line was tested a short while ago) or ``never`` (not before ``wait_s``).
    """

    state: ShortText
    wait_s: float
    slot: str = ""
    """Give it back with ``DELETE /v1/slots/{slot}`` when the test is over."""
    used_megabytes: float = 0.0
    budget_megabytes: float = 0.0
    """Of the school's speed tests in this month."""
