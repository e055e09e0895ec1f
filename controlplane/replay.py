"""
Replay: the log, taken again from its beginning, gives the state that stands.

The same micro-batches are taken in a scratch database; every projection, exception and
ledger row is then compared. Decisions and deliveries are histories and are not.
"""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, MetaData, Table, select

from controlplane.consumer import Consumer
from controlplane.database import Databases, reading, sqlite_engine
from controlplane.migrations import migrate
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.processing import Processing
from controlplane.tables import PROGRAM
from governance.tables import GOVERNANCE
from observability.projection import progress_stores
from observability.tables import STATE

HISTORIES = frozenset(
    {
        "decision",
        "unchecked",
        "outbox",
        "delivery",
        "told",
        "unprocessed",
        "standstill",
        "held_case",
        "passage",
        "foretelling",
        "foretold",
    }
)
_PIECE = 500
_SAMPLES = 5

Progress = Callable[[int, int], None]
"""(offset reached, offset to reach)"""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One table: how many rows stand, how many the replay gave, and keys of rows that differ."""

    table: str
    standing: int
    replayed: int
    differing: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        return self.standing == self.replayed and not self.differing


class Report(msgspec.Struct, frozen=True, kw_only=True):
    offset: int
    tables: tuple[Comparison, ...]

    @property
    def equal(self) -> bool:
        return all(one.equal for one in self.tables)


def verify(
    databases: Databases, decider: Decider, *, progress: Progress = lambda _done, _all: None
) -> Report:
    """
    Replay the log of *databases* up to where its worker is, and compare.

    Only reads; a worker may go on meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="controlplane-replay-") as folder:
        scratch = sqlite_engine(Path(folder) / "state.db")
        migrate(Databases(sqlite_engine(Path(folder) / "log.db"), scratch))
        replayed = Databases(databases.log, scratch)
        with reading(databases.state) as standing:
            offset = progress_stores.offset_of(standing, progress_stores.WORKER)
            _replay(standing, replayed, decider, offset, progress)
            with reading(scratch) as again:
                tables = tuple(_compare(standing, again, table) for table in _compared())
        scratch.dispose()
    return Report(offset=offset, tables=tables)


def _replay(
    standing: Connection, replayed: Databases, decider: Decider, offset: int, progress: Progress
) -> None:
    consumer = Consumer(replayed, Processing(decider, tells=False))
    while consumer.offset < offset:
        for boundary in progress_stores.boundaries(standing, consumer.offset, _PIECE):
            consumer.repeat(boundary)
            progress(consumer.offset, offset)


def _compared() -> list[Table]:
    metadata: tuple[MetaData, ...] = (STATE, GOVERNANCE, PROGRAM)
    return [
        table
        for one in metadata
        for name, table in sorted(one.tables.items())
        if name not in HISTORIES
    ]


def _compare(standing: Connection, replayed: Connection, table: Table) -> Comparison:
    ours, theirs = _digests(standing, table), _digests(replayed, table)
    differing = sorted(
        key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)
    )
    return Comparison(
        table=str(table.name),  # of SQLAlchemy it is a text that no encoder knows
        standing=len(ours),
        replayed=len(theirs),
        differing=tuple(differing[:_SAMPLES]),
    )


def _digests(connection: Connection, table: Table) -> dict[str, bytes]:
    """Return a digest of every row under its key."""
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns]
    found: dict[str, bytes] = {}
    for row in connection.execute(select(table)):
        values: dict[str, Any] = dict(zip(names, row, strict=True))
        key = "/".join(str(values[name]) for name in keys)
        found[key] = hashlib.sha256(msgspec.msgpack.encode(list(row))).digest()[:16]
    return found
