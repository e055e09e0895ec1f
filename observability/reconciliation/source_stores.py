"""What the sides of a reconciliation are read from: entities, cases and counts of events."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, select

from observability.projection.case_stores import instances_by_key
from observability.projection.chunk import chunked
from observability.tables import batch, entity, instance, log_entry, quarantine
from rules.instant import from_micros, to_micros

PAGE = 400
_HOUR = 3_600_000_000


class ListedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case under the one name that it is listed under."""

    id: str
    case_key: str
    title: str


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a source in the hour from `window` on."""

    source: str
    window: datetime
    events: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an entity, and when it was told of last."""

    type: str
    key: str
    state: dict[str, Any]
    last_at: datetime


def entities(connection: Connection, type_: str) -> Iterator[list[Told]]:
    """Yield every entity of *type_*, by key, page by page."""
    last: str | None = None
    while True:
        c = entity.c
        query = select(c.key, c.state, c.last_at).where(c.type == type_)
        if last is not None:
            query = query.where(c.key > last)
        rows = connection.execute(query.order_by(c.key).limit(PAGE)).all()
        if not rows:
            return
        last = rows[-1].key
        yield [
            Told(
                type=type_,
                key=row.key,
                state=msgspec.json.decode(row.state),
                last_at=from_micros(row.last_at),
            )
            for row in rows
        ]


def listed_cases(
    connection: Connection, process: str, names: Iterable[str]
) -> dict[str, ListedCase]:
    """Return the case that each of *names* leads to, by that name."""
    ids = instances_by_key(connection, [(process, name) for name in names])
    found: dict[str, ListedCase] = {}
    for piece in chunked(sorted(set(ids.values()))):
        c = instance.c
        query = select(c.id, c.case_key, c.title).where(c.id.in_(piece))
        for row in connection.execute(query):
            found[row.id] = ListedCase(id=row.id, case_key=row.case_key, title=row.title)
    return {name: found[id_] for (_, name), id_ in ids.items() if id_ in found}


def accepted(state: Connection, log: Connection, *, at: datetime, hours: int) -> list[Count]:
    """Return the events that the log took in each whole hour of the last *hours* before *at*."""
    begin, end = _span(at, hours)
    first = select(func.min(batch.c.first_offset)).where(batch.c.at >= begin)
    offset = state.execute(first).scalar() or 0
    narrowed = and_(log_entry.c.offset >= offset, log_entry.c.kind == "event")
    return _counts(log, log_entry.c.source, log_entry.c.at, narrowed, (begin, end))


def held_back(log: Connection, *, at: datetime, hours: int) -> list[Count]:
    """Return the events that are held in quarantine since each of these hours."""
    c = quarantine.c
    return _counts(log, c.source, c.received_at, and_(c.status == "held"), _span(at, hours))


def _span(at: datetime, hours: int) -> tuple[int, int]:
    end = to_micros(at) // _HOUR * _HOUR
    return end - to_micros(from_micros(0) + timedelta(hours=hours)), end


def _counts(
    connection: Connection,
    source: ColumnElement[str],
    at: ColumnElement[int],
    narrowed: ColumnElement[bool],
    span: tuple[int, int],
) -> list[Count]:
    hour = at.op("/")(_HOUR)  # of whole numbers, on either database
    within = and_(narrowed, at >= span[0], at < span[1])
    query = select(source, hour, func.count()).where(within).group_by(source, hour)
    return [
        Count(source=name or "", window=from_micros(int(window) * _HOUR), events=count)
        for name, window, count in connection.execute(query)
    ]
