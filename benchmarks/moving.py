"""The firm of an embedded installation as it stands in PostgreSQL: row by row, as it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Table, make_url, select

from controlplane.database import open_databases
from controlplane.migrations import migrate
from controlplane.tables import PROGRAM
from governance.tables import GOVERNANCE
from observability.tables import LOG, STATE

AT_ONCE = 10_000


def move(folder: Path, url: str) -> None:
    """Copy both databases in *folder* into the empty PostgreSQL database at *url*."""
    here, there = open_databases(folder, None, read_only=True), open_databases(folder, url)
    migrate(there)
    there.close()
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as target:
        for engine, metadata in ((here.log, (LOG,)), (here.state, (STATE, GOVERNANCE, PROGRAM))):
            with engine.connect() as source:
                for table in [one for each in metadata for one in each.sorted_tables]:
                    _copy(source, target, table)
        target.execute("VACUUM ANALYZE")
    here.close()


def _copy(source: Connection, target: "psycopg.Connection[Any]", table: Table) -> None:
    name = sql.Identifier(table.name)
    columns = sql.SQL(", ").join(sql.Identifier(one.name) for one in table.columns)
    if target.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name)).fetchone():
        return  # it was there from the beginning
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)
    with target.cursor() as cursor, cursor.copy(statement) as copy:
        for row in _rows(source, table):
            copy.write_row(row)


def _rows(source: Connection, table: Table) -> Iterator[Any]:
    rows = source.execution_options(yield_per=AT_ONCE).execute(select(table))
    for those in rows.partitions():
        yield from those
