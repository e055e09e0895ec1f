"""Long lists of keys, as the databases look them up."""

from typing import Any

import pytest
from sqlalchemy import Column, Connection, Select, create_engine, event, insert, select

from observability.projection.chunk import among, one_of
from observability.rollup.tables import rollup_amount
from observability.tables import STATE, case_key, entity

ALIKE = [
    (entity.c.type, entity.c.key),
    (case_key.c.process, case_key.c.key),
    tuple(rollup_amount.primary_key.columns),
]


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    STATE.create_all(engine)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


@pytest.mark.parametrize("columns", ALIKE, ids=lambda those: those[0].table.name)
def test_rows_are_looked_up_by_several_columns_however_many_there_are(
    connection: Connection, columns: tuple[Column[str], ...]
):
    table = columns[0].table
    plan = planned(
        connection, select(table).where(among(*columns)), [tuple("x" for _ in columns)] * 3
    )
    assert f"SEARCH {table.name}" in plan
    assert f"SCAN {table.name}" not in plan


def test_only_the_rows_that_are_asked_for_are_found(connection: Connection):
    names = [("PO", "1"), ("PO", "2"), ("customer", "1")]
    rows = [{"process": one, "key": key, "instance": one + key} for one, key in names]
    connection.execute(insert(case_key), rows)
    columns = (case_key.c.process, case_key.c.key)
    found = select(case_key.c.instance).where(one_of(columns, [("PO", "1"), ("customer", "2")]))
    assert connection.execute(found).scalars().all() == ["PO1"]
    assert connection.execute(select(case_key).where(among(*columns)), {"keys": []}).all() == []


def planned(connection: Connection, query: Select[Any], keys: list[tuple[str, ...]]) -> str:
    """Return how SQLite finds the rows."""
    told: list[tuple[str, tuple[str, ...]]] = []

    @event.listens_for(connection, "before_cursor_execute")
    def tell(_c, _cursor, statement, parameters, _context, _many) -> None:
        told.append((statement, parameters))

    connection.execute(query, {"keys": keys})
    statement, parameters = told[0]
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return "\n".join(row[3] for row in plan)
