"""Entries that could not be applied, and what the worker stands still before."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from controlplane.tables import standstill, unprocessed
from observability.projection.chunk import chunked
from rules.instant import from_micros, to_micros


class Unprocessed(msgspec.Struct, frozen=True, kw_only=True):
    """
    An entry that stays in the log, named here with what was wrong when it was last tried.

    `at` is its own time; `retries` counts how often it was tried again in vain.
    """

    offset: int
    kind: str
    error: str
    at: datetime
    retries: int = 0


class Standstill(msgspec.Struct, frozen=True, kw_only=True):
    """The worker waits before the entry at `offset`: most of what follows fails too."""

    offset: int
    error: str
    since: datetime


def remember(connection: Connection, one: Unprocessed) -> None:
    connection.execute(
        insert(unprocessed).values(
            offset=one.offset,
            kind=one.kind,
            error=one.error,
            at=to_micros(one.at),
            retries=one.retries,
        )
    )


def note_retry(connection: Connection, offset: int, error: str) -> None:
    """Keep what was wrong this time."""
    c = unprocessed.c
    again = update(unprocessed).where(c.offset == offset)
    connection.execute(again.values(error=error, retries=c.retries + 1))


def forget(connection: Connection, offset: int) -> None:
    connection.execute(delete(unprocessed).where(unprocessed.c.offset == offset))


def get(connection: Connection, offset: int) -> Unprocessed | None:
    query = select(unprocessed).where(unprocessed.c.offset == offset)
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def among(connection: Connection, offsets: Iterable[int]) -> set[int]:
    """Return those of *offsets* whose entries could not be applied."""
    found: set[int] = set()
    for piece in chunked(offsets):
        query = select(unprocessed.c.offset).where(unprocessed.c.offset.in_(piece))
        found.update(connection.execute(query).scalars())
    return found


def page(connection: Connection, *, after: int, limit: int) -> list[Unprocessed]:
    """Return at most *limit* of them behind offset *after*, in the order of the log."""
    query = select(unprocessed).where(unprocessed.c.offset > after).order_by(unprocessed.c.offset)
    return [_read(row) for row in connection.execute(query.limit(limit))]


def count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(unprocessed)).scalar_one())


def stand_still(connection: Connection, one: Standstill) -> None:
    go_on(connection)
    connection.execute(
        insert(standstill).values(offset=one.offset, error=one.error, since=to_micros(one.since))
    )


def go_on(connection: Connection) -> None:
    connection.execute(delete(standstill))


def standing_still(connection: Connection) -> Standstill | None:
    row = connection.execute(select(standstill)).one_or_none()
    if row is None:
        return None
    return Standstill(offset=row.offset, error=row.error, since=from_micros(row.since))


def _read(row: Row[tuple[object, ...]]) -> Unprocessed:
    return Unprocessed(
        offset=row.offset,
        kind=row.kind,
        error=row.error,
        at=from_micros(row.at),
        retries=row.retries,
    )
