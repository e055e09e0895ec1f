"""
How a case stands: milestones reached, what it waits for, what came about only in part, and what
was undone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from observability.instance.course import Course, Occurrence, course
from observability.instance.expectation import ordered
from observability.instance.waiting import Waiting, waiting
from observability.model.model import ProcessModel, Together

Outcome = Literal["unfinished", "failed", "undone"]


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A milestone of the model; `at` is when it was reached."""

    milestone: str
    at: datetime | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    activity: str
    at: datetime


class Partial(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is done all or not at all, and is neither: `unfinished` while something has not come,
    `failed` once something was reported to have failed, `undone` when something was taken back.
    """

    together: str
    outcome: Outcome
    since: datetime
    done: tuple[Step, ...]
    failed: tuple[Step, ...]
    undone: tuple[Step, ...]
    missing: tuple[str, ...]


class Compensation(msgspec.Struct, frozen=True, kw_only=True):
    """`activity` undid `undoes`, for these objects."""

    activity: str
    undoes: str
    at: datetime
    objects: tuple[tuple[str, str], ...]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    milestones: tuple[Reached, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    partial: tuple[Partial, ...] = ()
    compensations: tuple[Compensation, ...] = ()


def standing(
    events: Sequence[Occurrence],
    model: ProcessModel,
    attributes: Mapping[str, Any],
    *,
    running: bool,
) -> Standing:
    """Return how the case of *events*, in order, stands; only a *running* one waits."""
    case = course(events)
    waits = waiting(events, model, ordered(model.order, attributes)) if running else ()
    return Standing(
        milestones=tuple(
            Reached(milestone=one.milestone, at=_reached(case, one.reached))
            for one in model.milestones
        ),
        waiting=waits,
        partial=tuple(_partials(case, model)),
        compensations=tuple(_compensations(events, model)),
    )


def _reached(case: Course, activities: Sequence[str]) -> datetime | None:
    return case.met_at(frozenset({one}) for one in activities)


def _partials(case: Course, model: ProcessModel) -> Iterator[Partial]:
    for one in model.together:
        found = _partial(case, model, one)
        if found is not None:
            yield found


def _partial(case: Course, model: ProcessModel, one: Together) -> Partial | None:
    """Return how far *one* came about; None when it did whole, or was never begun."""
    failures = _latest(case, model, one, "fails")
    undoings = _latest(case, model, one, "undoes")
    stands: dict[str, Step] = {}
    for name in one.of:
        at = case.last(name)
        against = [step.at for step in (failures.get(name), undoings.get(name)) if step]
        if at is not None and all(other < at for other in against):
            stands[name] = Step(activity=name, at=at)
    failed = [step for name, step in failures.items() if name not in stands]
    undone = [step for name, step in undoings.items() if name not in stands]
    if len(stands) == len(one.of) or not (stands or failed or undone):
        return None
    return Partial(
        together=one.together,
        outcome="failed" if failed else "undone" if undone else "unfinished",
        since=min(step.at for step in [*stands.values(), *failed, *undone]),
        done=tuple(stands.values()),
        failed=tuple(failed),
        undone=tuple(undone),
        missing=tuple(name for name in one.of if name not in stands),
    )


def _latest(
    case: Course, model: ProcessModel, one: Together, word: Literal["fails", "undoes"]
) -> dict[str, Step]:
    """Return, of each activity of *one*, the last step that says it failed, or undid it."""
    found: dict[str, Step] = {}
    for activity in model.activities:
        of, at = getattr(activity, word), case.last(activity.activity)
        if of in one.of and at is not None and (of not in found or found[of].at < at):
            found[of] = Step(activity=activity.activity, at=at)
    return found


def _compensations(events: Sequence[Occurrence], model: ProcessModel) -> Iterator[Compensation]:
    for event in events:
        known = model.by_activity.get(event.activity)
        if known is not None and known.undoes is not None:
            yield Compensation(
                activity=event.activity,
                undoes=known.undoes,
                at=event.occurred_at,
                objects=event.objects,
            )
