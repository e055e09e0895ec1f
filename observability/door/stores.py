"""Sightings and passages as they stand in the database: a few rows a day."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from observability.door.sighting import Sighting, What
from observability.door.tables import passage, sighting
from observability.rollup.contribution import DAY_MICROS, bucket
from rules.instant import to_micros


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """Of one day and of one bucket: how many events, and how long they took together."""

    day: int
    bucket: int
    n: int
    took_us: int


def see(connection: Connection, seen: Iterable[Sighting], *, at: datetime) -> None:
    """Add what was *seen* to the day of *at*."""
    day = to_micros(at) // DAY_MICROS
    for one in seen:
        key = {"what": one.what, "day": day, "source": one.source}
        _add(connection, sighting, key, {"n": one.n})


def pass_through(
    connection: Connection, took: Mapping[int, tuple[int, int]], *, at: datetime
) -> None:
    """Add to the day of *at* how many events took how long, by their bucket."""
    day = to_micros(at) // DAY_MICROS
    for place, (n, whole) in sorted(took.items()):
        _add(connection, passage, {"day": day, "bucket": place}, {"n": n, "took_us": whole})


def sightings(connection: Connection, what: What, *, since: int, until: int) -> list[Sighting]:
    """Return what was seen from the day *since* to the day *until*, the first day first."""
    c = sighting.c
    wanted = select(c.source, c.n, c.day).where(c.what == what, c.day.between(since, until))
    rows = connection.execute(wanted.order_by(c.day, c.source))
    return [Sighting(what=what, source=row.source, n=row.n, day=row.day) for row in rows]


def passages(connection: Connection, *, since: int, until: int) -> list[Passage]:
    """Return how long events took from the day *since* to the day *until*."""
    c = passage.c
    wanted = select(passage).where(c.day.between(since, until)).order_by(c.day, c.bucket)
    return [
        Passage(day=row.day, bucket=row.bucket, n=row.n, took_us=row.took_us)
        for row in connection.execute(wanted)
    ]


def bucketed(took: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return durations (microseconds) by their bucket: how many, and their sum."""
    found: dict[int, tuple[int, int]] = {}
    for one in took:
        n, whole = found.get(bucket(one), (0, 0))
        found[bucket(one)] = (n + 1, whole + one)
    return found


def _add(
    connection: Connection, table: Table, key: Mapping[str, Any], more: Mapping[str, int]
) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values({**key, **more})
    summed = {name: table.c[name] + statement.excluded[name] for name in more}
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=summed))
