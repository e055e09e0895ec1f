"""
A case unfolds: what was known of it after each thing that happened, in the time of the events.

It is folded anew from the events up to a moment, as if every system had told its part at
once. Up to the last of them it is the case as it stands.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import structs
from sqlalchemy import Connection

from controlplane.pipeline.clocking import clocks_of
from controlplane.pipeline.correlating import Case
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.folding import (
    FARTHEST_LINK,
    Folded,
    instance_of,
    key_fields,
    load_cases,
    told_by,
)
from observability.correlation.correlation import links, placements, references
from observability.entity import Entity, EntityEvent, fold_entity
from observability.event import ProcessEvent, decode_event
from observability.instance.instance import CaseEvent
from observability.log import stores as log
from observability.model.model import ProcessModel
from observability.projection import entity_stores
from observability.projection.clock_stores import KeptClock
from observability.projection.entity_stores import EntityKey


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it was known at a moment, with its clocks as they read then."""

    at: datetime
    folded: Folded
    clocks: tuple[KeptClock, ...]


class EntityPast:
    """What an entity was after each of its events."""

    def __init__(
        self,
        key: EntityKey,
        events: Sequence[EntityEvent],
        models: Sequence[ProcessModel],
        *,
        key_field: str | None,
        watched: Iterable[str] = (),
    ) -> None:
        self._key, self._events, self._key_field = key, events, key_field
        self._watched = watched
        self.times = [one.occurred_at for one in events]
        self.ever_linked = frozenset(
            target for one in events for model in models for target in references(one.data, model)
        )
        self._known: dict[int, Entity] = {}

    def at(self, moment: datetime | None) -> Entity | None:
        """Return it at *moment*, or after everything; None when nothing was said of it yet."""
        told = len(self.times) if moment is None else bisect_right(self.times, moment)
        if not told:
            return None
        if told not in self._known:
            type_, key = self._key
            self._known[told] = fold_entity(
                type_,
                key,
                self._events[:told],
                key_field=self._key_field,
                watched=self._watched,
            )
        return self._known[told]


class CasePast(msgspec.Struct, frozen=True, kw_only=True):
    """The events of a case in order, what each names, and what is linked for no event of it."""

    case: Case
    named: Sequence[tuple[datetime, frozenset[EntityKey]]]
    always: frozenset[EntityKey]

    @property
    def begun(self) -> datetime:
        return self.case.events[0].occurred_at

    def entities(self, until: datetime | None) -> set[EntityKey]:
        """Return the entities that its events up to *until* name; None: all of its events."""
        those = (keys for at, keys in self.named if until is None or at <= until)
        return set(self.always).union(*those)


class Unfolding:
    """
    Some cases, with the past of every entity that they ever saw.

    `gone` are ids under which no case stands: it became part of another one.
    """

    def __init__(
        self,
        definitions: Definitions,
        cases: Mapping[str, CasePast],
        entities: Mapping[EntityKey, EntityPast],
        *,
        gone: Sequence[str] = (),
    ) -> None:
        self._definitions = definitions
        self._models = list(definitions.models.values())
        self._entities = entities
        self.cases = cases
        self.gone = gone

    def seen(self, past: CasePast, *, at: datetime, until: datetime | None) -> Seen:
        """Return the case by the events up to *until*, or by all of them, its clocks read *at*."""
        folded = self._folded(past, until)
        return Seen(at=at, folded=folded, clocks=tuple(clocks_of(self._definitions, folded, at)))

    def moments(
        self, past: CasePast, turns: Iterable[datetime], *, since: datetime | None, until: datetime
    ) -> Iterator[Seen]:
        """
        Yield what was known whenever it may have become something else, in order.

        That is after each event, at each deadline and warning, and at *turns*, from *since* on.
        """
        at = max(past.begun, since or past.begun)
        times = sorted({*turns, *self._times(past)})
        while at <= until:
            seen = self.seen(past, at=at, until=at)
            yield seen
            place = bisect_right(times, at)
            following = [one.next_at for one in seen.clocks if one.next_at is not None]
            following += times[place : place + 1]
            if not following:
                return
            at = min(following)

    def _times(self, past: CasePast) -> Iterator[datetime]:
        yield from (one.occurred_at for one in past.case.events)
        ever = self._within_reach(past.entities(None), lambda one: one.ever_linked)
        for key in ever:
            yield from self._entities[key].times

    def _folded(self, past: CasePast, until: datetime | None) -> Folded:
        whole = past.case
        events = [one for one in whole.events if until is None or one.occurred_at <= until]
        case = Case(id=whole.id, process=whole.process, keys=whole.keys, events=events)
        reached = self._within_reach(past.entities(until), lambda one: self._links(one, until))
        found = (self._entities[key].at(until) for key in sorted(reached))
        entities = tuple(one for one in found if one is not None)
        instance = instance_of(self._definitions, case, entities)
        return Folded(case=case, instance=instance, entities=entities)

    def _within_reach(
        self, named: set[EntityKey], targets: Callable[[EntityPast], Iterable[EntityKey]]
    ) -> set[EntityKey]:
        """Return the known ones of what is *named*, and of what these name in turn."""
        reach = {key for key in named if key in self._entities}
        frontier = reach
        for _ in range(FARTHEST_LINK - 1):
            found = {target for key in frontier for target in targets(self._entities[key])}
            frontier = {key for key in found - reach if key in self._entities}
            reach |= frontier
        return reach

    def _links(self, past: EntityPast, until: datetime | None) -> Iterable[EntityKey]:
        entity = past.at(until)
        return () if entity is None else links(entity, self._models)


def load(
    state: Connection,
    log_connection: Connection,
    definitions: Definitions,
    ids: Iterable[str],
    *,
    offset: int,
) -> Unfolding:
    """Return the past of the cases *ids* up to the log's *offset*; those with no event are left."""
    wanted = list(ids)
    cases = load_cases(state, wanted)
    linked = entity_stores.links_of_cases(state, wanted)
    events = [one for case in cases.values() for one in case.events]
    told = _events(log_connection, [one.offset for one in events])
    pasts = {
        id_: _past(definitions, case, linked.get(id_, set()), told, offset=offset)
        for id_, case in cases.items()
    }
    known = {id_: past for id_, past in pasts.items() if past.case.events}
    named = {key for past in known.values() for key in past.entities(None)}
    return Unfolding(
        definitions,
        known,
        _entities(state, log_connection, definitions, named, offset),
        gone=[one for one in wanted if one not in cases],
    )


def _events(log_connection: Connection, offsets: Iterable[int]) -> dict[int, ProcessEvent]:
    found = log.payloads(log_connection, sorted(set(offsets)))
    return {offset: decode_event(payload) for offset, payload in found.items()}


def _past(
    definitions: Definitions,
    case: Case,
    linked: set[EntityKey],
    told: Mapping[int, ProcessEvent],
    *,
    offset: int,
) -> CasePast:
    named = [_named(definitions, case.process, one, told[one.offset]) for one in case.events]
    explained: set[EntityKey] = set().union(*named)
    counts = [
        (event, keys)
        for event, keys in zip(case.events, named, strict=True)
        if event.offset <= offset
    ]
    return CasePast(
        case=structs.replace(case, events=[event for event, _ in counts]),
        named=[(event.occurred_at, keys) for event, keys in counts],
        always=frozenset(linked - explained),
    )


def _named(
    definitions: Definitions, process: str, event: CaseEvent, told: ProcessEvent
) -> frozenset[EntityKey]:
    model = definitions.models.get(process)
    if model is None:
        return frozenset(event.objects)
    placed = placements(told, definitions.models.values())
    mine = (one.keys for one in placed if one.process == process and event.key in one.keys)
    keys = next(mine, (event.key,))
    own = ((model.case, key) for key in keys) if model.case else ()
    return frozenset((*event.objects, *references(told.data, model), *own))


def _entities(
    state: Connection,
    log_connection: Connection,
    definitions: Definitions,
    named: set[EntityKey],
    offset: int,
) -> dict[EntityKey, EntityPast]:
    """Return the past of what is *named*, and of what that ever named in turn."""
    found: dict[EntityKey, EntityPast] = {}
    models, named_by = list(definitions.models.values()), key_fields(definitions)
    frontier = named
    for _ in range(FARTHEST_LINK):
        touches = {
            key: [one for one in those if one.offset <= offset]
            for key, those in entity_stores.entity_touches(state, frontier).items()
        }
        described = [one.offset for those in touches.values() for one in those if one.describes]
        data = {at: one.data for at, one in _events(log_connection, described).items()}
        fresh = {
            key: EntityPast(
                key,
                [told_by(one, data) for one in those],
                models,
                key_field=named_by.get(key[0]),
                watched=definitions.watched.get(key[0], ()),
            )
            for key, those in touches.items()
            if those
        }
        found.update(fresh)
        frontier = {target for one in fresh.values() for target in one.ever_linked} - found.keys()
    return found
