"""What moves a clock, in one order: activities as they occurred, states as they came and went."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from observability.instance.instance import CaseEvent, standings
from observability.model.model import ProcessModel
from observability.objective.condition import CASE, OBJECT, Condition, History, turns
from observability.objective.course import ClockEvent
from observability.objective.document import Objective
from rules.instant import from_micros, to_micros

_OF_THE_CASE = ("stage", "state")


def is_standing(condition: Condition) -> bool:
    """Whether it asks for the stage or the state of the case, which no entity tells."""
    return condition.subject == CASE and condition.field in _OF_THE_CASE


def subject_type(
    objective: Objective, condition: Condition, model: ProcessModel | None
) -> str | None:
    """Return the type of entity whose field *condition* asks for; None: the case's standing."""
    if is_standing(condition):
        return None
    if condition.subject == OBJECT:
        return objective.per
    if condition.subject == CASE:
        return model.case if model else None
    return condition.subject


def moves(
    objective: Objective, events: Iterable[CaseEvent], histories: Mapping[str, Iterable[History]]
) -> list[ClockEvent]:
    """
    Return everything that moves a clock, by time; of one instant, activities first.

    *histories* are those of each condition's field, by its text.
    """
    told = [
        ClockEvent(activity=one.activity, occurred_at=one.occurred_at)
        for one in events
        if one.activity in objective.activities
    ]
    if not objective.conditions:
        return told
    states = [
        ClockEvent(activity=one.text, occurred_at=from_micros(at), left=not begins)
        for one in objective.conditions
        for at, begins in turns(one, histories.get(one.text, ()))
    ]
    return sorted([*told, *states], key=lambda one: one.occurred_at)


def standing_history(
    events: Sequence[CaseEvent],
    model: ProcessModel | None,
    attributes: dict[str, Any],
    field: str,
) -> Iterator[tuple[int, str | None]]:
    """Yield the stage or the state of the case after each of its events."""
    for at, state, stage in standings(events, model, attributes):
        yield to_micros(at), stage if field == "stage" else state
