"""Cases as the worker keeps them: their keys, their events, and the events that wait for a case."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from observability.instance.instance import CaseEvent
from observability.projection.chunk import among, chunked
from observability.rollup import stores as rollups
from observability.tables import (
    case_entity,
    case_event,
    case_key,
    case_link,
    clock,
    instance,
    uncorrelated,
    variant,
)
from rules.instant import from_micros, to_micros
from rules.money import optional_money

Key = tuple[str, str]
"""(process, key)"""
_by_key = select(case_key).where(among(case_key.c.process, case_key.c.key))
_by_instance = select(case_key).where(among(case_key.c.instance))
_drop_keys = delete(case_key).where(among(case_key.c.process, case_key.c.key))
_events = (
    select(case_event)
    .where(among(case_event.c.instance))
    .order_by(
        case_event.c.instance,
        case_event.c.occurred_at,
        case_event.c.sequence,
        case_event.c.event_id,
        case_event.c.source,
    )
)
_sources = select(case_event.c.source).where(among(case_event.c.instance)).distinct()
_processes = select(instance.c.id, instance.c.process).where(among(instance.c.id))
_drop_instances = delete(instance).where(among(instance.c.id))
_link = (case_entity.c.instance, case_entity.c.type, case_entity.c.key)
_known_links = select(*_link).where(among(*_link))
_variant = (variant.c.process, variant.c.variant)
_known_variants = select(*_variant).where(among(*_variant))
_waiting = select(uncorrelated.c.offset, uncorrelated.c.process, uncorrelated.c.key).where(
    among(uncorrelated.c.process, uncorrelated.c.key)
)
_drop_waiting = delete(uncorrelated).where(among(uncorrelated.c.offset, uncorrelated.c.process))


def instances_by_key(connection: Connection, keys: Iterable[Key]) -> dict[Key, str]:
    """Return the instance that each known key leads to."""
    found: dict[Key, str] = {}
    for piece in chunked(sorted(set(keys))):
        rows = connection.execute(_by_key, {"keys": piece}).all()
        found.update({(row.process, row.key): row.instance for row in rows})
    return found


def sources_of(connection: Connection, keys: Iterable[Key]) -> set[str]:
    """Return the sources that told of the cases to which *keys* lead."""
    ids = set(instances_by_key(connection, keys).values())
    return {
        source
        for piece in chunked(sorted(ids))
        for source in connection.execute(_sources, {"keys": piece}).scalars()
    }


def keys_by_instance(connection: Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for piece in chunked(sorted(set(ids))):
        for row in connection.execute(_by_instance, {"keys": piece}).all():
            found[row.instance].append(row.key)
    return found


def names_of(connection: Connection, ids: Iterable[str]) -> dict[str, set[Key]]:
    """Return (process, key) of every name of each instance."""
    found: dict[str, set[Key]] = defaultdict(set)
    for piece in chunked(sorted(set(ids))):
        for row in connection.execute(_by_instance, {"keys": piece}).all():
            found[row.instance].add((row.process, row.key))
    return found


def save_keys(connection: Connection, keys: Mapping[Key, str]) -> None:
    """Let each key lead to its instance, whatever it led to before."""
    for piece in chunked(sorted(keys.items())):
        connection.execute(_drop_keys, {"keys": [key for key, _ in piece]})
        connection.execute(
            insert(case_key),
            [{"process": p, "key": k, "instance": to} for (p, k), to in piece],
        )


def events_by_instance(connection: Connection, ids: Iterable[str]) -> dict[str, list[CaseEvent]]:
    """Return the events of each instance, in order."""
    found: dict[str, list[CaseEvent]] = defaultdict(list)
    for piece in chunked(sorted(set(ids))):
        rows = connection.execute(_events, {"keys": piece}).all()
        for row in rows:
            found[row.instance].append(_case_event(row))
    return found


def processes_of(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return the process of each instance."""
    found: dict[str, str] = {}
    for piece in chunked(sorted(set(ids))):
        rows = connection.execute(_processes, {"keys": piece}).all()
        found.update({row.id: row.process for row in rows})
    return found


def case_keys_of(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return the key by which each instance is called."""
    found: dict[str, str] = {}
    for piece in chunked(sorted(set(ids))):
        named = select(instance.c.id, instance.c.case_key).where(instance.c.id.in_(piece))
        found.update({row.id: row.case_key for row in connection.execute(named)})
    return found


def instances_of(
    connection: Connection, process: str, *, after: str = "", limit: int | None = None
) -> list[str]:
    """Return the instances of *process* by id, at most *limit* of those behind *after*."""
    named = select(instance.c.id).where(instance.c.process == process, instance.c.id > after)
    rows = connection.execute(named.order_by(instance.c.id).limit(limit))
    return [row.id for row in rows]


def instances_at(connection: Connection, offsets: Iterable[int]) -> dict[int, str]:
    """Return one instance that the event at each of *offsets* told of, where it told of any."""
    c, found = case_event.c, dict[int, str]()
    for piece in chunked(sorted(set(offsets))):
        rows = connection.execute(select(c.offset, c.instance).where(c.offset.in_(piece)))
        found.update((row.offset, row.instance) for row in rows)
    return found


def placed_by(connection: Connection, process: str, offsets: Iterable[int]) -> set[int]:
    """
    Return those of *offsets* whose events *process* knows, in a case or waiting for one.

    Asked by offset alone: SQLite would read all of the process for each piece.
    """
    found: set[int] = set()
    for piece in chunked(offsets):
        for c in (case_event.c, uncorrelated.c):
            rows = connection.execute(select(c.offset, c.process).where(c.offset.in_(piece)))
            found.update(row.offset for row in rows if row.process == process)
    return found


def take_back(connection: Connection, offsets: Iterable[int]) -> set[str]:
    """Forget where the events at *offsets* were placed; return the instances that had them."""
    found: set[str] = set()
    for piece in chunked(offsets):
        here = case_event.c.offset.in_(piece)
        found.update(connection.execute(select(case_event.c.instance).where(here)).scalars())
        connection.execute(delete(case_event).where(here))
        connection.execute(delete(uncorrelated).where(uncorrelated.c.offset.in_(piece)))
    return found


def take_apart(connection: Connection, ids: Iterable[str]) -> set[tuple[str, int]]:
    """
    Forget the keys, the events and the entities of *ids*; return (process, offset) of the events.

    What was folded of *ids* stands until they are folded anew, or dropped.
    """
    found: set[tuple[str, int]] = set()
    for piece in chunked(sorted(ids)):
        here = case_event.c.instance.in_(piece)
        rows = connection.execute(select(case_event.c.process, case_event.c.offset).where(here))
        found.update((row.process, row.offset) for row in rows)
        connection.execute(delete(case_event).where(here))
        connection.execute(delete(case_key).where(case_key.c.instance.in_(piece)))
        connection.execute(delete(case_entity).where(case_entity.c.instance.in_(piece)))
    return found


def drop_cases(connection: Connection, ids: Iterable[str]) -> None:
    """Forget instances of which no event is left."""
    for piece in chunked(ids):
        connection.execute(delete(case_entity).where(case_entity.c.instance.in_(piece)))
        connection.execute(delete(case_link).where(case_link.c.instance.in_(piece)))
        connection.execute(delete(clock).where(clock.c.instance.in_(piece)))
        connection.execute(_drop_instances, {"keys": piece})
        rollups.forget(connection, piece)


def add_events(connection: Connection, rows: Sequence[tuple[str, str, CaseEvent]]) -> None:
    """Insert (instance, process, event) rows; the log's uniqueness makes them new."""
    if rows:
        connection.execute(insert(case_event), [_event_row(*row) for row in rows])


def move_case(connection: Connection, old: str, new: str) -> None:
    """
    Let the events, keys and entities of the instance *old* be those of *new*.

    What was folded of *old* stands until it is dropped.
    """
    _drop_named_twice(connection, old, new)
    connection.execute(update(case_event).where(case_event.c.instance == old).values(instance=new))
    connection.execute(update(case_key).where(case_key.c.instance == old).values(instance=new))
    links = connection.execute(
        select(case_entity.c.type, case_entity.c.key).where(case_entity.c.instance == old)
    ).all()
    connection.execute(delete(case_entity).where(case_entity.c.instance == old))
    link_entities(connection, [(new, row.type, row.key) for row in links])


def _drop_named_twice(connection: Connection, old: str, new: str) -> None:
    """Let an event that named both cases stand in *new* alone, under the smaller key."""
    standing = events_by_instance(connection, [old, new])
    keys = {(one.source, one.event_id): one.key for one in standing.get(new, ())}
    for event in standing.get(old, ()):
        key = keys.get((event.source, event.event_id))
        if key is None:
            continue
        named = (case_event.c.source == event.source) & (case_event.c.event_id == event.event_id)
        connection.execute(delete(case_event).where(case_event.c.instance == old, named))
        connection.execute(
            update(case_event)
            .where(case_event.c.instance == new, named)
            .values(key=min(key, event.key))
        )


def link_entities(connection: Connection, links: Iterable[tuple[str, str, str]]) -> None:
    """Record (instance, entity type, entity key) links that are not there yet."""
    wanted = set(links)
    for piece in chunked(sorted(wanted)):
        known = connection.execute(_known_links, {"keys": piece})
        wanted -= {(row.instance, row.type, row.key) for row in known}
    if wanted:
        connection.execute(
            insert(case_entity),
            [{"instance": i, "type": t, "key": k} for i, t, k in sorted(wanted)],
        )


def save_instances(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace the rows of the table `instance` that carry these ids."""
    for piece in chunked(rows):
        connection.execute(_drop_instances, {"keys": [row["id"] for row in piece]})
        connection.execute(insert(instance), [dict(row) for row in piece])


def save_links(connection: Connection, links: Mapping[str, Iterable[tuple[str, str, str]]]) -> None:
    """Let each instance be linked to these (process, key, kind), whatever it was before."""
    for piece in chunked(sorted(links)):
        connection.execute(delete(case_link).where(case_link.c.instance.in_(piece)))
    rows = [
        {"instance": id_, "process": process, "key": key, "kind": kind}
        for id_, those in sorted(links.items())
        for process, key, kind in sorted(set(those))
    ]
    if rows:
        connection.execute(insert(case_link), rows)


def save_variants(connection: Connection, rows: Mapping[Key, Sequence[str]]) -> None:
    """Record the activities of each (process, variant) that is not known yet."""
    wanted = dict(rows)
    for piece in chunked(sorted(rows)):
        for row in connection.execute(_known_variants, {"keys": piece}):
            wanted.pop((row.process, row.variant))
    if wanted:
        connection.execute(
            insert(variant),
            [
                {"process": p, "variant": v, "activities": msgspec.json.encode(a).decode()}
                for (p, v), a in sorted(wanted.items())
            ],
        )


def wait(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep events whose case is not known yet, one row a candidate key."""
    if rows:
        connection.execute(insert(uncorrelated), [dict(row) for row in rows])


def claim(connection: Connection, keys: Iterable[Key]) -> list[tuple[int, str, str]]:
    """Take the waiting (offset, process, key) whose candidate keys have become known."""
    claimed: list[tuple[int, str, str]] = []
    for piece in chunked(sorted(set(keys))):
        rows = connection.execute(_waiting, {"keys": piece})
        claimed.extend((row.offset, row.process, row.key) for row in rows)
    for chunk in chunked(sorted({(offset, process) for offset, process, _ in claimed})):
        connection.execute(_drop_waiting, {"keys": chunk})
    return sorted(claimed)


def _event_row(instance_id: str, process: str, event: CaseEvent) -> dict[str, Any]:
    return {
        "instance": instance_id,
        "process": process,
        "occurred_at": to_micros(event.occurred_at),
        "sequence": event.sequence,
        "event_id": event.event_id,
        "source": event.source,
        "key": event.key,
        "activity": event.activity,
        "type": event.type,
        "offset": event.offset,
        "amount": None if event.amount is None else str(event.amount.amount),
        "currency": None if event.amount is None else event.amount.currency,
        "trace_id": event.trace_id,
        "span_id": event.span_id,
        "objects": msgspec.json.encode(event.objects).decode(),
        "performer": event.performer,
        "duration_us": event.duration_us,
    }


_decode_objects = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode


@lru_cache(maxsize=20_000)
def _case_event(row: Row[Any]) -> CaseEvent:
    """The same row is the same object, so what was made of it before is found again."""
    return CaseEvent(
        occurred_at=from_micros(row.occurred_at),
        sequence=row.sequence,
        event_id=row.event_id,
        source=row.source,
        key=row.key,
        activity=row.activity,
        type=row.type,
        offset=row.offset,
        amount=optional_money(row.amount, row.currency),
        trace_id=row.trace_id,
        span_id=row.span_id,
        objects=_decode_objects(row.objects),
        performer=row.performer,
        duration_us=row.duration_us,
    )
