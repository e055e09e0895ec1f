"""How far a consumer has come, committed together with what it did."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select

from observability.tables import batch, progress
from rules.instant import from_micros, to_micros


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """One micro-batch as it was taken, so that a replay takes the same steps."""

    first_offset: int
    last_offset: int
    at: datetime


def offset_of(connection: Connection, consumer: str) -> int:
    """Return the last offset whose effects are committed, 0 before the first."""
    row = connection.execute(
        select(progress.c.offset).where(progress.c.consumer == consumer)
    ).one_or_none()
    return 0 if row is None else int(row.offset)


def advance(connection: Connection, consumer: str, boundary: Boundary) -> None:
    connection.execute(delete(progress).where(progress.c.consumer == consumer))
    connection.execute(
        insert(progress).values(
            consumer=consumer, offset=boundary.last_offset, at=to_micros(boundary.at)
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
