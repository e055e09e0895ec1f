"""How far a consumer has come, committed together with what it did."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select

from observability.tables import batch, progress
from rules.instant import from_micros, optional_instant, optional_micros, to_micros


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """One micro-batch as it was taken, so that a replay takes the same steps."""

    first_offset: int
    last_offset: int
    at: datetime


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """
    Where a consumer stands. `live_at` is the time of the latest entry that was no back-fill,
    `backfill_at` how far the back-filled history has come.
    """

    offset: int = 0
    live_at: datetime | None = None
    backfill_at: datetime | None = None


def reached(connection: Connection, consumer: str) -> Reached:
    """Return how far *consumer* has come; nowhere before its first commit."""
    row = connection.execute(select(progress).where(progress.c.consumer == consumer)).one_or_none()
    if row is None:
        return Reached()
    return Reached(
        offset=row.offset,
        live_at=optional_instant(row.live_at),
        backfill_at=optional_instant(row.backfill_at),
    )


def offset_of(connection: Connection, consumer: str) -> int:
    """Return the last offset whose effects are committed, 0 before the first."""
    return reached(connection, consumer).offset


def advance(connection: Connection, consumer: str, boundary: Boundary, now: Reached) -> None:
    connection.execute(delete(progress).where(progress.c.consumer == consumer))
    connection.execute(
        insert(progress).values(
            consumer=consumer,
            offset=boundary.last_offset,
            at=to_micros(boundary.at),
            live_at=optional_micros(now.live_at),
            backfill_at=optional_micros(now.backfill_at),
        )
    )
    connection.execute(
        insert(batch).values(
            first_offset=boundary.first_offset,
            last_offset=boundary.last_offset,
            at=to_micros(boundary.at),
        )
    )


def boundaries(connection: Connection, after: int, limit: int) -> list[Boundary]:
    """Return at most *limit* micro-batches that end behind offset *after*, in order."""
    rows = connection.execute(
        select(batch).where(batch.c.last_offset > after).order_by(batch.c.last_offset).limit(limit)
    )
    return [
        Boundary(first_offset=row.first_offset, last_offset=row.last_offset, at=from_micros(row.at))
        for row in rows
    ]
