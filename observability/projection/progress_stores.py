"""How far a consumer has come, committed together with what it did."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select

from observability.tables import batch, progress
from rules.instant import from_micros, optional_instant, optional_micros, to_micros

WORKER = "worker"
"""The consumer that applies the log to the state."""


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """
    One micro-batch as it was taken, so that a replay takes the same steps.

    `passed_over` is None when it was applied; else how many of its transactions were, before
    what was left of it was passed over.
    """

    first_offset: int
    last_offset: int
    at: datetime
    passed_over: int | None = None


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """
    Where a consumer stands. `live_at` is the time of the latest entry that was no back-fill,
    `backfill_at` how far the back-filled history has come; `pieces` how many transactions of
    the next entry are committed.
    """

    offset: int = 0
    live_at: datetime | None = None
    backfill_at: datetime | None = None
    pieces: int = 0


def reached(connection: Connection, consumer: str) -> Reached:
    """Return how far *consumer* has come; nowhere before its first commit."""
    row = connection.execute(select(progress).where(progress.c.consumer == consumer)).one_or_none()
    if row is None:
        return Reached()
    return Reached(
        offset=row.offset,
        live_at=optional_instant(row.live_at),
        backfill_at=optional_instant(row.backfill_at),
        pieces=row.pieces,
    )


def offset_of(connection: Connection, consumer: str) -> int:
    """Return the last offset whose effects are committed, 0 before the first."""
    return reached(connection, consumer).offset


def advance(connection: Connection, consumer: str, boundary: Boundary, now: Reached) -> None:
    """Keep that *boundary* is done and how far *consumer* is after it."""
    keep(connection, consumer, now, at=boundary.at)
    connection.execute(
        insert(batch).values(
            first_offset=boundary.first_offset,
            last_offset=boundary.last_offset,
            at=to_micros(boundary.at),
            passed_over=boundary.passed_over,
        )
    )


def keep(connection: Connection, consumer: str, now: Reached, *, at: datetime) -> None:
    """Keep how far *consumer* is."""
    connection.execute(delete(progress).where(progress.c.consumer == consumer))
    connection.execute(
        insert(progress).values(
            consumer=consumer,
            offset=now.offset,
            at=to_micros(at),
            live_at=optional_micros(now.live_at),
            backfill_at=optional_micros(now.backfill_at),
            pieces=now.pieces,
        )
    )


def clocks_read_at(connection: Connection, offset: int) -> datetime | None:
    """Return as of when the micro-batch that ended at *offset* read clocks."""
    at = connection.execute(select(batch.c.at).where(batch.c.last_offset == offset)).scalar()
    return optional_instant(at)


def boundaries(connection: Connection, after: int, limit: int) -> list[Boundary]:
    """Return at most *limit* micro-batches that end behind offset *after*, in order."""
    rows = connection.execute(
        select(batch).where(batch.c.last_offset > after).order_by(batch.c.last_offset).limit(limit)
    )
    return [
        Boundary(
            first_offset=row.first_offset,
            last_offset=row.last_offset,
            at=from_micros(row.at),
            passed_over=row.passed_over,
        )
        for row in rows
    ]
