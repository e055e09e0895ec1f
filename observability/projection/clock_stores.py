"""Clocks as the worker keeps them, and which of them have run to their next instant."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from observability.clock.clock import Clock
from observability.projection.chunk import among, chunked
from observability.tables import clock
from rules.instant import from_micros, optional_instant, optional_micros, to_micros
from rules.money import Money, optional_money


class KeptClock(msgspec.Struct, frozen=True, kw_only=True):
    """A clock with what the case adds to it; `next_at` None: nothing more to wait for."""

    clock: Clock
    process: str
    next_at: datetime | None
    amount: Money | None
    owner: str | None


_clocks = select(clock).where(among(clock.c.instance)).order_by(clock.c.id)
_drop_clocks = delete(clock).where(among(clock.c.id))


def replace_clocks(
    connection: Connection, instances: Iterable[str], kept: Sequence[KeptClock]
) -> dict[str, list[KeptClock]]:
    """
    Let *kept* be all the clocks of *instances*; one that stands so already is not written.

    Return those that stood before.
    """
    before = clocks_of(connection, instances)
    standing = {one.clock.id: one for those in before.values() for one in those}
    now = {one.clock.id: one for one in kept}
    for piece in chunked(id_ for id_, one in standing.items() if now.get(id_) != one):
        connection.execute(_drop_clocks, {"keys": piece})
    fresh = [_row(one) for one in kept if standing.get(one.clock.id) != one]
    if fresh:
        connection.execute(insert(clock), fresh)
    return before


def drop(connection: Connection, process: str, sla: str) -> int:
    """Delete the clocks of one objective; return how many there were."""
    those = delete(clock).where(clock.c.process == process, clock.c.sla == sla)
    return connection.execute(those).rowcount


def overdue(
    connection: Connection, process: str, sla: str, *, at: datetime
) -> dict[str, list[KeptClock]]:
    """Return the clocks of one objective whose deadline has passed, by instance."""
    c, found = clock.c, defaultdict[str, list[KeptClock]](list)
    due = select(clock).where(c.process == process, c.sla == sla, c.due_at <= to_micros(at))
    for row in connection.execute(due.order_by(c.id)):
        found[row.instance].append(_kept(row))
    return found


def clocks_of(connection: Connection, instances: Iterable[str]) -> dict[str, list[KeptClock]]:
    found: dict[str, list[KeptClock]] = defaultdict(list)
    for piece in chunked(sorted(set(instances))):
        for row in connection.execute(_clocks, {"keys": piece}).all():
            found[row.instance].append(_kept(row))
    return found


def claim(connection: Connection, *, at: datetime, limit: int) -> list[str]:
    """
    Let at most *limit* clocks whose next instant is *at* or earlier, the earliest first, wait for
    nothing more, until their cases are clocked anew; return the instance of each.
    """
    those = (
        select(clock.c.id)
        .where(clock.c.next_at <= to_micros(at))
        .order_by(clock.c.next_at, clock.c.id)
        .limit(limit)
    )
    claimed = update(clock).where(clock.c.id.in_(those)).values(next_at=None)
    return list(connection.execute(claimed.returning(clock.c.instance)).scalars())


def any_due(connection: Connection, *, at: datetime) -> bool:
    query = select(clock.c.id).where(clock.c.next_at <= to_micros(at)).limit(1)
    return connection.execute(query).first() is not None


def wake(connection: Connection, slas: Iterable[tuple[str, str]], *, at: datetime) -> None:
    """Let the clocks of *slas* (process, name) that wait for a silence to end be due now."""
    waiting = tuple(
        column.is_(None) for column in (clock.c.absent_at, clock.c.target_at, clock.c.cancelled_at)
    )
    for process, sla in slas:
        those = (
            clock.c.process == process,
            clock.c.sla == sla,
            clock.c.absent_at.is_(None),
            *waiting,
        )
        connection.execute(update(clock).where(*those).values(next_at=to_micros(at)))


def _row(one: KeptClock) -> dict[str, Any]:
    return {
        "id": one.clock.id,
        "instance": one.clock.instance,
        "process": one.process,
        "sla": one.clock.sla,
        "version": one.clock.version,
        "object_type": one.clock.object_type,
        "object_key": one.clock.object_key,
        "period": one.clock.period,
        "started_at": to_micros(one.clock.started_at),
        "due_at": to_micros(one.clock.due_at),
        "absent_at": optional_micros(one.clock.absent_at),
        "promised": one.clock.promised,
        "calendar": one.clock.calendar,
        "target_at": optional_micros(one.clock.target_at),
        "cancelled_at": optional_micros(one.clock.cancelled_at),
        "paused_at": optional_micros(one.clock.paused_at),
        "remaining_seconds": one.clock.remaining_seconds,
        "warnings": msgspec.json.encode([to_micros(w) for w in one.clock.warnings]).decode(),
        "next_at": optional_micros(one.next_at),
        "amount": None if one.amount is None else str(one.amount.amount),
        "currency": None if one.amount is None else one.amount.currency,
        "owner": one.owner,
    }


@lru_cache(maxsize=10_000)
def _kept(row: Row[Any]) -> KeptClock:
    return KeptClock(
        clock=Clock(
            id=row.id,
            instance=row.instance,
            sla=row.sla,
            version=row.version,
            object_type=row.object_type,
            object_key=row.object_key,
            period=row.period,
            started_at=from_micros(row.started_at),
            due_at=from_micros(row.due_at),
            absent_at=optional_instant(row.absent_at),
            promised=row.promised,
            calendar=row.calendar,
            target_at=optional_instant(row.target_at),
            cancelled_at=optional_instant(row.cancelled_at),
            paused_at=optional_instant(row.paused_at),
            remaining_seconds=row.remaining_seconds,
            warnings=tuple(from_micros(w) for w in msgspec.json.decode(row.warnings)),
        ),
        process=row.process,
        next_at=optional_instant(row.next_at),
        amount=optional_money(row.amount, row.currency),
        owner=row.owner,
    )
