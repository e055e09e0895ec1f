"""The flow, variants and departures of a process, read from its rollups."""

from collections.abc import Iterator, Mapping
from statistics import median

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from observability.flow.flow import (
    SAMPLE,
    Conformance,
    DepartureCount,
    Edge,
    Flow,
    Node,
    Rework,
    Variant,
    in_rank,
)
from observability.page import LIMIT, Page, read_cursor, within, write_cursor
from observability.rollup import exact_stores, figure_stores
from observability.rollup.case_measures import CONFORMING
from observability.rollup.contribution import EVER
from observability.rollup.measures import CONFORMANCE, DEPARTURE, STEP, VARIANT
from observability.rollup.quantile import quantile_of
from observability.rollup.tables import rollup
from observability.tables import case_event, variant

_MICROS = 1_000_000
_decode_activities = msgspec.json.Decoder(tuple[str, ...]).decode
_of_one = msgspec.json.Decoder(tuple[str]).decode


def event_order(connection: Connection) -> list[ColumnElement[object]]:
    """The one order of events, by code points whatever the database's own collation."""
    names: list[ColumnElement[str]] = [case_event.c.event_id, case_event.c.source]
    if connection.dialect.name == "postgresql":
        names = [name.collate("C") for name in names]
    return [case_event.c.occurred_at, case_event.c.sequence, *names]


def process_flow(connection: Connection, process: str, *, exact: bool = False) -> Flow:
    """
    Return the directly-follows graph of *process*.

    The medians of very many steps are told from buckets (`observability.rollup`) unless they are
    to be *exact*: then all are read.
    """
    steps = figure_stores.histogram(connection, process, STEP)
    events: dict[str, int] = {}
    for (_, target), counts in steps.items():
        events[target] = events.get(target, 0) + sum(counts.values())
    nodes = [Node(activity=activity, events=count) for activity, count in events.items()]
    gaps = (
        exact_stores.gaps(connection, process)
        if exact or exact_stores.few_steps(connection, process)
        else None
    )
    return in_rank(nodes, _edges(steps, gaps))


def _edges(
    steps: Mapping[tuple[str, ...], dict[int, int]],
    gaps: Mapping[tuple[str, str], list[int]] | None,
) -> Iterator[Edge]:
    for (source, target), counts in steps.items():
        if source:
            taken = quantile_of(counts, 0.5) if gaps is None else median(gaps[source, target])
            yield Edge(
                source=source,
                target=target,
                count=sum(counts.values()),
                median_seconds=(taken or 0) / _MICROS,
            )


def process_variants(
    connection: Connection, process: str, *, limit: int = LIMIT, cursor: str | None = None
) -> Page[Variant]:
    """Return the variants of *process*, those of most cases first; raise `CursorError`."""
    size, c = within(limit), rollup.c
    here = and_(c.process == process, c.measure == VARIANT, c.day == EVER)
    wanted = select(c.of, c.n).where(here).order_by(c.n.desc(), c.of.desc()).limit(size + 1)
    if cursor is not None:
        count, name = read_cursor(cursor)
        wanted = wanted.where(or_(c.n < count, and_(c.n == count, c.of < _named(name))))
    rows = [(_of_one(row.of)[0], row.n) for row in connection.execute(wanted).all()]
    names = [name for name, _ in rows[:size]]
    known = select(variant.c.variant, variant.c.activities).where(
        variant.c.process == process, variant.c.variant.in_(names)
    )
    ways = {row.variant: row.activities for row in connection.execute(known).all()}
    items = tuple(
        Variant(variant=name, activities=_decode_activities(ways[name]), cases=cases)
        for name, cases in rows[:size]
    )
    total = connection.execute(select(func.count()).select_from(rollup).where(here)).scalar_one()
    more = write_cursor(items[-1].cases, items[-1].variant) if len(rows) > size else None
    return Page(total=total, items=items, next_cursor=more)


def process_conformance(connection: Connection, process: str) -> Conformance:
    """Return how the cases of *process* keep to its model, and their rework."""
    found = figure_stores.ever(connection, process, CONFORMANCE)
    departures = (
        DepartureCount(
            kind=one.of[0],
            activity=one.of[1],
            cases=one.n,
            occurrences=one.quantity,
            instances=tuple(
                figure_stores.cases_behind(connection, process, DEPARTURE, one.of, limit=SAMPLE)
            ),
        )
        for one in figure_stores.ever(connection, process, DEPARTURE)
    )
    return Conformance(
        cases=sum(one.n for one in found),
        conforming=sum(one.n for one in found if one.of[0] == CONFORMING),
        rework=Rework(
            cases=sum(one.n for one in found if one.of[1]),
            repeated_events=sum(one.quantity for one in found),
        ),
        departures=tuple(sorted(departures, key=lambda one: (-one.cases, one.kind, one.activity))),
    )


def _named(name: str) -> str:
    return msgspec.json.encode([name]).decode()
