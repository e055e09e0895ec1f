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
from observability.model.model import ProcessModel, Touching

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
    """
    Return where *event* belongs, sorted by process; a process without a model counts too.

    An event that names its process takes part in others by its data alone. A key field that
    holds a list names a case for each of its values.
    """
    own: ProcessModel | None = None
    told: list[ProcessModel] = []
    for model in models:
        if model.process == event.process:
            own = model
        elif event.type in model.by_type:
            told.append(model)
    alone = len(told) == 1  # its case can be no other process's
    found = [one for model in told for one in _by_type(event, model, alone=alone)]
    if event.process is not None:
        found += _named_process(event, event.process, own)
    return tuple(sorted(found, key=_place))


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


def _named_process(
    event: ProcessEvent, process: str, model: ProcessModel | None
) -> list[Placement]:
    reported = model.by_type.get(event.type) if model else None
    activity = event.activity or reported or event.type
    fields = model.keys if model else ()
    return _placed(event, process, activity, fields, {key_of(event.case)}, waits=True)


def _by_type(event: ProcessEvent, model: ProcessModel, *, alone: bool) -> list[Placement]:
    """
    Let a case that is named without its process join the keys of the data where no other
    process knows the event, stand in for them elsewhere, and never name a part.
    """
    own = event.process is None and model.part_of is None
    activity = (event.activity if own else None) or model.by_type[event.type]
    case = {key_of(event.case)} if own else set()
    by_data = _placed(event, model.process, activity, model.keys, set(), waits=False)
    if by_data and not alone:
        return by_data
    return _placed(event, model.process, activity, model.keys, case, waits=own)


def _placed(  # noqa: PLR0913 - an event, what it does where, and what names the case
    event: ProcessEvent,
    process: str,
    activity: str,
    fields: Iterable[str],
    case: set[str | None],
    *,
    waits: bool,
) -> list[Placement]:
    named, several = set(case), set[str]()
    for field in fields:
        value = event.data.get(field)
        if isinstance(value, list):
            several |= set(keys_of(value))
        else:
            named.add(key_of(value))
    keys = sorted(key for key in named if key is not None)
    each = [keys] if keys else []
    each += [[key] for key in sorted(several - set(keys))]
    if each or not waits:
        return [Placement(process=process, activity=activity, keys=tuple(one)) for one in each]
    waiting = [key for value in (event.subject, event.correlation) if (key := key_of(value))]
    return [Placement(process=process, activity=activity, candidates=tuple(dict.fromkeys(waiting)))]


def _place(one: Placement) -> tuple[str, tuple[str, ...]]:
    return one.process, one.keys


def _rules(model: ProcessModel, type_: str, activity: str | None) -> tuple[Touching, ...]:
    by_type = model.touching.get(type_, ())
    if activity is None or activity == type_:
        return by_type
    return by_type + model.touching.get(activity, ())


def _named(event: ProcessEvent, model: ProcessModel, rule: Touching) -> Iterator[str]:
    """Let the case's own entity be named by the event's case where its data is silent."""
    value = event.data.get(rule.field)
    silent = (
        rule.describes
        and rule.type == model.case
        and model.part_of is None
        and key_of(value) is None
    )
    if silent and event.process in (None, model.process):
        value = event.case
    yield from keys_of(value)
