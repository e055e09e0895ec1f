"""Entities as the worker keeps them: the events that made them, their state, their links."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from observability.entity import Entity
from observability.projection.chunk import among, chunked
from observability.tables import case_entity, entity, entity_event, entity_link
from rules.instant import from_micros

EntityKey = tuple[str, str]
"""(type, key)"""
_touches = (
    select(entity_event)
    .where(among(entity_event.c.type, entity_event.c.key))
    .order_by(
        entity_event.c.type,
        entity_event.c.key,
        entity_event.c.occurred_at,
        entity_event.c.sequence,
        entity_event.c.event_id,
        entity_event.c.source,
    )
)
_entities = select(entity).where(among(entity.c.type, entity.c.key))
_drop_entities = delete(entity).where(among(entity.c.type, entity.c.key))
_links = select(entity_link).where(among(entity_link.c.type, entity_link.c.key))
_drop_links = delete(entity_link).where(among(entity_link.c.type, entity_link.c.key))
_linking = select(entity_link.c.type, entity_link.c.key).where(
    among(entity_link.c.to_type, entity_link.c.to_key)
)
_links_of_cases = select(case_entity).where(among(case_entity.c.instance))
_seeing = (
    select(case_entity.c.instance).where(among(case_entity.c.type, case_entity.c.key)).distinct()
)


class EntityTouch(msgspec.Struct, frozen=True, kw_only=True):
    """One event's touch of one entity; the payload stays in the log at `offset`."""

    type: str
    key: str
    occurred_at: int
    sequence: int
    event_id: str
    source: str
    offset: int
    activity: str | None
    describes: bool


def add_entity_events(connection: Connection, events: Sequence[EntityTouch]) -> None:
    if events:
        connection.execute(insert(entity_event), [msgspec.structs.asdict(e) for e in events])


def take_back(connection: Connection, offsets: Iterable[int]) -> set[EntityKey]:
    """Forget what the events at *offsets* touched; return the entities that were touched."""
    found: set[EntityKey] = set()
    for piece in chunked(offsets):
        here = entity_event.c.offset.in_(piece)
        named = select(entity_event.c.type, entity_event.c.key).where(here).distinct()
        found.update((row.type, row.key) for row in connection.execute(named))
        connection.execute(delete(entity_event).where(here))
    return found


def drop(connection: Connection, keys: Iterable[EntityKey]) -> None:
    """Forget entities, and what they link to."""
    for piece in chunked(sorted(keys)):
        connection.execute(_drop_entities, {"keys": piece})
        connection.execute(_drop_links, {"keys": piece})


def entity_touches(
    connection: Connection, keys: Iterable[EntityKey]
) -> dict[EntityKey, list[EntityTouch]]:
    """Return every touch of each entity, in order of events."""
    found: dict[EntityKey, list[EntityTouch]] = defaultdict(list)
    for piece in chunked(sorted(set(keys))):
        rows = connection.execute(_touches, {"keys": piece}).all()
        for row in rows:
            touch = EntityTouch(**{**row._asdict(), "describes": bool(row.describes)})
            found[(row.type, row.key)].append(touch)
    return found


def save_entities(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace the rows of the table `entity` that carry these (type, key)."""
    for piece in chunked(rows):
        keys = [(row["type"], row["key"]) for row in piece]
        connection.execute(_drop_entities, {"keys": keys})
        connection.execute(insert(entity), [dict(row) for row in piece])


def save_entity_links(
    connection: Connection, links: Mapping[EntityKey, Iterable[EntityKey]]
) -> None:
    """Replace what each entity links to."""
    for piece in chunked(sorted(links)):
        connection.execute(_drop_links, {"keys": piece})
    rows = [
        {"type": t, "key": k, "to_type": to_type, "to_key": to_key}
        for (t, k), targets in sorted(links.items())
        for to_type, to_key in sorted(set(targets))
    ]
    if rows:
        connection.execute(insert(entity_link), rows)


def load_entities(connection: Connection, keys: Iterable[EntityKey]) -> dict[EntityKey, Entity]:
    """Return each known entity of *keys*."""
    found: dict[EntityKey, Entity] = {}
    for piece in chunked(sorted(set(keys))):
        rows = connection.execute(_entities, {"keys": piece}).all()
        found.update({(row.type, row.key): read_entity(row) for row in rows})
    return found


def links_of_cases(connection: Connection, ids: Iterable[str]) -> dict[str, set[EntityKey]]:
    """Return the entities that the events of each instance name."""
    found: dict[str, set[EntityKey]] = defaultdict(set)
    for piece in chunked(sorted(set(ids))):
        for row in connection.execute(_links_of_cases, {"keys": piece}).all():
            found[row.instance].add((row.type, row.key))
    return found


def links_of_entities(
    connection: Connection, keys: Iterable[EntityKey]
) -> dict[EntityKey, set[EntityKey]]:
    """Return the entities that each entity's own fields name."""
    found: dict[EntityKey, set[EntityKey]] = defaultdict(set)
    for piece in chunked(sorted(set(keys))):
        rows = connection.execute(_links, {"keys": piece}).all()
        for row in rows:
            found[(row.type, row.key)].add((row.to_type, row.to_key))
    return found


def cases_that_see(connection: Connection, keys: Iterable[EntityKey], *, farthest: int) -> set[str]:
    """Return the instances whose facts hold one of these, at most *farthest* links away."""
    wanted = set(keys)
    frontier = set(wanted)
    for _ in range(farthest - 1):
        frontier = _linking_to(connection, frontier) - wanted
        wanted |= frontier
    found: set[str] = set()
    for piece in chunked(sorted(wanted)):
        rows = connection.execute(_seeing, {"keys": piece}).all()
        found |= {row.instance for row in rows}
    return found


def _linking_to(connection: Connection, keys: Iterable[EntityKey]) -> set[EntityKey]:
    found: set[EntityKey] = set()
    for piece in chunked(sorted(keys)):
        rows = connection.execute(_linking, {"keys": piece}).all()
        found |= {(row.type, row.key) for row in rows}
    return found


@lru_cache(maxsize=10_000)
def read_entity(row: tuple[Any, ...]) -> Entity:
    """The same row is the same object, so what was made of it before is found again."""
    type_, key, state, first_at, last_at, events, event, history = row
    return Entity(
        type=type_,
        key=key,
        state=msgspec.json.decode(state),
        first_at=from_micros(first_at),
        last_at=from_micros(last_at),
        events=events,
        event=event,
        history=msgspec.json.decode(history),
    )
