"""
The way from each released schema to the present one, step by step, in one transaction with everything else at opening.

A step changes what is there; tables that are new are made afterwards from :mod:`collector.store.schema`. Steps are never
edited once released: ``tests/collector/store/golden/`` holds a database of each earlier schema and what must be left of it.
"""

import logging
from collections.abc import Callable

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from collector.store.migrations import v0002_identity

STEPS: dict[int, Callable[[Operations], None]] = {2: v0002_identity.upgrade}
"""By the number of the schema that each leads to."""
_log = logging.getLogger("collector.store")


def upgrade(connection: Connection, found: int) -> None:
    """Lead the tables of schema ``found`` to the present one."""
    operations = Operations(MigrationContext.configure(connection))
    for number in range(found + 1, max(STEPS) + 1):
        _log.info("the database is led from schema %d to %d", number - 1, number)
        STEPS[number](operations)
