"""
What else hangs on an exception: what came of the things it is about, other cases, money, steps.

It is about the entities that its money hangs on; where it names none of them, about all that
its evidence names.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy import Connection

from controlplane.pipeline.folding import FARTHEST_LINK
from governance.exception import stores as exceptions
from governance.exception.at_risk import AtRisk, at_risk
from governance.exception.process_exception import ProcessException
from observability.instance.instance import CaseEvent
from observability.model.model import ProcessModel
from observability.projection import case_stores, entity_stores
from observability.projection.entity_stores import EntityKey

SHOWN = 50
_NO_ENTITY = frozenset({"case", "clock", "today"})


class Things(msgspec.Struct, frozen=True, kw_only=True):
    """Entities of one type; `keys` are the first of `total`."""

    type: str
    total: int
    keys: list[str]


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that the exception rests on, and how many cases rest on it too."""

    type: str
    key: str
    cases: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    activity: str
    title: str


class BlastRadius(msgspec.Struct, frozen=True, kw_only=True):
    """
    `things` came of what the exception is about; `cases` are hit by the same incident, of which
    `instances` are the first. `money` counts each line once; `exceptions` are what it is over.
    """

    things: list[Things]
    shared: list[Shared]
    cases: int
    instances: list[str]
    exceptions: int
    money: AtRisk
    downstream: list[Step]


def blast_radius(
    connection: Connection,
    one: ProcessException,
    model: ProcessModel | None,
    *,
    at: datetime,
    cost_of_capital: Decimal,
) -> BlastRadius:
    named = {(e.fact_type, e.fact_id) for e in one.evidence if e.fact_type not in _NO_ENTITY}
    about = _about(one, named)
    events = case_stores.events_by_instance(connection, [one.instance]).get(one.instance, [])
    touching = [event for event in events if about & set(event.objects)]
    members = _members(connection, one)
    instances = sorted({member.instance for member in members})
    return BlastRadius(
        things=_things(connection, about, touching),
        shared=_shared(connection, named - about),
        cases=len(instances),
        instances=instances[:SHOWN],
        exceptions=len(members),
        money=at_risk(members, at=at, cost_of_capital=cost_of_capital),
        downstream=_downstream(model, about, touching) if model else [],
    )


def _about(one: ProcessException, named: set[EntityKey]) -> set[EntityKey]:
    keys = {one.line, one.occurrence}
    about = {thing for thing in named if thing[1] in keys}
    if one.process_sla is not None and one.process_sla.object:
        about.add((one.process_sla.object_type, one.process_sla.object))
    return about or named


def _members(connection: Connection, one: ProcessException) -> list[ProcessException]:
    """Return what stands of its incident, and what else stands about the same line; itself too."""
    found = {one.id: one}
    if one.incident is not None:
        found |= {e.id: e for e in exceptions.of_incident(connection, one.incident.id)}
    here = exceptions.of_instances(connection, [one.instance]).get(one.instance, [])
    found |= {e.id: e for e in here if e.standing and e.line == one.line}
    return list(found.values())


def _things(
    connection: Connection, about: set[EntityKey], touching: Sequence[CaseEvent]
) -> list[Things]:
    """Return the entities that events name beside these, and that are no older than they are."""
    beside = {thing for event in touching for thing in event.objects} - about
    known = entity_stores.load_entities(connection, beside | about)
    begun = min((known[one].first_at for one in about if one in known), default=None)
    by_type: dict[str, list[str]] = defaultdict(list)
    for type_, key in sorted(beside & known.keys()):
        if begun is not None and known[type_, key].first_at >= begun:
            by_type[type_].append(key)
    return [
        Things(type=type_, total=len(keys), keys=keys[:SHOWN]) for type_, keys in by_type.items()
    ]


def _shared(connection: Connection, named: Iterable[EntityKey]) -> list[Shared]:
    seen = [
        (thing, entity_stores.cases_that_see(connection, [thing], farthest=FARTHEST_LINK))
        for thing in sorted(named)
    ]
    return [
        Shared(type=type_, key=key, cases=len(cases))
        for (type_, key), cases in seen
        if len(cases) > 1
    ]


def _downstream(
    model: ProcessModel, about: set[EntityKey], touching: Sequence[CaseEvent]
) -> list[Step]:
    """Return the steps of these things that have not happened, and what comes after any of them."""
    happened = {event.activity for event in touching}
    waiting = _activities(model, {type_ for type_, _ in about}) - happened
    for activity in model.activities:  # in the order in which they are expected
        if (waiting | happened) & set(activity.after) and activity.activity not in happened:
            waiting.add(activity.activity)
    return [
        Step(activity=one.activity, title=model.title_of(one.activity))
        for one in model.activities
        if one.activity in waiting
    ]


def _activities(model: ProcessModel, types: set[str]) -> set[str]:
    """Return the activities whose events name an entity of *types*."""
    known = (model.entities[one] for one in types if one in model.entities)
    events = {name for one in known for name in (*one.describing, *one.touched_by)}
    named = (model.activity_of(one) or one for one in events)
    return {one for one in named if one in model.by_activity}
