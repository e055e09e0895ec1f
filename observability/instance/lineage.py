"""
Where a figure of a case comes from: the entities that it sums up, and the events behind each.

An event is behind an amount when it said it, and behind its being counted when it described the
entity or stamped it in any other way.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from observability.entity import Entity
from observability.event import ProcessEvent
from observability.instance.value import counts, rests_on
from observability.model.model import ProcessModel
from rules.money import Money, read_money


class FigureEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`says` is the amount that the event gave the entity; None when it said other things."""

    id: str
    source: str
    type: str
    at: datetime
    says: Money | None
    contract: str
    service: str | None
    trace_id: str | None
    span_id: str | None


class FigureLine(msgspec.Struct, frozen=True, kw_only=True):
    """One entity that counts in `figure`, with its events in order."""

    figure: str
    type: str
    key: str
    field: str
    amount: Money
    events: tuple[FigureEvent, ...]


class Summand(msgspec.Struct, frozen=True, kw_only=True):
    """An entity's amount in one sum, before its events are looked up."""

    figure: str
    entity: Entity
    field: str
    amount: Money


def summands(model: ProcessModel, name: str, entities: Iterable[Entity]) -> Iterator[Summand]:
    """Yield what the figure *name* of *model* sums up among *entities*, in the model's order."""
    those = sorted(entities, key=lambda one: (one.type, one.key))
    for figure in rests_on(model, name):
        for entity in those:
            amount = read_money(entity.state.get(figure.field))
            if amount is not None and counts(figure, entity):
                yield Summand(figure=figure.name, entity=entity, field=figure.field, amount=amount)


def line(one: Summand, events: Iterable[tuple[ProcessEvent, bool]]) -> FigureLine:
    """Return *one* with its *events* in order; each is told whether it describes the entity."""
    return FigureLine(
        figure=one.figure,
        type=one.entity.type,
        key=one.entity.key,
        field=one.field,
        amount=one.amount,
        events=tuple(_event(event, one.field if told else None) for event, told in events),
    )


def _event(event: ProcessEvent, field: str | None) -> FigureEvent:
    said: Mapping[str, object] = event.data
    return FigureEvent(
        id=event.id,
        source=event.source,
        type=event.type,
        at=event.occurred_at,
        says=read_money(said.get(field)) if field else None,
        contract=event.contract,
        service=event.service,
        trace_id=event.trace_id,
        span_id=event.span_id,
    )
