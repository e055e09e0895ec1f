"""The migrations give the schema that the tables describe, and can be taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from controlplane.database import Databases, open_databases, writing
from controlplane.migrations import TREES, config, migrate, pending, version_table


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """An installation without a single table, on each database in turn."""
    url = request.getfixturevalue("bare_postgresql_url") if request.param == "postgresql" else None
    opened = open_databases(tmp_path, url)
    yield opened
    opened.close()


def test_what_is_migrated_is_what_the_tables_say(bare: Databases):
    assert pending(bare) == ["log", "state"]
    migrate(bare)
    assert pending(bare) == []
    assert {tree: _differences(bare, tree) for tree in TREES} == {"log": [], "state": []}


def test_migrating_twice_changes_nothing(bare: Databases):
    migrate(bare)
    tables = _tables(bare)
    migrate(bare)
    assert _tables(bare) == tables


def test_a_migration_can_be_taken_back(bare: Databases):
    migrate(bare)
    for tree in ("state", "log"):
        with writing(_engine(bare, tree)) as connection:
            command.downgrade(config(tree, connection), "base")
    assert _tables(bare) <= {version_table(tree) for tree in TREES}
    migrate(bare)
    assert pending(bare) == []


def _engine(databases: Databases, tree: str) -> Engine:
    return databases.log if tree == "log" else databases.state


def _differences(databases: Databases, tree: str) -> list[object]:
    def mine(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or any(name in metadata.tables for metadata in TREES[tree])

    with _engine(databases, tree).connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": version_table(tree),
                "compare_type": True,
                "include_name": mine,
                "target_metadata": list(TREES[tree]),
            },
        )
        return compare_metadata(context, list(TREES[tree]))


def _tables(databases: Databases) -> set[str]:
    return {
        name
        for engine in (databases.log, databases.state)
        for name in inspect(engine).get_table_names()
    }
