"""
The log on a database: append in commit order, read in that order.

On PostgreSQL appenders take turns by an advisory lock: a bare sequence would let a
later offset commit before an earlier one, and a reader would skip the earlier for ever.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from observability.log.entry import EVENT, Appended, LogEntry
from observability.projection.chunk import one_of
from observability.tables import log_entry
from rules.instant import from_micros, to_micros

_LOCK = 0x636F6E74726F6C  # "control"
_CHUNK = 500
_LAST = 'SELECT coalesce(max("offset"), 0) FROM log_entry'
_COLUMNS = 5  # kind, source, id, at, payload
_BLOCKS = tuple(1 << power for power in range(7, -1, -1))  # rows of one statement: 128, 64 … 1
_SQLITE = {
    rows: "INSERT INTO log_entry (kind, source, id, at, payload) VALUES "  # noqa: S608
    + ", ".join(["(?, ?, ?, ?, ?)"] * rows)
    + " ON CONFLICT DO NOTHING"
    for rows in _BLOCKS
}
_POSTGRESQL = (
    "INSERT INTO log_entry (kind, source, id, at, payload) "
    "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bytea[]) "
    "ON CONFLICT DO NOTHING"
)

_WHOLE = [log_entry.c[name] for name in ("offset", "kind", "source", "id", "at", "payload")]


def append(connection: Connection, entries: Sequence[LogEntry]) -> Appended:
    """Append *entries* in their order; one that is in the log already is counted, not stored."""
    return append_all(connection, [entries])[0]


def append_all(connection: Connection, requests: Sequence[Sequence[LogEntry]]) -> list[Appended]:
    """Append the entries of several *requests* at once; answer each for its own."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    values = _values(entry for request in requests for entry in request)
    inserted, last = _insert(connection, values) if values else (0, last_offset(connection))
    if inserted * _COLUMNS == len(values):
        return [Appended(accepted=len(r), duplicates=0, last_offset=last) for r in requests]
    return list(_shares(requests, _newest_names(connection, inserted), last))


def read(
    connection: Connection, after: int, limit: int, *, until: int | None = None
) -> list[LogEntry]:
    """Return at most *limit* entries behind offset *after*, none behind *until*, in order."""
    offset = log_entry.c.offset
    query = select(*_WHOLE).where(offset > after)
    if until is not None:
        query = query.where(offset <= until)
    rows = connection.execute(query.order_by(offset).limit(limit))
    return [_entry(row) for row in rows]


def entries(connection: Connection, offsets: Iterable[int]) -> Iterator[LogEntry]:
    """Yield the entries at *offsets*, in order."""
    wanted = iter(sorted(offsets))
    while chunk := list(islice(wanted, _CHUNK)):
        those = select(*_WHOLE).where(log_entry.c.offset.in_(chunk)).order_by(log_entry.c.offset)
        yield from map(_entry, connection.execute(those))


def offsets_of(connection: Connection, names: Iterable[tuple[str, str]]) -> set[int]:
    """Return where the entries of *names* (source, id) stand that the log holds."""
    c, found, wanted = log_entry.c, set[int](), iter(names)
    while chunk := list(islice(wanted, _CHUNK)):
        named = select(c.offset).where(one_of((c.source, c.id), chunk))
        found |= set(connection.execute(named).scalars())
    return found


def find(connection: Connection, source: str, id_: str) -> LogEntry | None:
    """Return the entry of that name."""
    found = log_entry.c
    query = select(*_WHOLE).where(found.source == source, found.id == id_)
    row = connection.execute(query).one_or_none()
    return None if row is None else _entry(row)


def payloads(connection: Connection, offsets: Iterable[int]) -> dict[int, bytes]:
    """Return the payload of each of *offsets* that the log holds."""
    found: dict[int, bytes] = {}
    wanted = iter(offsets)
    while chunk := list(islice(wanted, _CHUNK)):
        rows = connection.execute(
            select(log_entry.c.offset, log_entry.c.payload).where(log_entry.c.offset.in_(chunk))
        ).all()
        found.update((row.offset, row.payload) for row in rows)
    return found


def last_offset(connection: Connection) -> int:
    """Return the offset of the last entry, 0 when the log is empty."""
    return int(connection.exec_driver_sql(_LAST).scalar_one())


def _entry(row: Sequence[Any]) -> LogEntry:
    offset, kind, source, id_, at, payload = row
    return LogEntry(
        offset=offset, kind=kind, source=source, id=id_, at=from_micros(at), payload=payload
    )


def _values(entries: Iterable[LogEntry]) -> list[Any]:
    """Return the columns of all rows, one row after the other."""
    values: list[Any] = []
    shown, micros = None, 0
    for entry in entries:
        if entry.at is not shown:  # a request's entries share one instant as a rule
            shown, micros = entry.at, to_micros(entry.at)
        values += (entry.kind, entry.source, entry.id, micros, entry.payload)
    return values


def _insert(connection: Connection, values: list[Any]) -> tuple[int, int]:
    """Return how many rows were new, and the last offset."""
    if connection.dialect.name == "postgresql":
        columns = tuple(values[place::_COLUMNS] for place in range(_COLUMNS))
        inserted = connection.exec_driver_sql(_POSTGRESQL, columns).rowcount
        return inserted, last_offset(connection)
    driver: Any = connection.connection.driver_connection  # half as dear as through SQLAlchemy
    inserted = sum(
        driver.execute(_SQLITE[rows], block).rowcount for rows, block in _in_blocks(values)
    )
    return inserted, driver.execute(_LAST).fetchone()[0]


def _in_blocks(values: list[Any]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Few statements of few sizes: each is prepared once and lets other threads run meanwhile."""
    start = 0
    for rows in _BLOCKS:
        width = rows * _COLUMNS
        while len(values) - start >= width:
            yield rows, tuple(values[start : start + width])
            start += width


def _newest_names(connection: Connection, count: int) -> set[tuple[str, str]]:
    """Return the names of the last *count* entries: nobody else appends in this transaction."""
    c = log_entry.c
    rows = connection.execute(select(c.source, c.id).order_by(c.offset.desc()).limit(count))
    return {(row.source, row.id) for row in rows}


def _shares(
    requests: Sequence[Sequence[LogEntry]], new: set[tuple[str, str]], last: int
) -> Iterator[Appended]:
    """Who brought a name first is told it was accepted; every other, that it was known."""
    for request in requests:
        accepted, repeated = 0, Counter[str]()
        for entry in request:
            name = (entry.source, entry.id)
            if name in new:
                new.remove(name)
                accepted += 1
            elif entry.kind == EVENT:
                repeated[entry.source] += 1
        yield Appended(
            accepted=accepted,
            duplicates=len(request) - accepted,
            last_offset=last,
            repeated=repeated,
        )
