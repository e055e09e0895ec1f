"""
Correlate: each event finds its case by key, or waits until a key claims it.

The case of an event depends only on the set of events and aliases, never on the order
in which they came: the instance's id is that of the key named by its earliest event.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.joining import Joining
from observability.correlation.correlation import Placement, placements, references, touches
from observability.event import ProcessEvent, decode_event
from observability.instance.instance import CaseEvent, case_event, in_order, instance_id
from observability.log import stores as log
from observability.model.model import ProcessModel
from observability.projection import case_stores, entity_stores
from observability.projection.entity_stores import EntityKey, EntityTouch
from rules.instant import to_micros

Key = tuple[str, str]
Within = tuple[str, frozenset[str]]
"""A process, and the keys of those of its cases that alone are meant."""


class Case(msgspec.Struct, kw_only=True):
    """A case that something happened to in this micro-batch, with all its events in order."""

    id: str
    process: str
    keys: list[str]
    events: list[CaseEvent]


class Correlated(msgspec.Struct, kw_only=True):
    """
    `joined` maps an instance that is no more to the one that took it up, `parted` one to the
    several that have its events now; of those that are `emptied` no event is left.
    """

    cases: dict[str, Case] = {}
    joined: dict[str, str] = {}
    parted: dict[str, list[str]] = {}
    emptied: set[str] = set()
    touched: set[EntityKey] = set()

    @property
    def gone(self) -> set[str]:
        """Return the instances that stood before and do no more."""
        return {*self.joined, *self.parted, *self.emptied} - set(self.cases)

    def join(self, old: str, new: str) -> None:
        """Let what was *old* be *new*, and whatever had become *old* before."""
        self.joined = {
            one: new if into == old else into for one, into in self.joined.items() if one != new
        }
        self.joined[old] = new
        self.cases.pop(old, None)


class _Placed(msgspec.Struct, frozen=True, kw_only=True):
    process: str
    keys: tuple[str, ...]
    event: CaseEvent | None
    links: tuple[EntityKey, ...] = ()


def correlate(
    state: Connection,
    log_connection: Connection,
    definitions: Definitions,
    arrivals: Sequence[Arrival],
    *,
    aliases: Sequence[tuple[str, tuple[str, ...]]] = (),
) -> Correlated:
    """
    Place *arrivals*, join *aliases* (process, keys), and store keys, events and links.

    Events that waited for a key which is now known are placed with them.
    """
    found = Correlated(touched=_touch(state, definitions, arrivals))
    gather(state, log_connection, definitions, arrivals, found, aliases=aliases)
    return found


def gather(  # noqa: PLR0913 - what is to be gathered, and into what
    state: Connection,
    log_connection: Connection,
    definitions: Definitions,
    arrivals: Sequence[Arrival],
    found: Correlated,
    *,
    aliases: Sequence[tuple[str, tuple[str, ...]]] = (),
    within: Within | None = None,
) -> None:
    """Place *arrivals*, in the cases *within* alone where they are named, and join *aliases*."""
    placed = [_Placed(process=p, keys=keys, event=None) for p, keys in aliases]
    pending = list(arrivals)
    while pending or placed:
        more, waiting = _place(state, definitions, pending, within)
        placed.extend(more)
        case_stores.wait(state, waiting)
        _settle(state, placed, found)
        keys = {(one.process, key) for one in placed for key in one.keys}
        pending = _claimed(state, log_connection, keys)
        placed = []


def _touch(
    state: Connection, definitions: Definitions, arrivals: Iterable[Arrival]
) -> set[EntityKey]:
    """Record every entity that the events describe or stamp."""
    rows: list[EntityTouch] = []
    for arrival in arrivals:
        event = arrival.event
        for process, activity in definitions.reported(event):
            models = [definitions.models[process]]
            rows.extend(
                EntityTouch(
                    type=touch.type,
                    key=touch.key,
                    occurred_at=to_micros(event.occurred_at),
                    sequence=event.sequence,
                    event_id=event.id,
                    source=event.source,
                    offset=arrival.offset,
                    activity=activity,
                    describes=touch.describes,
                )
                for touch in touches(event, activity, models)
            )
    once: dict[tuple[str, str, int], EntityTouch] = {}
    for row in rows:  # where one model describes and another only touches, it is described
        name = (row.type, row.key, row.offset)
        if name not in once or row.describes:
            once[name] = row
    entity_stores.add_entity_events(state, list(once.values()))
    return {(row.type, row.key) for row in rows}


def _place(
    state: Connection,
    definitions: Definitions,
    arrivals: Sequence[Arrival],
    within: Within | None,
) -> tuple[list[_Placed], list[dict[str, object]]]:
    candidates: list[tuple[Arrival, Placement]] = []
    placed: list[_Placed] = []
    for arrival in arrivals:
        everywhere = placements(arrival.event, definitions.models.values())
        for placement in everywhere if within is None else _meant(everywhere, *within):
            if arrival.claimed is not None:
                if arrival.claimed[0] == placement.process:
                    placed.append(_placed(definitions, arrival, placement, (arrival.claimed[1],)))
            elif placement.keys:
                placed.append(_placed(definitions, arrival, placement, placement.keys))
            else:
                candidates.append((arrival, placement))
    wanted = {(p.process, key) for _, p in candidates for key in p.candidates[:1]}
    known = case_stores.instances_by_key(state, wanted)
    waiting: list[dict[str, object]] = []
    for arrival, placement in candidates:
        key = placement.candidates[0] if placement.candidates else ""
        if (placement.process, key) in known:
            placed.append(_placed(definitions, arrival, placement, (key,)))
        else:
            waiting.append(_waiting(arrival, placement.process, key))
    return placed, waiting


def _meant(found: Iterable[Placement], process: str, keys: frozenset[str]) -> Sequence[Placement]:
    """Return those of *found* that name a case by one of *keys*; if none does, all of *process*."""
    those = [one for one in found if one.process == process]
    return [one for one in those if not keys.isdisjoint(one.keys)] or those


def _placed(
    definitions: Definitions, arrival: Arrival, placement: Placement, keys: tuple[str, ...]
) -> _Placed:
    event = arrival.event
    model = definitions.models.get(placement.process)
    models = [model] if model else []
    objects = [
        (t.type, t.key)
        for t in touches(event, placement.activity, models)
        if model is None or t.type != model.case or t.key in keys or not _lists(event, model)
    ]
    links = references(event.data, model) if model else ()
    own = [(model.case, key) for key in keys] if model and model.case else []
    placed = case_event(
        event,
        placement.activity,
        offset=arrival.offset,
        objects=objects,
        performed_by=model.performed_by if model else (),
    )
    return _Placed(
        process=placement.process,
        keys=keys,
        event=msgspec.structs.replace(placed, key=keys[0]),
        links=tuple(dict.fromkeys([*objects, *links, *own])),
    )


def _lists(event: ProcessEvent, model: ProcessModel) -> bool:
    """Whether *event* names several cases, each of which it is to touch alone."""
    return any(isinstance(event.data.get(field), list) for field in model.keys)


def _waiting(arrival: Arrival, process: str, key: str) -> dict[str, object]:
    return {
        "offset": arrival.offset,
        "process": process,
        "key": key,
        "source": arrival.event.source,
        "event_id": arrival.event.id,
        "type": arrival.event.type,
        "occurred_at": to_micros(arrival.event.occurred_at),
        "since": to_micros(arrival.at),
    }


class _Group(msgspec.Struct, kw_only=True):
    """One case to be: the keys it is now known by, the instances it was, what came to it."""

    process: str
    named: set[str] = set()
    before: set[str] = set()
    placed: list[_Placed] = []


def _settle(state: Connection, placed: Sequence[_Placed], found: Correlated) -> None:
    """Join keys into cases, give each case its id, and store what is new."""
    known = case_stores.instances_by_key(
        state, {(one.process, key) for one in placed for key in one.keys}
    )
    groups = _join(placed, known)
    standing = {id_ for group in groups for id_ in group.before}
    events = case_stores.events_by_instance(state, standing)
    keys = case_stores.keys_by_instance(state, standing)
    leads: dict[Key, str] = {}
    arrived: list[tuple[str, str, CaseEvent]] = []
    links: set[tuple[str, str, str]] = set()
    for group in groups:
        case = _case(group, events, keys)
        for old in sorted(group.before - {case.id}):
            case_stores.move_case(state, old, case.id)
            found.join(old, case.id)
        fresh = {(group.process, key) for key in group.named}
        leads.update({key: case.id for key in fresh if known.get(key) != case.id})
        if case.events:
            found.cases[case.id] = case
        arrived += _new(group, case, events)
        links.update((case.id, *link) for one in group.placed for link in one.links)
    case_stores.add_events(state, arrived)
    case_stores.link_entities(state, links)
    case_stores.save_keys(state, leads)


def _join(placed: Sequence[_Placed], known: Mapping[Key, str]) -> list[_Group]:
    """Return the groups of what belongs together, in the order in which they were first named."""
    joining: Joining[tuple[str, str, str]] = Joining()
    for one in placed:
        keys = [(one.process, key) for key in one.keys]
        nodes = [("key", *key) for key in keys]
        joining.join([*nodes, *(("case", k[0], known[k]) for k in keys if k in known)])
    groups: dict[tuple[str, str, str], _Group] = {}
    for nodes in joining.groups():
        groups[joining.root(nodes[0])] = _Group(
            process=nodes[0][1],
            named={name for kind, _, name in nodes if kind == "key"},
            before={name for kind, _, name in nodes if kind == "case"},
        )
    for one in placed:
        groups[joining.root(("key", one.process, one.keys[0]))].placed.append(one)
    return list(groups.values())


def _case(
    group: _Group, events: Mapping[str, list[CaseEvent]], keys: Mapping[str, list[str]]
) -> Case:
    """Name the case by the key of its earliest event; by its smallest key while it has none."""
    standing = [event for old in sorted(group.before) for event in events.get(old, ())]
    arrived = [one.event for one in group.placed if one.event is not None]
    ordered = in_order([*standing, *arrived])
    names = sorted(group.named.union(*(keys.get(old, ()) for old in group.before)))
    root = ordered[0].key if ordered else names[0]
    return Case(
        id=instance_id(group.process, root), process=group.process, keys=names, events=ordered
    )


def _new(
    group: _Group, case: Case, events: Mapping[str, list[CaseEvent]]
) -> list[tuple[str, str, CaseEvent]]:
    """Return what of *case* is not stored yet; an event that named it twice stands there once."""
    known = {(one.source, one.event_id) for old in group.before for one in events.get(old, ())}
    arrived = {(p.event.source, p.event.event_id) for p in group.placed if p.event is not None}
    return [
        (case.id, case.process, one)
        for one in case.events
        if (name := (one.source, one.event_id)) in arrived and name not in known
    ]


def _claimed(state: Connection, log_connection: Connection, keys: Iterable[Key]) -> list[Arrival]:
    claims = case_stores.claim(state, keys)
    payloads = log.payloads(log_connection, {offset for offset, _, _ in claims})
    return [
        Arrival(
            offset=offset,
            event=(event := decode_event(payloads[offset])),
            at=event.occurred_at,
            claimed=(process, key),
        )
        for offset, process, key in claims
    ]
