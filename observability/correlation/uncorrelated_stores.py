"""Events that wait for their case, as they are looked up."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, and_, or_, select

from observability.tables import uncorrelated
from rules.instant import from_micros


class WaitingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is the name under which an alias may claim the event; `since` when it began to wait."""

    offset: int
    process: str
    key: str
    source: str
    event_id: str
    type: str
    occurred_at: datetime
    since: datetime


def list_waiting(
    connection: Connection,
    *,
    process: str | None = None,
    before: tuple[int, str] | None = None,
    limit: int = 50,
) -> list[WaitingEvent]:
    """Return the latest first, beginning behind (offset, process) *before*."""
    c = uncorrelated.c
    query = select(uncorrelated).order_by(c.offset.desc(), c.process.desc()).limit(limit)
    if process is not None:
        query = query.where(c.process == process)
    if before is not None:
        offset, name = before
        query = query.where(or_(c.offset < offset, and_(c.offset == offset, c.process < name)))
    return [
        WaitingEvent(
            offset=row.offset,
            process=row.process,
            key=row.key,
            source=row.source,
            event_id=row.event_id,
            type=row.type,
            occurred_at=from_micros(row.occurred_at),
            since=from_micros(row.since),
        )
        for row in connection.execute(query)
    ]
