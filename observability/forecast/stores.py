"""The clocks of a process with the steps that were taken on their cases or objects."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    func,
    literal,
    or_,
    select,
    true,
)

from observability.flow.stores import event_order
from observability.forecast.seen import MOST, Calendars, SeenClock, spent
from observability.projection.chunk import chunked
from observability.tables import case_event, clock
from rules.money import optional_money

_SPAN = 7 * 86_400_000_000
"""Microseconds in which the latest clocks are looked for first."""
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
    rows = list[Row[Any]]()
    found: dict[str, list[SeenClock]] = {sla: [] for sla in slas}
    for sla in found:
        rows += _latest(connection, process, sla, before, most)
    for one in _seen(connection, rows, calendars):
        found[one.sla].append(one)
    return found


def seen_between(  # noqa: PLR0913 - whose, between which instants, and what they are counted on
    connection: Connection,
    process: str,
    sla: str,
    *,
    since: int,
    until: int,
    calendars: Calendars,
) -> list[SeenClock]:
    """
    Return all clocks that may have run from *since* to *until*, and what is likened to them.

    That is all that `past_forecasts` asks for between the two, in microseconds.
    """
    c = clock.c
    ran = select(clock).where(
        c.process == process, c.sla == sla, c.due_at > since, c.started_at < until
    )
    rows = {row.id: row for row in _latest(connection, process, sla, since, MOST)}
    rows |= {row.id: row for row in connection.execute(ran)}
    return _seen(connection, list(rows.values()), calendars)


def few_clocks(connection: Connection, process: str, most: int) -> bool:
    """Tell whether *process* has at most *most* clocks."""
    some = select(clock.c.id).where(clock.c.process == process).limit(most + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() <= most


def running_clocks(
    connection: Connection, process: str, *, at: int, due_until: int, sla: str | None = None
) -> list[SeenClock]:
    """Return the clocks of *process* that run at an instant (microseconds), the next due first."""
    c = clock.c
    slas = _slas(connection, process) if sla is None else [sla]
    return _running(connection, at, [c.process == process, c.sla.in_(slas), c.due_at <= due_until])


def running_on(connection: Connection, instance: str, *, at: int) -> list[SeenClock]:
    """Return the clocks of one case that run at an instant (microseconds), the next due first."""
    return _running(connection, at, [clock.c.instance == instance])


def _running(
    connection: Connection, at: int, which: Sequence[ColumnElement[bool]]
) -> list[SeenClock]:
    """Return the clocks that run at an instant; of its steps, each has the last one before it."""
    c = clock.c
    rows = connection.execute(
        select(clock, _last_step(connection, at).label("step"))
        .where(*which, c.due_at > at, c.started_at < at)
        .where(
            *(or_(end.is_(None), end > at) for end in (c.target_at, c.cancelled_at, c.paused_at))
        )
        .order_by(c.due_at, c.id)
    )
    return [
        msgspec.structs.replace(_plain(row), steps=((at - 1, 0.0, row.step),) if row.step else ())
        for row in rows
    ]


def _last_step(connection: Connection, at: int) -> ScalarSelect[str]:
    """Return the last activity before *at* on the clock's case, or on its object."""
    e, c = case_event.c, clock.c
    object_ = literal("[").concat(_quoted(c.object_type)).concat(",")
    named = object_.concat(_quoted(c.object_key)).concat("]")
    return (
        select(e.activity)
        .where(e.instance == c.instance, e.occurred_at < at)
        .where(or_(c.object_type == "", func.replace(e.objects, named, "") != e.objects))
        .order_by(*(one.desc() for one in event_order(connection)))
        .limit(1)
        .correlate(clock)
        .scalar_subquery()
    )


def _quoted(column: ColumnElement[str]) -> ColumnElement[str]:
    """Write a name as `case_event.objects` has it; names have no control characters."""
    escaped = func.replace(func.replace(column, "\\", "\\\\"), '"', '\\"')
    return literal('"').concat(escaped).concat('"')


def _slas(connection: Connection, process: str) -> list[str]:
    """Return the objectives of the clocks of *process*; each is found by an index."""
    c, found = clock.c, list[str]()
    while True:
        after = c.sla > found[-1] if found else true()
        wanted = select(func.min(c.sla)).where(c.process == process, after)
        following = connection.execute(wanted).scalar_one()
        if following is None:
            return found
        found.append(following)


def _latest(
    connection: Connection, process: str, sla: str, before: int, most: int
) -> Sequence[Row[Any]]:
    """
    Return the *most* clocks that began last before an instant, looked for ever further back.

    No clock is due before it begins, so the index by which they are due finds them.
    """
    c, span = clock.c, _SPAN
    wanted = (
        select(clock)
        .where(c.process == process, c.sla == sla, c.started_at < before)
        .order_by(c.started_at.desc(), c.id)
        .limit(most)
    )
    while span < before:
        since = before - span
        rows = connection.execute(wanted.where(c.due_at >= since, c.started_at >= since)).all()
        if len(rows) == most:
            return rows
        span *= 4
    return connection.execute(wanted).all()


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
