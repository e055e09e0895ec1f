"""
Fold: entities and cases become what all their events say of them.

Each fold starts from every event of the thing; nothing is added to what stood before,
so late and repeated evidence needs no path of its own.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from controlplane.pipeline.correlating import Case, Correlated
from controlplane.pipeline.definitions import Definitions
from observability.correlation.correlation import links
from observability.entity import Entity, EntityEvent, fold_entity
from observability.event import decode_event
from observability.instance.instance import Instance, fold_instance
from observability.log import stores as log
from observability.projection import case_stores, entity_stores
from observability.projection.entity_stores import EntityKey, EntityTouch
from rules.instant import from_micros, optional_micros, to_micros

FARTHEST_LINK = 3


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """One dirty case: its events, its instance and the entities that its facts may hold."""

    case: Case
    instance: Instance
    entities: tuple[Entity, ...]


def fold(
    state: Connection, log_connection: Connection, definitions: Definitions, found: Correlated
) -> dict[str, Folded]:
    """Fold and store what the micro-batch touched; return every case whose facts may differ."""
    moved = _fold_entities(state, log_connection, definitions, found.touched)
    cases = dict(found.cases)
    others = entity_stores.cases_that_see(state, moved, farthest=FARTHEST_LINK) - set(cases)
    cases.update(load_cases(state, others))
    return fold_cases(state, definitions, cases)


def load_cases(state: Connection, ids: Iterable[str]) -> dict[str, Case]:
    """Return the cases that stand under *ids*, with their keys and events."""
    wanted = set(ids)
    events = case_stores.events_by_instance(state, wanted)
    keys = case_stores.keys_by_instance(state, wanted)
    processes = case_stores.processes_of(state, events)
    return {
        one: Case(
            id=one,
            process=processes[one],
            keys=sorted(keys[one]),
            events=sorted(events[one], key=lambda event: event.order),
        )
        for one in sorted(events)
    }


def fold_cases(
    state: Connection, definitions: Definitions, cases: Mapping[str, Case]
) -> dict[str, Folded]:
    """Fold *cases* into instances and store those rows."""
    folded = read_cases(state, definitions, cases)
    case_stores.save_instances(state, [_row(one.instance) for one in folded.values()])
    case_stores.save_links(
        state,
        {
            id_: [(to.process, to.key, to.kind) for to in one.instance.links]
            for id_, one in folded.items()
        },
    )
    case_stores.save_variants(
        state,
        {(f.case.process, f.instance.variant): f.instance.activities for f in folded.values()},
    )
    return folded


def read_cases(
    state: Connection, definitions: Definitions, cases: Mapping[str, Case]
) -> dict[str, Folded]:
    """Fold *cases* into instances; nothing is stored."""
    entities = entities_of(state, cases)
    return {
        id_: Folded(
            case=case,
            instance=instance_of(definitions, case, entities[id_]),
            entities=entities[id_],
        )
        for id_, case in cases.items()
    }


def instance_of(definitions: Definitions, case: Case, entities: tuple[Entity, ...]) -> Instance:
    """Return what the events of *case* and its *entities* say of it."""
    return fold_instance(
        case.id,
        case.process,
        case.keys,
        case.events,
        model=definitions.model_of(case.process, begun=case.events[0].occurred_at),
        entities=entities,
    )


def _fold_entities(
    state: Connection,
    log_connection: Connection,
    definitions: Definitions,
    touched: Iterable[EntityKey],
) -> set[EntityKey]:
    """
    Fold and store what is *touched*; return that of which other cases see something new.

    An entity that no event touches any more is no more.
    """
    before = entity_stores.load_entities(state, touched)
    touches = touches_of(state, log_connection, touched)
    named_by = key_fields(definitions)
    folded = [
        fold_entity(
            type_,
            key,
            those,
            key_field=named_by.get(type_),
            watched=definitions.watched.get(type_, ()),
        )
        for (type_, key), those in sorted(touches.items())
    ]
    over = set(before) - set(touches)
    entity_stores.drop(state, over)
    entity_stores.save_entities(state, [_entity_row(one) for one in folded])
    models = list(definitions.models.values())
    entity_stores.save_entity_links(
        state, {(one.type, one.key): links(one, models) for one in folded}
    )
    return over | {key for one in folded if _is_news(definitions, before.get(key := one.name), one)}


def touches_of(
    state: Connection, log_connection: Connection, keys: Iterable[EntityKey]
) -> dict[EntityKey, list[EntityEvent]]:
    """Return every event's word about each of the entities *keys*, in order."""
    touches = entity_stores.entity_touches(state, keys)
    offsets = {one.offset for those in touches.values() for one in those if one.describes}
    data = {
        offset: decode_event(payload).data
        for offset, payload in log.payloads(log_connection, sorted(offsets)).items()
    }
    return {key: [told_by(one, data) for one in those] for key, those in touches.items()}


def key_fields(definitions: Definitions) -> dict[str, str]:
    """Return the field that holds the key of each type of entity."""
    return {
        type_: entity.key
        for model in definitions.models.values()
        for type_, entity in model.entities.items()
    }


def _is_news(definitions: Definitions, before: Entity | None, now: Entity) -> bool:
    return before is None or _seen(definitions, before) != _seen(definitions, now)


def _seen(definitions: Definitions, one: Entity) -> bytes:
    """Return what rules, figures and clocks of other cases may read: no stamp for its own sake."""
    unread = definitions.unread.get(one.type, frozenset())
    fields = {name: value for name, value in one.state.items() if name not in unread}
    return msgspec.json.encode([one.event, fields, one.history])


def told_by(touch: EntityTouch, data: Mapping[int, dict[str, Any]]) -> EntityEvent:
    """Return the event that *touch* names; *data* has the payloads by offset."""
    return EntityEvent(
        occurred_at=from_micros(touch.occurred_at),
        sequence=touch.sequence,
        event_id=touch.event_id,
        source=touch.source,
        activity=touch.activity,
        describes=touch.describes,
        data=data.get(touch.offset, {}) if touch.describes else {},
    )


def entities_of(state: Connection, cases: Iterable[str]) -> dict[str, tuple[Entity, ...]]:
    """Return the entities that each case's events name, and those that these name in turn."""
    wanted = list(cases)
    reach = {id_: set(those) for id_, those in entity_stores.links_of_cases(state, wanted).items()}
    edges: dict[EntityKey, set[EntityKey]] = {}
    frontier = {key for those in reach.values() for key in those}
    for _ in range(FARTHEST_LINK - 1):
        fresh = entity_stores.links_of_entities(state, frontier - set(edges))
        edges.update({key: set() for key in frontier if key not in edges})
        edges.update(fresh)
        frontier = {target for those in fresh.values() for target in those}
        for those in reach.values():
            those |= {target for key in those for target in edges.get(key, ())}
    known = entity_stores.load_entities(state, {key for those in reach.values() for key in those})
    return {
        id_: tuple(known[key] for key in sorted(reach.get(id_, ())) if key in known)
        for id_ in wanted
    }


def _entity_row(entity: Entity) -> dict[str, Any]:
    return {
        "type": entity.type,
        "key": entity.key,
        "state": msgspec.json.encode(entity.state).decode(),
        "first_at": to_micros(entity.first_at),
        "last_at": to_micros(entity.last_at),
        "events": entity.events,
        "event": entity.event,
        "history": msgspec.json.encode(entity.history).decode(),
    }


def _row(one: Instance) -> dict[str, Any]:
    def as_json(value: object) -> str:
        return msgspec.json.encode(value).decode()

    waits = next(iter(one.standing.waiting), None)
    return {
        "id": one.id,
        "process": one.process,
        "case_key": one.case_key,
        "title": one.title,
        "model": one.model,
        "state": one.state,
        "stage": one.stage,
        "owner": one.owner,
        "started_at": to_micros(one.started_at),
        "last_at": to_micros(one.last_at),
        "ended_at": optional_micros(one.ended_at),
        "events": one.events,
        "rework": one.rework,
        "variant": one.variant,
        "amount": None if one.amount is None else str(one.amount.amount),
        "currency": None if one.amount is None else one.amount.currency,
        "currencies": len(one.amounts),
        "money": as_json(one.money),
        "attributes": as_json(one.attributes),
        "departures": as_json(one.departures),
        "standing": as_json(one.standing),
        "waits_for": waits.activity if waits else None,
        "waiting_since": optional_micros(waits.since if waits else None),
    }
