"""The clocks of a process with the steps that were taken on their cases or objects."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, or_, select, true

from observability.flow.stores import event_order
from observability.forecast.seen import MOST, Calendars, SeenClock, spent
from observability.projection.chunk import chunked
from observability.tables import case_event, clock
from rules.money import optional_money

_objects = msgspec.json.Decoder(list[tuple[str, str]]).decode
_Name = tuple[str, str, str]
"""(instance, object type, object key)"""
Steps = Mapping[_Name, Sequence[tuple[int, str]]]
"""(instant, activity), in order"""


def latest(  # noqa: PLR0913 - whose, before when, and what they are counted on
    connection: Connection,
    process: str,
    slas: Iterable[str],
    *,
    before: int,
    calendars: Calendars,
    most: int = MOST,
) -> dict[str, list[SeenClock]]:
    """
    Return the *most* clocks of each of *slas* that began last before an instant (microseconds).

    The steps of a case are read once, however many promises run on it.
    """
    c, rows = clock.c, list[Row[Any]]()
    found: dict[str, list[SeenClock]] = {sla: [] for sla in slas}
    for sla in found:
        rows += connection.execute(
            select(clock)
            .where(c.process == process, c.sla == sla, c.started_at < before)
            .order_by(c.started_at.desc(), c.id)
            .limit(most)
        )
    for one in _seen(connection, rows, calendars):
        found[one.sla].append(one)
    return found


def running_clocks(  # noqa: PLR0913 - whose, as of when, and what they are counted on
    connection: Connection,
    process: str,
    *,
    at: int,
    due_until: int | None = None,
    calendars: Calendars,
    sla: str | None = None,
    instance: str | None = None,
) -> list[SeenClock]:
    """Return the clocks of *process* that run at an instant (microseconds), the next due first."""
    c = clock.c
    narrowed: list[ColumnElement[bool]] = [
        true() if due_until is None else c.due_at <= due_until,
        true() if sla is None else c.sla == sla,
        true() if instance is None else c.instance == instance,
        *(or_(end.is_(None), end > at) for end in (c.target_at, c.cancelled_at, c.paused_at)),
    ]
    rows = connection.execute(
        select(clock)
        .where(c.process == process, c.due_at > at, c.started_at < at, *narrowed)
        .order_by(c.due_at, c.id)
    ).all()
    return _seen(connection, rows, calendars)


def _seen(
    connection: Connection, rows: Sequence[Row[Any]], calendars: Calendars
) -> list[SeenClock]:
    steps = _steps(connection, {_name(row) for row in rows})
    plain = [_plain(row) for row in rows]
    asked = [
        (one, when)
        for one, row in zip(plain, rows, strict=True)
        for when in (one.due_at, *(when for when, _ in steps.get(_name(row), ())))
    ]
    counted = iter(spent(asked, calendars))
    found = []
    for one, row in zip(plain, rows, strict=True):
        allowed = next(counted)
        walked = []
        for when, activity in steps.get(_name(row), ()):
            part = next(counted)
            walked.append((when, part / allowed if allowed and part else 0.0, activity))
        found.append(msgspec.structs.replace(one, steps=tuple(walked)))
    return found


def _steps(connection: Connection, wanted: set[_Name]) -> Steps:
    """Return what happened to each case or object that has a clock."""
    whole = {instance for instance, kind, _ in wanted if not kind}
    c = case_event.c
    found: defaultdict[_Name, list[tuple[int, str]]] = defaultdict(list)
    for piece in chunked(sorted({instance for instance, _, _ in wanted})):
        events = connection.execute(
            select(c.instance, c.occurred_at, c.activity, c.objects)
            .where(c.instance.in_(piece))
            .order_by(c.instance, *event_order(connection))
        )
        for instance, at, activity, objects in events:
            for name in _named(instance, objects, whole) & wanted:
                found[name].append((at, activity))
    return found


def _named(instance: str, objects: str, whole: Iterable[str]) -> set[_Name]:
    """Return whose step an event of *instance* is: its objects', and the case's own."""
    named = {(instance, kind, key) for kind, key in _objects(objects)}
    return named | ({(instance, "", "")} if instance in whole else set())


def _name(row: Row[Any]) -> _Name:
    return (row.instance, row.object_type, row.object_key)


def _plain(row: Row[Any]) -> SeenClock:
    stopped = [one for one in (row.cancelled_at, row.paused_at) if one is not None]
    return SeenClock(
        id=row.id,
        sla=row.sla,
        instance=row.instance,
        object_type=row.object_type,
        object_key=row.object_key,
        owner=row.owner,
        started_at=row.started_at,
        due_at=row.due_at,
        promised=row.promised,
        calendar=row.calendar,
        target_at=row.target_at,
        stopped_at=min(stopped, default=None),
        amount=optional_money(row.amount, row.currency),
    )
