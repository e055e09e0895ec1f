"""Events that count no more, by (source, id): whether they came before that was said or after."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select

from observability.projection.chunk import among, chunked
from observability.tables import retraction
from rules.instant import to_micros

Name = tuple[str, str]
"""(source, id) of an event"""
_name = (retraction.c.source, retraction.c.event_id)
_known = select(*_name).where(among(*_name))


class Retraction(msgspec.Struct, frozen=True, kw_only=True):
    """The event *name* is not to count, says *actor*."""

    name: Name
    reason: str
    actor: str
    at: datetime


def retracted(connection: Connection, names: Iterable[Name]) -> set[Name]:
    """Return those of *names* that count no more."""
    found: set[Name] = set()
    for piece in chunked(sorted(set(names))):
        rows = connection.execute(_known, {"keys": piece})
        found.update((row.source, row.event_id) for row in rows)
    return found


def retract(connection: Connection, those: Iterable[Retraction]) -> list[Retraction]:
    """Keep *those*, each event once; return the ones that were not known before."""
    once = {one.name: one for one in reversed(list(those))}
    for name in retracted(connection, once):
        del once[name]
    fresh = sorted(once.values(), key=lambda one: (one.name[0], one.actor, one.reason, one.name[1]))
    rows = [
        {
            "source": one.name[0],
            "event_id": one.name[1],
            "reason": one.reason,
            "actor": one.actor,
            "at": to_micros(one.at),
        }
        for one in fresh
    ]
    if rows:
        connection.execute(insert(retraction), rows)
    return fresh
