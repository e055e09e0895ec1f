"""
The log on a database: append in commit order, read in that order.

On PostgreSQL appenders take turns by an advisory lock: a bare sequence would let a
later offset commit before an earlier one, and a reader would skip the earlier for ever.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from sqlalchemy import Connection, select

from observability.log.entry import Appended, LogEntry
from observability.tables import log_entry
from rules.instant import from_micros, to_micros

_LOCK = 0x636F6E74726F6C  # "control"
_CHUNK = 500
_LAST = 'SELECT coalesce(max("offset"), 0) FROM log_entry'
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
_Row = tuple[str, str, str, int, bytes]


def append(connection: Connection, entries: Sequence[LogEntry]) -> Appended:
    """Append *entries* in their order; one that is in the log already is counted, not stored."""
    return append_all(connection, [entries])[0]


def append_all(connection: Connection, requests: Sequence[Sequence[LogEntry]]) -> list[Appended]:
    """Append the entries of several *requests* at once; answer each for its own."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    before = last_offset(connection)
    rows = list(_rows(entry for request in requests for entry in request))
    if not rows:
        return [Appended(accepted=0, duplicates=0, last_offset=before) for _ in requests]
    inserted = _insert(connection, rows)
    after = last_offset(connection)
    if inserted == len(rows):
        return [Appended(accepted=len(r), duplicates=0, last_offset=after) for r in requests]
    return list(_shares(requests, _names_after(connection, before), after))


def read(
    connection: Connection, after: int, limit: int, *, until: int | None = None
) -> list[LogEntry]:
    """Return at most *limit* entries behind offset *after*, none behind *until*, in order."""
    c = log_entry.c
    query = select(c.offset, c.kind, c.source, c.id, c.at, c.payload).where(c.offset > after)
    if until is not None:
        query = query.where(c.offset <= until)
    rows = connection.execute(query.order_by(c.offset).limit(limit))
    return [
        LogEntry(
            offset=offset, kind=kind, source=source, id=id_, at=from_micros(at), payload=payload
        )
        for offset, kind, source, id_, at, payload in rows
    ]


def find(connection: Connection, source: str, id_: str) -> LogEntry | None:
    """Return the entry of that name."""
    found = log_entry.c
    query = select(log_entry).where(found.source == source, found.id == id_)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return LogEntry(
        offset=row.offset,
        kind=row.kind,
        source=row.source,
        id=row.id,
        at=from_micros(row.at),
        payload=row.payload,
    )


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


def _rows(entries: Iterable[LogEntry]) -> Iterator[_Row]:
    shown, micros = None, 0
    for entry in entries:
        if entry.at is not shown:  # a request's entries share one instant as a rule
            shown, micros = entry.at, to_micros(entry.at)
        yield entry.kind, entry.source, entry.id, micros, entry.payload


def _insert(connection: Connection, rows: list[_Row]) -> int:
    if connection.dialect.name == "postgresql":
        columns = tuple([list(column) for column in zip(*rows, strict=True)])
        return connection.exec_driver_sql(_POSTGRESQL, columns).rowcount
    inserted = 0
    for block in _in_blocks(rows):
        values = tuple(chain.from_iterable(block))
        inserted += connection.exec_driver_sql(_SQLITE[len(block)], values).rowcount
    return inserted


def _in_blocks(rows: list[_Row]) -> Iterator[list[_Row]]:
    """Few statements of few sizes: each is prepared once and lets other threads run meanwhile."""
    start = 0
    for size in _BLOCKS:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


def _names_after(connection: Connection, offset: int) -> set[tuple[str, str]]:
    c = log_entry.c
    rows = connection.execute(select(c.source, c.id).where(c.offset > offset))
    return {(row.source, row.id) for row in rows}


def _shares(
    requests: Sequence[Sequence[LogEntry]], new: set[tuple[str, str]], last: int
) -> Iterator[Appended]:
    """Who brought a name first is told it was accepted; every other, that it was known."""
    for request in requests:
        accepted = 0
        for entry in request:
            name = (entry.source, entry.id)
            if name in new:
                new.remove(name)
                accepted += 1
        yield Appended(accepted=accepted, duplicates=len(request) - accepted, last_offset=last)
