"""Which event said each datum of a case last, and what its sums are made of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from controlplane.explanation.past import Past, PastEntity, event_name
from controlplane.facts import fact
from controlplane.pipeline.deciding import clock_id
from controlplane.pipeline.definitions import Definitions
from observability.entity import stamp
from observability.instance.instance import CaseEvent, in_order
from observability.instance.value import counts, rests_on
from observability.model.model import ProcessModel
from observability.projection.clock_stores import KeptClock
from rules.decision import Fact
from rules.fact import CLOCK, FactType

_CASE = "case"
Datum = tuple[str, str, str]
"""(fact type, fact id, field)"""
_FROM_THE_START = (
    "sla",
    "object_type",
    "object",
    "period",
    "started_at",
    "due_at",
    "amount",
    "owner",
)


class Provenance:
    """Knows the sources of the facts of one case as it stood."""

    def __init__(
        self,
        past: Past,
        definitions: Definitions,
        clocks: Sequence[KeptClock],
        fact_types: Mapping[str, FactType],
    ) -> None:
        self._past = past
        self._model = definitions.models.get(past.folded.case.process)
        self._types = fact_types
        self._said: dict[Datum, str] = {}
        for one in past.entities.values():
            self._said.update(_of_entity(one))
        self._said.update(_of_case(past, self._model))
        for kept in clocks:
            self._said.update(_of_clock(past, definitions, kept))

    def event(self, fact: Fact, field: str) -> str | None:
        return self._said.get((fact.type, fact.id, field))

    def parts(self, fact: Fact, field: str) -> list[tuple[Fact, str]]:
        """Return the data under a figure of the case: its amount, or one of the money chain."""
        if fact.type != _CASE or self._model is None:
            return []
        return list(_parts(self._model, field, self._past, self._types))


def _of_entity(one: PastEntity) -> Iterator[tuple[Datum, str]]:
    """Yield each field with the event that changed it last."""
    state: dict[str, object] = {}
    for event in one.events:
        said = dict(event.data) if event.describes else {}
        if event.activity is not None:
            said.setdefault(stamp(event.activity), event.occurred_at)
        for field, value in said.items():
            if field not in state or state[field] != value:
                state[field] = value
                yield (*one.entity.name, field), event_name(event.source, event.event_id)


def _of_case(past: Past, model: ProcessModel | None) -> Iterator[tuple[Datum, str]]:
    """Yield what is known of the case itself: its stage by the event that first reached it."""
    key, stage = past.folded.instance.case_key, past.folded.instance.stage
    events = in_order(past.folded.case.events)
    begun = event_name(events[0].source, events[0].event_id)
    for field in ("process", "case", "started_at"):
        yield (_CASE, key, field), begun
    reached = _named(e for e in events if model is not None and model.stage_of(e.activity) == stage)
    if reached is not None:
        yield (_CASE, key, "stage"), reached
    yield (_CASE, key, "state"), _ending(past, events, model) or begun


def _ending(past: Past, events: Iterable[CaseEvent], model: ProcessModel | None) -> str | None:
    """Return the event that completed or cancelled the case, None while it runs."""
    ends = (*model.end, *model.cancel) if model is not None else ()
    ended_at = past.folded.instance.ended_at
    return _named(e for e in events if e.activity in ends and e.occurred_at == ended_at)


def _of_clock(past: Past, definitions: Definitions, kept: KeptClock) -> Iterator[tuple[Datum, str]]:
    """Yield the event that started the clock, and the one that it waits for, if it came."""
    one = kept.clock
    objective = definitions.objective(kept.process, one.sla)
    whose = (one.object_type, one.object_key)
    told = [
        event for event in past.folded.case.events if not one.object_key or whose in event.objects
    ]
    start = _named(
        e for e in told if e.activity in objective.start and e.occurred_at == one.started_at
    )
    target = _named(
        e for e in told if e.activity in objective.to and e.occurred_at == one.target_at
    )
    id_ = clock_id(kept)
    for field in _FROM_THE_START:
        if start is not None:
            yield (CLOCK.name, id_, field), start
    for field in ("target_at", "state", "breached", "warned"):
        named = target or start
        if named is not None:
            yield (CLOCK.name, id_, field), named


def _named(events: Iterable[CaseEvent]) -> str | None:
    return next((event_name(one.source, one.event_id) for one in events), None)


def _parts(
    model: ProcessModel, field: str, past: Past, fact_types: Mapping[str, FactType]
) -> Iterator[tuple[Fact, str]]:
    figures = rests_on(model, field.removeprefix("money_")) if field.startswith("money_") else ()
    amount = model.money.amount if field == "amount" else None
    for entity in past.folded.entities:
        if entity.type not in fact_types:
            continue
        for figure in figures:
            if counts(figure, entity):
                yield fact(fact_types[entity.type], entity.key, entity.state), figure.field
        if amount is not None and amount.field and entity.type == amount.entity:
            yield fact(fact_types[entity.type], entity.key, entity.state), amount.field
