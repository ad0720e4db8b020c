"""
The tables.

Laws that ``tests/collector/store/test_schema.py`` keeps, so that the same schema runs on a distributed engine: every primary
key of what belongs to a school begins with ``school_id``; no sequence, no autoincrement; no key of a report depends on time
(a retry across midnight must meet its first try); months only partition what hangs below a report.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

VERSION = 2
"""Number of this schema, stored in the database; :mod:`collector.store.migrations` leads there from every earlier one."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime | None) -> int | None:
    """What is stored of a time."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def moment(stored: int | None) -> datetime | None:
    """The time of what is stored."""
    return None if stored is None else _EPOCH + stored * _MICROSECOND


class Moment(TypeDecorator[datetime]):
    """An aware time as whole microseconds since 1970 UTC: exact, sortable, and the same on every engine."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the database."""
        return microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return moment(value)


metadata = MetaData()


def _table(name: str, *columns: Column[Any] | Index) -> Table:
    # SQLite keeps such a table as one tree in the order of its key: half the pages of a table with row ids and an index.
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def _key(name: str, type_: Any) -> Column[Any]:
    return Column(name, type_, primary_key=True, autoincrement=False)


def _school() -> Column[Any]:
    return _key("school_id", String(64))


schema_version = _table("schema_version", _key("version", Integer), Column("applied_at", Moment, nullable=False))

audit = _table(
    "audit",
    _school(),  # empty for what concerns the bureau
    _key("at", Moment),
    _key("entry_id", String(36)),
    Column("person", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(256), nullable=False),
)

school = _table(
    "school",
    _school(),
    Column("name", String(128), nullable=False),
    Column("county", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("students", Integer),
    Column("classes", Integer),
    Column("teachers", Integer),
    Column("contract_mbit_s", Float),
    Column("updated_at", Moment, nullable=False),
    Index("school_by_county", "county", "school_id"),
)

agent = _table(
    "agent",
    _school(),
    _key("agent_id", String(64)),
    Column("install_id", String(32), nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("last_seen_at", Moment),
    Column("version", String(256), nullable=False, default=""),
    Column("clock_offset_s", Float),
    Column("sequence", BigInteger, nullable=False, default=0),
    Column("public_key", String(43)),  # Ed25519, base64url; null for an agent that only has its token
    Column("chain", String(43)),  # contract.signing: what the newest receipt gave
    Column("chain_before", String(43)),
    Column("chain_behind", Integer),  # new reports in a row that showed the chain before
    Column("cloned_at", Moment),
    Column("revoked_at", Moment),
)

token = _table(
    "token",
    _school(),  # empty for tokens of the bureau
    _key("digest", String(64)),
    Column("role", String(16), nullable=False),
    Column("agent_id", String(64)),
    Column("counties", Text),  # JSON array; null means all
    Column("note", String(256), nullable=False, default=""),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)

enrolment_code = _table(
    "enrolment_code",
    _school(),
    _key("digest", String(64)),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("install_id", String(32)),
    Column("agent_id", String(64)),
    Column("used_at", Moment),
    Index("enrolment_code_by_digest", "digest"),
)

report = _table(
    "report",
    _school(),
    _key("report_id", String(36)),
    Column("received_at", Moment, nullable=False),
    Column("agent_id", String(64), nullable=False),
    Column("agent_version", String(256), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("clock_offset_s", Float, nullable=False),
    Column("schema_no", Integer, nullable=False),
    Column("privileged", Boolean, nullable=False),
    Column("spool_waiting", BigInteger, nullable=False),
    Column("spool_parked", BigInteger, nullable=False),
    Column("spool_dropped", BigInteger, nullable=False),
    Column("body_sha256", String(64), nullable=False),  # of the JSON, so that a retry may be packed anew
    Column("body_bytes", Integer, nullable=False),  # as received
    Column("signed", Boolean),  # null for reports of schema 1
    Index("report_by_time", "school_id", "received_at"),
)

report_body = _table(
    "report_body",
    _school(),
    _key("received_month", String(7)),
    _key("report_id", String(36)),
    Column("encoding", String(8), nullable=False),
    Column("body", LargeBinary, nullable=False),  # exactly the bytes received
)

measurement = _table(
    "measurement",
    _school(),
    _key("received_at", Moment),
    _key("report_id", String(36)),
    _key("place", Integer),
    Column("agent_id", String(64), nullable=False),
    Column("check_id", String(32), nullable=False),
    Column("check_version", Integer, nullable=False),
    Column("name", String(96), nullable=False),
    Column("subject", String(256)),
    Column("value", Text, nullable=False),  # JSON: true, 12, 12.0, "text" and null stay apart
    Column("unit", String(16), nullable=False),
    Column("bound", String(16), nullable=False),
    Column("reason", Text),
    Column("path", String(8)),
    Column("provenance", String(24), nullable=False),
    Column("offset_s", Float, nullable=False),
)

check_run = _table(
    "check_run",
    _school(),
    _key("received_at", Moment),
    _key("report_id", String(36)),
    _key("check_id", String(32)),
    Column("check_version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", Text),
    Column("offset_s", Float, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("measurements", Integer, nullable=False),
    Column("devices", Integer, nullable=False),
    Column("personal_devices", Integer, nullable=False),
)

check_latest = _table(
    "check_latest",
    _school(),
    _key("check_id", String(32)),
    Column("received_at", Moment, nullable=False),
    Column("report_id", String(36), nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", Text),
    Column("measured_at", Moment),  # of the newest run that gave any measurement
    Column("measured_report_id", String(36)),
)

school_latest = _table(
    "school_latest",
    _school(),
    Column("received_at", Moment, nullable=False),
    Column("report_id", String(36), nullable=False),
    Column("download_mbit_s", Float),
    Column("upload_mbit_s", Float),
    Column("ipv6_level", Integer),
    Column("devices", Integer),
)

school_day = _table(
    "school_day",
    _school(),
    _key("day", String(10)),  # in the collector's time zone
    Column("reports", Integer, nullable=False),
    Column("downloads", Integer, nullable=False),
    Column("download_sum", Float, nullable=False),
    Column("download_min", Float),
    Column("download_max", Float),
    Column("uploads", Integer, nullable=False),
    Column("upload_sum", Float, nullable=False),
    Column("upload_min", Float),
    Column("upload_max", Float),
)

school_dirty = _table(
    "school_dirty",
    _school(),
    Column("received_at", Moment, nullable=False),  # newest report not yet in the scorecards
)

scorecard = _table(
    "scorecard",
    _school(),
    _key("pack_id", String(64)),
    Column("pack_version", String(32), nullable=False),
    Column("scoring_digest", String(64), nullable=False),
    Column("scored_at", Moment, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("score", Float),
    Column("coverage", Float),
    Column("floor", Float),
    Column("ceiling", Float),
    Column("gap", Text),  # contract.api.Gap as JSON, so that the overview need not open the card
    Column("card", LargeBinary, nullable=False),  # contract.score.Scorecard as canonical JSON
)

flip = _table(
    "flip",
    _school(),
    _key("pack_id", String(64)),
    _key("criterion", String(64)),
    _key("number", Integer),  # of this criterion's flips in this school, from 1
    Column("at", Moment, nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    Column("before_report_id", String(36)),
    Column("after_report_id", String(36)),
    Column("pack_version", String(32), nullable=False),
)
