"""Schema 2: agents have keys and chains, reports say whether they were signed."""

from alembic.operations import Operations
from sqlalchemy import BigInteger, Boolean, Column, Integer, String


def upgrade(operations: Operations) -> None:
    """Columns only; earlier agents have no key, and of earlier reports nobody knows."""
    for name, type_ in (
        ("public_key", String(43)),
        ("chain", String(43)),
        ("chain_before", String(43)),
        ("chain_behind", Integer()),
        ("cloned_at", BigInteger()),
        ("revoked_at", BigInteger()),
    ):
        operations.add_column("agent", Column(name, type_))
    operations.add_column("report", Column("signed", Boolean()))
