"""
An event says where it belongs: its process, its activity, the keys of its case, and the
entities that it describes or touches.

What it says explicitly wins; then what the process models read from its type and data.
An event that names no key waits under its candidates until an alias claims one.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from observability.entity import Entity
from observability.event import ProcessEvent
from observability.model import ProcessModel, Touching

LONGEST_KEY = 255


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """
    One process in which an event takes part. `keys` name its case, sorted; when there are
    none, `candidates` are the names under which an alias may claim it, its subject first.
    """

    process: str
    activity: str
    keys: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


class Touch(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An entity that an event names; `describes` when the event's data is the entity's."""

    type: str
    key: str
    describes: bool


def placements(event: ProcessEvent, models: Iterable[ProcessModel]) -> tuple[Placement, ...]:
    """Return the processes of *event*, sorted by name; a process without a model counts too."""
    those = sorted(models, key=_process)
    if event.process is not None:
        own = next((model for model in those if model.process == event.process), None)
        return (_placement(event, event.process, own),)
    return tuple(
        _placement(event, model.process, model) for model in those if event.type in model.by_type
    )


def touches(
    event: ProcessEvent, activity: str | None, models: Iterable[ProcessModel]
) -> tuple[Touch, ...]:
    """Return the entities that *event* names, by its type or *activity*, each once, sorted."""
    found: dict[tuple[str, str], bool] = {}
    for model in models:
        for rule in _rules(model, event.type, activity):
            for key in _named(event, model, rule):
                known = found.get((rule.type, key), False)
                found[rule.type, key] = known or rule.describes
    return tuple(sorted(Touch(type=t, key=k, describes=d) for (t, k), d in found.items()))


def references(data: dict[str, Any], model: ProcessModel) -> tuple[tuple[str, str], ...]:
    """Return the (type, key) of every entity that a field of *data* refers to, sorted."""
    found = {
        (type_, key)
        for field, type_ in model.references.items()
        for key in keys_of(data.get(field))
    }
    return tuple(sorted(found))


def links(entity: Entity, models: Iterable[ProcessModel]) -> tuple[tuple[str, str], ...]:
    """Return the other entities that *entity*'s fields refer to, sorted."""
    found = {link for model in models for link in references(entity.state, model)}
    return tuple(sorted(found - {(entity.type, entity.key)}))


def key_of(value: object) -> str | None:
    """
    Return *value* as a key: text or a whole number, at most 255 characters, not blank.

    Anything else names nothing.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and abs(value) >= 10**LONGEST_KEY:
        return None
    text = str(value)
    if not text.strip() or len(text) > LONGEST_KEY or "\0" in text:
        return None
    return text


def keys_of(value: object) -> Iterator[str]:
    """Return the keys of a field that holds one, or a list of them."""
    for one in value if isinstance(value, list) else [value]:
        key = key_of(one)
        if key is not None:
            yield key


def _placement(event: ProcessEvent, process: str, model: ProcessModel | None) -> Placement:
    reported = model.by_type.get(event.type) if model else None
    activity = event.activity or reported or event.type
    fields = model.keys if model else ()
    named = {event.case, *(event.data.get(field) for field in fields if _plain(event, field))}
    keys = {key for value in named if (key := key_of(value)) is not None}
    if keys:
        return Placement(process=process, activity=activity, keys=tuple(sorted(keys)))
    waiting = [key for value in (event.subject, event.correlation) if (key := key_of(value))]
    return Placement(process=process, activity=activity, candidates=tuple(dict.fromkeys(waiting)))


def _plain(event: ProcessEvent, field: str) -> bool:
    return isinstance(event.data.get(field), str | int)


def _rules(model: ProcessModel, type_: str, activity: str | None) -> tuple[Touching, ...]:
    by_type = model.touching.get(type_, ())
    if activity is None or activity == type_:
        return by_type
    return by_type + model.touching.get(activity, ())


def _named(event: ProcessEvent, model: ProcessModel, rule: Touching) -> Iterator[str]:
    """Let the case's own entity be named by the event's case where its data is silent."""
    value = event.data.get(rule.field)
    silent = rule.describes and rule.type == model.case and key_of(value) is None
    if silent and event.process in (None, model.process):
        value = event.case
    yield from keys_of(value)


def _process(model: ProcessModel) -> str:
    return model.process
