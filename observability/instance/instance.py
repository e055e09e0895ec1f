"""
A process instance is what the events of one case say of it, judged by its model.

The fold is a pure function of the set of events, keys and entities: any order of arrival
and any duplication give the same instance.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from observability.correlation.correlation import key_of
from observability.entity import Entity
from observability.event import ProcessEvent
from observability.instance.departure import Departure, departures
from observability.instance.disorder import disorder
from observability.instance.expectation import ordered as order_of
from observability.instance.standing import Standing, standing
from observability.instance.value import amounts, figures
from observability.instance.waiting import finished_at
from observability.model.model import ProcessModel
from rules.decision import fingerprint
from rules.money import Money

RUNNING = "running"
COMPLETED = "completed"
CANCELLED = "cancelled"
STATES = (RUNNING, COMPLETED, CANCELLED)
_ID_LENGTH = 32


class CaseEvent(msgspec.Struct, frozen=True, kw_only=True):
    """
    One activity of one case, as the store keeps it; the payload stays in the log at `offset`.

    `key` is the key by which the event itself named its case, `performer` the team or role that
    took the step and `duration_us` how long it worked on it, up to `occurred_at`, where it is said.
    """

    key: str = ""
    occurred_at: datetime
    sequence: int = 0
    event_id: str
    source: str
    activity: str
    type: str
    offset: int = 0
    amount: Money | None = None
    trace_id: str | None = None
    span_id: str | None = None
    objects: tuple[tuple[str, str], ...] = ()
    performer: str | None = None
    duration_us: int | None = None

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        return (self.occurred_at, self.sequence, self.event_id, self.source)


class LinkTo(msgspec.Struct, frozen=True, kw_only=True):
    """The case is a part of the case that `process` knows by `key`, or was spawned by it."""

    process: str
    key: str
    kind: str


class CaseState(msgspec.Struct, frozen=True, kw_only=True):
    """What rules may look at of a case itself. `amounts` has one sum a currency."""

    id: str
    process: str
    case_key: str
    state: str
    stage: str | None
    started_at: datetime
    amounts: tuple[Money, ...]
    money: dict[str, list[Money]]


class Instance(CaseState, frozen=True, kw_only=True):
    """
    `rework` counts the events that repeat an activity of the case; `model` is its version.

    Only a case in one currency has an `amount`.
    """

    title: str
    model: str
    owner: str | None
    last_at: datetime
    ended_at: datetime | None
    events: int
    rework: int
    variant: str
    activities: tuple[str, ...]
    attributes: dict[str, Any]
    departures: tuple[Departure, ...]
    standing: Standing = Standing()
    links: tuple[LinkTo, ...] = ()

    @property
    def amount(self) -> Money | None:
        return self.amounts[0] if len(self.amounts) == 1 else None


def instance_id(process: str, key: str) -> str:
    """Return the id of the case whose earliest event named it by *key*."""
    return fingerprint("instance", process, key)[:_ID_LENGTH]


def case_event(
    event: ProcessEvent,
    activity: str,
    *,
    offset: int,
    objects: Iterable[tuple[str, str]] = (),
    performed_by: Iterable[str] = (),
) -> CaseEvent:
    """Return what a case keeps of *event*; the first of *performed_by* that has a name says who."""
    names = (event.data.get(field) for field in performed_by)
    return CaseEvent(
        occurred_at=event.occurred_at,
        sequence=event.sequence,
        event_id=event.id,
        source=event.source,
        activity=activity,
        type=event.type,
        offset=offset,
        amount=event.money,
        trace_id=event.trace_id,
        span_id=event.span_id,
        objects=tuple(sorted(set(objects))),
        performer=next((one for one in names if isinstance(one, str) and one), None),
        duration_us=event.duration_us,
    )


def in_order(events: Iterable[CaseEvent]) -> list[CaseEvent]:
    """Return *events* by time, producer's sequence, id and source, each once: by its first key."""
    once: dict[tuple[str, str], CaseEvent] = {}
    for event in sorted(events, key=lambda event: (event.order, event.key)):
        once.setdefault((event.source, event.event_id), event)
    return list(once.values())


def fold_instance(  # noqa: PLR0913 - a case is its names and events, judged by a model
    id_: str,
    process: str,
    keys: Iterable[str],
    events: Iterable[CaseEvent],
    *,
    model: ProcessModel | None = None,
    entities: Iterable[Entity] = (),
) -> Instance:
    """
    Return the instance *id_* that *events* make of the case named by *keys*; *entities* are those
    that live in it or that it refers to.

    Raises `ValueError` without events or keys: nothing happened, or to nobody.
    """
    names, ordered = sorted(set(keys)), in_order(events)
    if not names or not ordered:
        raise ValueError(f"a case of {process} needs a key and an event")
    present = sorted(entities, key=lambda one: (one.type, one.key))
    own = _own(model, names, present)
    attributes = {name: value for one in own for name, value in one.state.items()}
    activities = tuple(event.activity for event in ordered)
    state, ended_at = _state(ordered, model, attributes)
    stage = _stage(activities, model)
    case_key = own[0].key if own and own[0].key in names else names[0]
    return Instance(
        id=id_,
        process=process,
        case_key=case_key,
        title=_title(attributes, model) or case_key,
        model=model.version if model else "",
        state=state,
        stage=stage,
        owner=_owner(attributes, stage, model),
        started_at=ordered[0].occurred_at,
        last_at=ordered[-1].occurred_at,
        ended_at=ended_at,
        events=len(ordered),
        rework=len(activities) - len(set(activities)),
        variant=fingerprint("variant", *activities)[:_ID_LENGTH],
        activities=activities,
        amounts=_amounts(ordered, own, present, model),
        money=figures(model, present) if model else {},
        attributes=attributes,
        departures=_departures(
            ordered, model, attributes, ended_at if state == COMPLETED else None
        ),
        standing=_standing(ordered, model, attributes, state),
        links=_links(attributes, model),
    )


def _own(model: ProcessModel | None, names: list[str], entities: list[Entity]) -> list[Entity]:
    """Return the entities that describe the case itself: those that one of its keys names."""
    if model is None or model.case is None:
        return []
    return [one for one in entities if one.type == model.case and one.key in names]


def _state(
    events: list[CaseEvent], model: ProcessModel | None, attributes: dict[str, Any]
) -> tuple[str, datetime | None]:
    """
    Let an end complete for good, and a start after a cancellation take the case up again.

    Where an order says what is to come, its first end completes; without any end, the last step
    that the order asks for.
    """
    if model is None:
        return RUNNING, None
    state, ended_at = RUNNING, None
    for event in events:
        if event.activity in model.end:
            if state != COMPLETED or not model.order:
                state, ended_at = COMPLETED, event.occurred_at
        elif state != COMPLETED and event.activity in model.cancel:
            state, ended_at = CANCELLED, event.occurred_at
        elif state == CANCELLED and event.activity in model.start:
            state, ended_at = RUNNING, None
    if model.order and not model.end and state == RUNNING:
        ended_at = finished_at(events, order_of(model.order, attributes))
        state = RUNNING if ended_at is None else COMPLETED
    return state, ended_at


def standings(
    events: Sequence[CaseEvent], model: ProcessModel | None, attributes: dict[str, Any]
) -> Iterator[tuple[datetime, str, str | None]]:
    """
    Yield the state and the stage of the case after each of its *events*, with its time.

    What is to come is asked of its *attributes* as they are now.
    """
    for told in range(1, len(events) + 1):
        so_far = list(events[:told])
        stage = _stage([one.activity for one in so_far], model)
        yield so_far[-1].occurred_at, _state(so_far, model, attributes)[0], stage


def _stage(activities: Iterable[str], model: ProcessModel | None) -> str | None:
    if model is None:
        return None
    reached = {stage for one in activities if (stage := model.stage_of(one)) is not None}
    return max(reached, key=model.stage_rank.__getitem__, default=None)


def _title(attributes: dict[str, Any], model: ProcessModel | None) -> str:
    parts = [attributes.get(field) for field in (model.title_from if model else ())]
    return " · ".join(str(part) for part in parts if part)


def _owner(attributes: dict[str, Any], stage: str | None, model: ProcessModel | None) -> str | None:
    if model is None:
        return None
    named = attributes.get(model.owner_from) if model.owner_from else None
    return named if isinstance(named, str) and named else model.owner_of(stage)


def _amounts(
    events: list[CaseEvent], own: list[Entity], entities: list[Entity], model: ProcessModel | None
) -> tuple[Money, ...]:
    where = model.money.amount if model else None
    if where is None or where.entity is None or where.field is None:
        return tuple(one.amount for one in events if one.amount is not None)[-1:]
    if model is not None and where.entity == model.case:
        return tuple(amounts(own, where.field))
    return tuple(amounts((one for one in entities if one.type == where.entity), where.field))


def _departures(
    events: list[CaseEvent],
    model: ProcessModel | None,
    attributes: dict[str, Any],
    completed_at: datetime | None,
) -> tuple[Departure, ...]:
    if model is None:
        return ()
    found = list(departures(events, model, completed_at=completed_at))
    if model.order:
        order = order_of(model.order, attributes)
        found += disorder(events, order, model.title_of, completed_at=completed_at)
    return tuple(sorted(found, key=lambda one: (one.at, one.kind, one.activity)))


def _standing(
    events: list[CaseEvent], model: ProcessModel | None, attributes: dict[str, Any], state: str
) -> Standing:
    if model is None:
        return Standing()
    return standing(events, model, attributes, running=state == RUNNING)


def _links(attributes: dict[str, Any], model: ProcessModel | None) -> tuple[LinkTo, ...]:
    """Return the cases that the fields of the case's own entity name, one a link."""
    found: list[LinkTo] = []
    for link in model.links if model else ():
        keys = (key_of(attributes.get(field)) for field in link.by)
        key = next((one for one in keys if one is not None), None)
        if key is not None:
            found.append(LinkTo(process=link.process, key=key, kind=link.kind))
    return tuple(found)
