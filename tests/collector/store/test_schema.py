"""The schema can be spread over machines by school, and no key depends on time or on a counter."""

import pytest
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.schema import CreateTable

from collector.store.schema import Moment, metadata, report
from tests.collector.conftest import START

OF_NO_SCHOOL = {"schema_version"}
TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_primary_key_begins_with_the_school(table: Table) -> None:
    first = next(iter(table.primary_key.columns)).name
    assert (first == "school_id") is (table.name not in OF_NO_SCHOOL)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_nothing_counts_by_itself(table: Table) -> None:
    for dialect in (PGDialect(), SQLiteDialect()):  # type: ignore[no-untyped-call]
        words = str(CreateTable(table).compile(dialect=dialect)).upper()
        assert "SERIAL" not in words
        assert "IDENTITY" not in words
        assert "AUTOINCREMENT" not in words


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_unique_indexes_and_foreign_keys_stay_within_a_school(table: Table) -> None:
    assert not [index.name for index in table.indexes if index.unique and "school_id" not in index.columns]
    assert not table.foreign_keys


def test_the_key_of_a_report_does_not_depend_on_time() -> None:
    assert [column.name for column in report.primary_key.columns] == ["school_id", "report_id"]


def test_a_time_survives_storage_to_the_microsecond() -> None:
    moment, dialect = START.replace(microsecond=123457), SQLiteDialect()
    assert Moment().process_result_value(Moment().process_bind_param(moment, dialect), dialect) == moment
