"""
Master: whether the attributes of an entity are told by their systems of record.

A field that another system told is one exception of the entity, as a change outside the owning
system is one of a case; it ends when the record tells the field, or is the record no longer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from controlplane.conformance.party import system_of
from controlplane.engagement import stores as engagements
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.folding import touches_of
from governance.exception import stores as exceptions
from governance.exception.ending import ended
from governance.exception.process_exception import Change
from governance.exception.reconcile import Circumstances, reconcile
from observability.entity import EntityEvent
from observability.mastery.document import KIND, Mastery
from observability.mastery.straying import Stray, strays
from observability.projection.entity_stores import EntityKey
from rules.decision import Decision, Firing, NotFired
from rules.instant import render_instant

RULESET = "systems-of-record"
RULE = "told-by-another-system"
TYPE = "SYSTEM_OF_RECORD"
_VERSION = "1.0.0"


def master(
    state: Connection,
    log: Connection,
    definitions: Definitions,
    touched: Collection[EntityKey],
    *,
    at: datetime,
) -> list[Change]:
    """Return the exceptions that begin or end with what is told of the entities *touched*."""
    wanted = [key for key in touched if key[0] in definitions.records]
    if not wanted:
        return []
    told = touches_of(state, log, wanted)
    standing = exceptions.of_instances(state, map(_name, wanted))
    changes: list[Change] = []
    for key in sorted(wanted):
        found = _strays(definitions, key[0], told.get(key, ()))
        known = standing.get(_name(key), [])
        if found or known:
            mastery = definitions.records[key[0]].mastery
            changes += reconcile(known, _decision(mastery, key, found), _around(key), at=at)
    engagements.save(state, changes)
    return changes


def unmaster(
    state: Connection, before: Definitions, after: Definitions, *, at: datetime
) -> list[Change]:
    """Return the exceptions that end since nobody, or another, is the record *after*."""
    then, now = _records(before), _records(after)
    gone = {name for name, system in then.items() if now.get(name) != system}
    if not gone:
        return []
    changes = [
        ended(one, "the matrix of systems of record no longer says so", at=at)
        for one in exceptions.unresolved_of(state, KIND)
        if (entity_of(one.instance), one.occurrence) in gone
    ]
    engagements.save(state, changes)
    return changes


def _strays(definitions: Definitions, type_: str, events: Iterable[EntityEvent]) -> Sequence[Stray]:
    one = definitions.records[type_]
    return strays(
        events,
        one.mastery.attributes,
        lambda source: system_of(source, definitions.told_by),
        since=one.since,
    )


def _decision(mastery: Mastery, key: EntityKey, found: Sequence[Stray]) -> Decision:
    return Decision(
        ruleset=RULESET,
        version=mastery.version or _VERSION,
        outcome="blocked" if found else "clear",
        evaluated=(RULE,),
        firings=tuple(_firing(mastery, key, one) for one in found),
        not_fired=() if found else (NotFired(rule=RULE, because="its record has told it"),),
    )


def _firing(mastery: Mastery, key: EntityKey, one: Stray) -> Firing:
    when = render_instant(one.occurred_at)
    return Firing(
        rule=RULE,
        rule_version=_VERSION,
        title=f"{one.attribute} of a {key[0]} is told by another system than its record",
        type=TYPE,
        severity="medium",
        outcome="blocked",
        occurrence=one.attribute,
        reason=f"{one.system} told {one.attribute} of {key[0]} {key[1]} (event {one.event_id} of "
        f"{one.source}, {when}); {one.record} is its record.",
        owner=mastery.owner or None,
    )


def _around(key: EntityKey) -> Circumstances:
    return Circumstances(
        process=KIND, instance=_name(key), case_key=key[1], case_title=f"{key[0]} {key[1]}"
    )


def _name(key: EntityKey) -> str:
    return f"{KIND}:{key[0]}:{key[1]}"


def entity_of(instance: str) -> str:
    """Return the type of the entity whose exceptions stand under *instance*."""
    return instance.removeprefix(f"{KIND}:").partition(":")[0]


def _records(definitions: Definitions) -> Mapping[tuple[str, str], str]:
    return {
        (type_, attribute): system
        for type_, one in definitions.records.items()
        for attribute, system in one.mastery.attributes.items()
    }
