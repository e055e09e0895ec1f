"""
The facts of a case as they stood when the log had come to an offset, and who reported them.

Nothing of this is kept: the events that were known by then are folded again, as the worker
folded them. Whether that gives the facts of a decision is told by their digest.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from controlplane.pipeline.correlating import Case
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.folding import FARTHEST_LINK, Folded, key_fields, told_by
from observability.correlation.correlation import links, placements, references
from observability.entity import Entity, EntityEvent, fold_entity
from observability.event import ProcessEvent, decode_event
from observability.instance.instance import CaseEvent, fold_instance
from observability.log import stores as log
from observability.model.model import ProcessModel
from observability.projection import case_stores, entity_stores
from observability.projection.entity_stores import EntityKey, EntityTouch

Events = dict[int, ProcessEvent]
"""Events of the log by offset."""


class PastEntity(msgspec.Struct, frozen=True, kw_only=True):
    """An entity and the events that made it, in order."""

    entity: Entity
    events: tuple[EntityEvent, ...]


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stood; `events`, by name, are those that speak of it or of its entities."""

    folded: Folded
    entities: Mapping[EntityKey, PastEntity]
    events: Mapping[str, ProcessEvent]


def event_name(source: str, id_: str) -> str:
    """Return the name by which facts speak of an event."""
    return f"{source}/{id_}"


def past(
    state: Connection,
    log_connection: Connection,
    definitions: Definitions,
    instance: str,
    *,
    until: int,
) -> Past | None:
    """Return the case *instance* as it stood at the offset *until*; None before its first event."""
    known = case_stores.events_by_instance(state, [instance]).get(instance, [])
    told = [one for one in known if one.offset <= until]
    process = case_stores.processes_of(state, [instance]).get(instance)
    if not told or process is None:
        return None
    reading = _Reading(state, log_connection, definitions, until)
    events = reading.events(one.offset for one in told)
    model = definitions.model_of(process, begun=told[0].occurred_at)
    keys = sorted(_keys(told, events, definitions, process))
    entities = reading.entities(_named(told, events, model, keys)) if model else {}
    case = Case(id=instance, process=process, keys=keys, events=told)
    those = tuple(entities[key].entity for key in sorted(entities))
    folded = fold_instance(instance, process, keys, told, model=model, entities=those)
    return Past(
        folded=Folded(case=case, instance=folded, entities=those),
        entities=entities,
        events={event_name(one.source, one.id): one for one in reading.read.values()},
    )


def _keys(
    told: Iterable[CaseEvent], events: Events, definitions: Definitions, process: str
) -> set[str]:
    """Return the keys by which the events of a case name it."""
    found: set[str] = set()
    for one in told:
        found.add(one.key)
        if one.offset in events:
            placed = placements(events[one.offset], definitions.models.values())
            mine = (each.keys for each in placed if each.process == process)
            found.update(key for keys in mine if one.key in keys for key in keys)
    return found


def _named(
    told: Iterable[CaseEvent], events: Events, model: ProcessModel, keys: Iterable[str]
) -> set[EntityKey]:
    """Return the entities that the events of a case name."""
    found = {link for one in told for link in one.objects}
    for one in told:
        if one.offset in events:
            found.update(references(events[one.offset].data, model))
    return found | ({(model.case, key) for key in keys} if model.case else set())


class _Reading:
    """Reads what was known at an offset, each event once."""

    def __init__(
        self, state: Connection, log_connection: Connection, definitions: Definitions, until: int
    ) -> None:
        self._state, self._log = state, log_connection
        self._models = list(definitions.models.values())
        self._key_fields = key_fields(definitions)
        self._watched = definitions.watched
        self._until = until
        self._data: dict[int, dict[str, Any]] = {}
        self.read: Events = {}

    def events(self, offsets: Iterable[int]) -> Events:
        wanted = sorted(set(offsets) - self.read.keys())
        for offset, payload in log.payloads(self._log, wanted).items():
            event = self.read[offset] = decode_event(payload)
            self._data[offset] = event.data
        return self.read

    def entities(self, named: set[EntityKey]) -> dict[EntityKey, PastEntity]:
        """Return *named* and what they refer to, as far as facts reach."""
        found: dict[EntityKey, PastEntity] = {}
        frontier = named
        for _ in range(FARTHEST_LINK):
            fresh = self._folded(frontier - found.keys())
            found |= fresh
            frontier = {to for one in fresh.values() for to in links(one.entity, self._models)}
        return found

    def _folded(self, keys: set[EntityKey]) -> dict[EntityKey, PastEntity]:
        touches = {
            key: [one for one in those if one.offset <= self._until]
            for key, those in entity_stores.entity_touches(self._state, keys).items()
        }
        self.events(one.offset for those in touches.values() for one in those)
        return {key: self._entity(key, those) for key, those in touches.items() if those}

    def _entity(self, key: EntityKey, touches: Iterable[EntityTouch]) -> PastEntity:
        events = tuple(told_by(one, self._data) for one in touches)
        named = self._key_fields.get(key[0])
        watched = self._watched.get(key[0], ())
        entity = fold_entity(*key, events, key_field=named, watched=watched)
        return PastEntity(entity=entity, events=events)
