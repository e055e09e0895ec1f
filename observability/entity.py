"""
An entity is what its events say of it: the same events give the same entity, in whatever
order they came and however often.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from observability.event import ProcessEvent
from rules.instant import render_instant, to_micros

_NOT_A_WORD = re.compile(r"[^0-9a-z]+")


class EntityEvent(msgspec.Struct, frozen=True, kw_only=True):
    """
    One event's word about an entity. Its `data` counts only when it `describes`; its
    `activity`, when it has one, stamps.
    """

    occurred_at: datetime
    sequence: int = 0
    event_id: str
    source: str
    activity: str | None = None
    describes: bool = True
    data: dict[str, Any] = {}

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        return (self.occurred_at, self.sequence, self.event_id, self.source)


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """
    `state` holds the merged fields, the `<activity>_at` stamps and the key's own field.

    `event` is `source/id` of the last event that said anything new of it. `history` has, of the
    fields that move clocks, each value and since when (UTC microseconds).
    """

    type: str
    key: str
    state: dict[str, Any]
    first_at: datetime
    last_at: datetime
    events: int
    event: str | None = None
    history: dict[str, list[tuple[int, Any]]] = {}

    @property
    def name(self) -> tuple[str, str]:
        return self.type, self.key


def entity_event(event: ProcessEvent, activity: str | None, *, describes: bool) -> EntityEvent:
    return EntityEvent(
        occurred_at=event.occurred_at,
        sequence=event.sequence,
        event_id=event.id,
        source=event.source,
        activity=activity,
        describes=describes,
        data=event.data if describes else {},
    )


def stamp(activity: str) -> str:
    """`timesheet-approved` → `timesheet_approved_at`."""
    return _NOT_A_WORD.sub("_", activity.lower()).strip("_") + "_at"


def fold_entity(
    type_: str,
    key: str,
    events: Iterable[EntityEvent],
    *,
    key_field: str | None = None,
    watched: Iterable[str] = (),
) -> Entity:
    """
    Return the entity that *events* describe; a later field replaces an earlier one, and
    null removes it. A field that an event gives itself wins over its activity's stamp. Fields
    that are *watched* keep their history.

    Raises `ValueError` without events: an entity of which nothing was said does not exist.
    """
    ordered = in_order(events)
    if not ordered:
        raise ValueError(f"no event speaks of {type_} {key}")
    state: dict[str, Any] = {}
    told: str | None = None
    history: dict[str, list[tuple[int, Any]]] = {name: [] for name in sorted(watched)}
    for event in ordered:
        if event.describes and (told is None or not event.data.items() <= state.items()):
            told = f"{event.source}/{event.event_id}"
        if event.activity is not None:
            state[stamp(event.activity)] = render_instant(event.occurred_at)
        if event.describes:
            state.update(event.data)
        _note(history, state, event.occurred_at)
    if key_field is not None:
        state[key_field] = key
    return Entity(
        type=type_,
        key=key,
        state={name: value for name, value in sorted(state.items()) if value is not None},
        first_at=ordered[0].occurred_at,
        last_at=ordered[-1].occurred_at,
        events=len(ordered),
        event=told,
        history={name: values for name, values in history.items() if values},
    )


def _note(history: dict[str, list[tuple[int, Any]]], state: dict[str, Any], at: datetime) -> None:
    for name, told in history.items():
        value = state.get(name)
        if value != (told[-1][1] if told else None):
            told.append((to_micros(at), value))


def in_order(events: Iterable[EntityEvent]) -> list[EntityEvent]:
    once: dict[tuple[str, str], EntityEvent] = {}
    for event in sorted(events, key=lambda event: event.order):
        once.setdefault((event.source, event.event_id), event)
    return list(once.values())
