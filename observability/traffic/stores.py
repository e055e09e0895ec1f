"""
Traffic as it stands in the database: written with the events that it counts.

The data of an event are looked at where it is one of the first of its contract, source and day,
or every so many after them: which ones follows from the log alone.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, CursorResult, Row, func, select

from observability.event import UNREGISTERED, ProcessEvent
from observability.intake.retraction import RETRACTED
from observability.traffic.shape import Shape, look
from observability.traffic.tables import traffic
from rules.instant import from_micros, to_micros

FIRST = 20
EVERY = 20
DAY_MICROS = 86_400_000_000
_NOTHING = b"\x80"
_COUNT = """\
INSERT INTO traffic (subject, version, source, day, events, traced, last_at, looked, shape)
VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)
ON CONFLICT (subject, version, source, day) DO UPDATE SET
events = traffic.events + excluded.events, traced = traffic.traced + excluded.traced,
last_at = CASE WHEN traffic.last_at < excluded.last_at THEN excluded.last_at
ELSE traffic.last_at END
RETURNING events, looked, shape"""
_LOOKED = """\
UPDATE traffic SET looked = ?, shape = ?
WHERE subject = ? AND version = ? AND source = ? AND day = ?"""
_encode = msgspec.msgpack.Encoder(order="sorted").encode
_decode = msgspec.msgpack.Decoder(Shape).decode

Key = tuple[str, str, str, int]
"""(subject, version, source, day)"""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Of one source on one day; without a `version` it was held to no published contract."""

    subject: str
    version: str
    source: str
    day: int
    events: int
    traced: int
    last_at: datetime
    looked: int
    shape: Shape


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """The same without days and fields."""

    subject: str
    version: str
    source: str
    events: int
    traced: int
    last_at: datetime


def count(
    connection: Connection,
    told: Iterable[tuple[ProcessEvent, datetime]],
    enumerated: Callable[[str], Collection[str]],
) -> None:
    """
    Count events *told* at an instant; what is *enumerated* in a contract is kept by value.

    A retraction is no traffic: it takes traffic back.
    """
    groups: dict[Key, list[ProcessEvent]] = defaultdict(list)
    latest: dict[Key, int] = defaultdict(int)
    for event, at in told:
        if event.type != RETRACTED:
            micros = to_micros(at)
            key = (*named(event), event.source, micros // DAY_MICROS)
            groups[key].append(event)
            latest[key] = max(latest[key], micros)
    for key, events in groups.items():
        _count(connection, key, events, latest[key], enumerated)


def named(event: ProcessEvent) -> tuple[str, str]:
    """Return (subject, version) that *event* was held to; its type and "" where to none."""
    if event.contract == UNREGISTERED:
        return event.type, ""
    subject, _, version = event.contract.rpartition("@")
    return subject, version


def of_subject(connection: Connection, subject: str, *, since: int) -> list[Traffic]:
    """Return the traffic of *subject* from the day *since* on, the first day first."""
    c = traffic.c
    query = select(traffic).where(c.subject == subject, c.day >= since)
    rows = connection.execute(query.order_by(c.day, c.version, c.source))
    return [_traffic(row) for row in rows]


def flows(
    connection: Connection, *, since: int = 0, of: tuple[str, str] | None = None
) -> list[Flow]:
    """Return what every source sent from the day *since* on, by subject, or *of* one version."""
    c = traffic.c
    key = (c.subject, c.version, c.source)
    query = (
        select(*key, func.sum(c.events), func.sum(c.traced), func.max(c.last_at))
        .where(c.day >= since)
        .group_by(*key)
        .order_by(*key)
    )
    if of is not None:
        query = query.where(c.subject == of[0], c.version == of[1])
    return [
        Flow(
            subject=row[0],
            version=row[1],
            source=row[2],
            events=int(row[3]),
            traced=int(row[4]),
            last_at=from_micros(row[5]),
        )
        for row in connection.execute(query)
    ]


def _count(
    connection: Connection,
    key: Key,
    events: Sequence[ProcessEvent],
    latest: int,
    enumerated: Callable[[str], Collection[str]],
) -> None:
    traced = sum(1 for one in events if one.trace_id)
    given = (*key, len(events), traced, latest, _NOTHING)
    row: Row[Any] = _run(connection, _COUNT, given).one()
    counted, looked, known = row.events, row.looked, row.shape
    before = counted - len(events)
    wanted = [one for n, one in enumerate(events, before) if n < FIRST or n % EVERY == 0]
    if wanted and key[1]:
        shape, listed = _decode(known), enumerated(wanted[0].contract)
        for one in wanted:
            look(shape, one.data, listed)
        _run(connection, _LOOKED, (looked + len(wanted), _encode(shape), *key))


def _run(connection: Connection, statement: str, given: tuple[object, ...]) -> CursorResult[Any]:
    return connection.exec_driver_sql(_written(connection.dialect.name, statement), given)


@lru_cache(maxsize=8)
def _written(dialect: str, statement: str) -> str:
    """Each driver has its own mark for what is given."""
    return statement.replace("?", "%s") if dialect == "postgresql" else statement


def _traffic(row: Row[Any]) -> Traffic:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    return Traffic(**values | {"last_at": from_micros(row.last_at), "shape": _decode(row.shape)})
