"""The flow, variants and departures of a process, read from what the worker keeps."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    and_,
    case,
    cast,
    distinct,
    func,
    or_,
    select,
)

from observability.flow import (
    Conformance,
    Departed,
    Edge,
    Flow,
    Node,
    Rework,
    Variant,
    departure_counts,
    in_rank,
)
from observability.page import LIMIT, Page, read_cursor, within, write_cursor
from observability.tables import case_event, instance, variant

_MICROS = 1_000_000
_NOWHERE = "[]"
_decode_activities = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_departures = msgspec.json.Decoder(list[Departed]).decode


def event_order(connection: Connection) -> list[ColumnElement[object]]:
    """The one order of events, by code points whatever the database's own collation."""
    names: list[ColumnElement[str]] = [case_event.c.event_id, case_event.c.source]
    if connection.dialect.name == "postgresql":
        names = [name.collate("C") for name in names]
    return [case_event.c.occurred_at, case_event.c.sequence, *names]


def process_flow(connection: Connection, process: str) -> Flow:
    """Return the directly-follows graph of *process*."""
    counted = connection.execute(
        select(case_event.c.activity, func.count())
        .where(case_event.c.process == process)
        .group_by(case_event.c.activity)
    )
    nodes = [Node(activity=activity, events=events) for activity, events in counted]
    return in_rank(nodes, _edges(connection, process))


def process_variants(
    connection: Connection, process: str, *, limit: int = LIMIT, cursor: str | None = None
) -> Page[Variant]:
    """Return the variants of *process*, those of most cases first; raise `CursorError`."""
    size = within(limit)
    cases = func.count()
    wanted = (
        select(instance.c.variant, cases.label("cases"))
        .where(instance.c.process == process)
        .group_by(instance.c.variant)
        .order_by(cases.desc(), instance.c.variant)
        .limit(size + 1)
    )
    if cursor is not None:
        count, name = read_cursor(cursor)
        wanted = wanted.having(or_(cases < count, and_(cases == count, instance.c.variant > name)))
    ranked = wanted.subquery()
    rows = connection.execute(
        select(ranked.c.variant, ranked.c.cases, variant.c.activities)
        .join(variant, and_(variant.c.process == process, variant.c.variant == ranked.c.variant))
        .order_by(ranked.c.cases.desc(), ranked.c.variant)
    ).all()
    items = tuple(
        Variant(variant=row.variant, activities=_decode_activities(row.activities), cases=row.cases)
        for row in rows[:size]
    )
    total = connection.execute(
        select(func.count(distinct(instance.c.variant))).where(instance.c.process == process)
    ).scalar_one()
    more = write_cursor(items[-1].cases, items[-1].variant) if len(rows) > size else None
    return Page(total=total, items=items, next_cursor=more)


def process_conformance(connection: Connection, process: str) -> Conformance:
    """Return how the cases of *process* keep to its model, and their rework."""
    row = connection.execute(
        select(
            func.count().label("cases"),
            func.coalesce(func.sum(case((instance.c.departures == _NOWHERE, 1), else_=0)), 0),
            func.coalesce(func.sum(case((instance.c.rework > 0, 1), else_=0)), 0),
            func.coalesce(func.sum(instance.c.rework), 0),
        ).where(instance.c.process == process)
    ).one()
    cases, conforming, reworked, repeated = (int(value) for value in row)
    return Conformance(
        cases=cases,
        conforming=conforming,
        rework=Rework(cases=reworked, repeated_events=repeated),
        departures=departure_counts(_departed(connection, process)),
    )


def _edges(connection: Connection, process: str) -> Iterator[Edge]:
    """Let the median be the mean of the middle one or two of each edge's gaps."""
    case_id, order = case_event.c.instance, event_order(connection)
    target = func.lead(case_event.c.activity).over(partition_by=case_id, order_by=order)
    ended = func.lead(case_event.c.occurred_at).over(partition_by=case_id, order_by=order)
    step = (
        select(
            case_event.c.activity.label("source"),
            target.label("target"),
            (ended - case_event.c.occurred_at).label("gap"),
        )
        .where(case_event.c.process == process)
        .subquery()
    )
    edge = [step.c.source, step.c.target]
    ranked = (
        select(
            *edge,
            step.c.gap,
            func.row_number().over(partition_by=edge, order_by=step.c.gap).label("place"),
            func.count().over(partition_by=edge).label("size"),
        )
        .where(step.c.target.is_not(None))
        .subquery()
    )
    rows = connection.execute(
        select(
            ranked.c.source,
            ranked.c.target,
            ranked.c.size,
            func.avg(cast(ranked.c.gap, Float)).label("gap"),
        )
        .where((2 * ranked.c.place).between(ranked.c.size, ranked.c.size + 2))
        .group_by(ranked.c.source, ranked.c.target, ranked.c.size)
    )
    for row in rows:
        yield Edge(
            source=row.source,
            target=row.target,
            count=row.size,
            median_seconds=float(row.gap) / _MICROS,
        )


def _departed(connection: Connection, process: str) -> Iterator[tuple[str, Sequence[Departed]]]:
    rows = connection.execute(
        select(instance.c.id, instance.c.departures)
        .where(instance.c.process == process, instance.c.departures != _NOWHERE)
        .order_by(instance.c.id)
    )
    for row in rows:
        yield row.id, _decode_departures(row.departures)
