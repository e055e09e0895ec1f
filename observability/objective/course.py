"""
The course of a promise: when it began, what met it, when it stood still, what undid it.

The first start begins it; its target is the first target at or after that. Where a rejection
restarts the promise, each start behind one begins another course, unless the promise was broken
by then. A state that holds when the promise begins counts as if it began to hold then.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from observability.objective.document import Objective

Span = tuple[datetime, datetime | None]
_HELD = ""
_SENT_BACK = "\0"


class ClockEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An activity that occurred, or a state that began to hold; `left`: it ceased to."""

    activity: str
    occurred_at: datetime
    left: bool = False


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """`later` are the events behind the start, the states that held at it first."""

    started_at: datetime
    target_at: datetime | None
    later: Sequence[ClockEvent]


def courses(objective: Objective, events: Iterable[ClockEvent]) -> Iterator[tuple[Course, Course]]:
    """
    Yield each course of the promise up to the next one, with the same as if none followed.

    The two are one and the same for the last.
    """
    listed = list(events)
    first = _next_start(objective, listed, 0)
    while first is not None:
        whole = _course(objective, listed, first, len(listed))
        following = _restart(objective, listed, first)
        if following is None:
            yield whole, whole
            return
        yield _course(objective, listed, first, following), whole
        first = following


def _next_start(objective: Objective, events: Sequence[ClockEvent], begin: int) -> int | None:
    behind = range(begin, len(events))
    return next((i for i in behind if _is(events[i], objective.start)), None)


def _restart(objective: Objective, events: Sequence[ClockEvent], begin: int) -> int | None:
    """Return the first start behind the first rejection behind *begin*."""
    back = objective.rejection
    if back is None or back.then != "restart":
        return None
    behind = range(begin + 1, len(events))
    rejected = next((i for i in behind if _is(events[i], back.by)), None)
    return None if rejected is None else _next_start(objective, events, rejected + 1)


def _course(objective: Objective, events: Sequence[ClockEvent], first: int, end: int) -> Course:
    started_at = events[first].occurred_at
    standing = _standing(objective, events[: first + 1], started_at)
    within = [*standing, *events[:end]]
    return Course(
        started_at=started_at,
        target_at=_target(objective, within, started_at),
        later=[*standing, *events[first + 1 : end]],
    )


def _standing(objective: Objective, before: Iterable[ClockEvent], at: datetime) -> list[ClockEvent]:
    """Return the states that hold at the start *at*, as if they began then."""
    states = {one.text for one in objective.conditions}
    held: dict[str, None] = {}
    for event in before:
        if event.activity in states:
            if event.left:
                held.pop(event.activity, None)
            else:
                held[event.activity] = None
    return [ClockEvent(activity=one, occurred_at=at) for one in held]


def _target(
    objective: Objective, events: Sequence[ClockEvent], started_at: datetime
) -> datetime | None:
    came = [
        min(
            (e.occurred_at for e in events if _is(e, (one,)) and e.occurred_at >= started_at),
            default=None,
        )
        for one in objective.to
    ]
    known = [at for at in came if at is not None]
    if objective.needs == "all":
        return max(known) if len(known) == len(came) else None
    return min(known, default=None)


def active(objective: Objective, course: Course) -> list[Span]:
    """Return the spans in which time is used; the last is open unless the clock is paused."""
    spans: list[Span] = []
    begin: datetime | None = course.started_at
    why: set[str] = set()
    for event in course.later:
        if course.target_at is not None and event.occurred_at >= course.target_at:
            break
        _note(objective, event, why)
        if begin is not None and why:
            spans.append((begin, event.occurred_at))
            begin = None
        elif begin is None and not why:
            begin = event.occurred_at
    begin = begin or course.target_at  # a target that comes during a pause ends it
    return spans if begin is None else [*spans, (begin, None)]


def _note(objective: Objective, event: ClockEvent, why: set[str]) -> None:
    """Keep in *why* what the promise stands still for: each state by itself."""
    name = event.activity
    back = objective.rejection
    if event.left:
        why.discard(name)
    elif name in objective.pause:
        why.add(name if any(one.text == name for one in objective.conditions) else _HELD)
    elif name in objective.resume:
        why.discard(_HELD)
    elif back is not None and back.then == "pause":
        if name in back.by:
            why.add(_SENT_BACK)
        elif name in objective.start:
            why.discard(_SENT_BACK)


def cancelled(objective: Objective, course: Course, deadline: datetime | None) -> datetime | None:
    """
    Return the cancellation that no later start has undone; a paused clock has no *deadline*.

    Work that was once cancelled in time, taken up again and cancelled again stays cancelled,
    however late the second time.
    """
    back = objective.rejection
    by = objective.cancel if back is None or back.then == "pause" else objective.cancel + back.by
    found: datetime | None = None
    in_time = False
    for event in course.later:
        if _is(event, objective.start):
            found = None
        elif _is(event, by):
            in_time = in_time or deadline is None or event.occurred_at <= deadline
            found = found or (event.occurred_at if in_time else None)
    return found


def _is(event: ClockEvent, role: tuple[str, ...]) -> bool:
    return not event.left and event.activity in role
