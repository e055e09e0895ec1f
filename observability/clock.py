"""
A clock is one objective running on one case, or on one object of it.

It is a pure function of the events, so any order of arrival gives the same clock. It starts at
the first start event; its target is the first target at or after that. A cancelling event
counts after the start and at or before the deadline; a start or a target that follows restores
the original clock. While paused no time is used, and the deadline moves on.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from observability.objective import Objective
from rules.calendar import AllTime, BusinessCalendar, WorkingTime
from rules.decision import fingerprint

State = Literal["running", "paused", "met", "late", "absent", "cancelled"]
Span = tuple[datetime, datetime | None]

BREACHED: tuple[State, ...] = ("late", "absent")
_ALL_TIME = AllTime()
_MOMENT = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_ID_LENGTH = 32


class ClockEvent(msgspec.Struct, frozen=True, kw_only=True):
    activity: str
    occurred_at: datetime


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """
    `warnings` are the instants at which the objective's `warn` shares are used, in its order.

    While paused, `due_at` is the deadline as it stood when the pause began, `remaining_seconds`
    the allowed time left (rounded down), and warnings not yet reached are left out.
    """

    id: str
    instance: str
    sla: str
    version: str
    object_type: str
    object_key: str
    started_at: datetime
    due_at: datetime
    target_at: datetime | None = None
    cancelled_at: datetime | None = None
    paused_at: datetime | None = None
    remaining_seconds: int | None = None
    warnings: tuple[datetime, ...] = ()


def clock_id(instance: str, sla: str, object_type: str = "", object_key: str = "") -> str:
    return fingerprint(instance, sla, object_type, object_key)[:_ID_LENGTH]


def run_clock(  # noqa: PLR0913 - three names say whose clock it is
    objective: Objective,
    calendar: BusinessCalendar | None,
    events: Iterable[ClockEvent],
    *,
    instance: str,
    object_type: str = "",
    object_key: str = "",
) -> Clock | None:
    """
    Return the clock of *objective* over *events*; None when it has not started.

    *events* are the case's, or those that touched the object, in their one order. Raises
    `ValueError` when business time is counted and *calendar* is None.
    """
    course = _course(objective, events)
    if course is None:
        return None
    started_at, target_at, later = course
    time = working_time(objective, calendar)
    allowed = allowed_time(objective, calendar, started_at)
    spans = _active(objective, started_at, target_at, later)
    reached = _when_used(spans, allowed, time)
    due_at = reached or _when_used(_unpaused(spans), allowed, time) or started_at
    shares = (_when_used(spans, allowed * percent // 100, time) for percent in objective.warn)
    deadline = due_at if reached else None
    return Clock(
        id=clock_id(instance, objective.sla, object_type, object_key),
        instance=instance,
        sla=objective.sla,
        version=objective.version,
        object_type=object_type,
        object_key=object_key,
        started_at=started_at,
        due_at=due_at,
        target_at=target_at,
        cancelled_at=None if target_at else _cancelled(objective, later, deadline),
        paused_at=None if reached else spans[-1][1],
        remaining_seconds=None if reached else (allowed - _used(spans, time)) // _SECOND,
        warnings=tuple(share for share in shares if share is not None),
    )


def state(clock: Clock, at: datetime) -> State:
    """
    Return what *clock* says as of *at*.

    It reads the deadline against *at* and hides no event: a target after *at* still counts. A
    clock is absent only once the deadline has passed; at the deadline itself it runs.
    """
    if clock.target_at is not None:
        return "met" if clock.target_at <= clock.due_at else "late"
    if clock.cancelled_at is not None:
        return "cancelled"
    if clock.paused_at is not None:
        return "paused"
    return "absent" if clock.due_at < at else "running"


def next_at(clock: Clock, *, after: datetime) -> datetime | None:
    """
    Return the next instant at which *clock* reads differently, if no event comes; None: never.

    That is a warning, or the first moment past the deadline.
    """
    if clock.target_at or clock.cancelled_at or clock.paused_at:
        return None
    moments = (*clock.warnings, clock.due_at + _MOMENT)
    return min((moment for moment in moments if moment > after), default=None)


def warned_percent(clock: Clock, objective: Objective, at: datetime) -> int:
    """Return the highest warning share reached by *at* or by the clock's end; 0 when none is."""
    end = _end(clock, at)
    reached = sum(1 for moment in clock.warnings if moment <= end)
    return objective.warn[: len(clock.warnings)][reached - 1] if reached else 0


def used_percent(
    clock: Clock, objective: Objective, calendar: BusinessCalendar | None, at: datetime
) -> int:
    """
    Return how much of the allowed time is used by *at* or by the clock's end, rounded down.

    More than 100 once breached: the time past the deadline counts on the same calendar.
    """
    time = working_time(objective, calendar)
    allowed = allowed_time(objective, calendar, clock.started_at)
    if clock.paused_at is not None and clock.remaining_seconds is not None:
        left = clock.remaining_seconds * _SECOND
    else:
        end = _end(clock, at)
        left = time.elapsed(end, clock.due_at) - time.elapsed(clock.due_at, end)
    return max(0, 100 * (allowed - left) // allowed)


def working_time(objective: Objective, calendar: BusinessCalendar | None) -> WorkingTime:
    return _needed(objective, calendar) if objective.target.on_calendar else _ALL_TIME


def allowed_time(
    objective: Objective, calendar: BusinessCalendar | None, started_at: datetime
) -> timedelta:
    """Return the time promised; business days are the business time up to their last closing."""
    days = objective.target.business_days
    if days is None:
        return objective.target.duration
    needed = _needed(objective, calendar)
    return needed.elapsed(started_at, needed.due_days(started_at, days))


def nominal_time(objective: Objective, calendar: BusinessCalendar | None) -> timedelta:
    """Return the promise in hours for a figure: a business day has the mean hours of the week's."""
    days = objective.target.business_days
    if days is None:
        return objective.target.duration
    return days * _needed(objective, calendar).usual_day


def _needed(objective: Objective, calendar: BusinessCalendar | None) -> BusinessCalendar:
    if calendar is None:
        raise ValueError(f"objective {objective.sla} needs its calendar {objective.calendar}")
    return calendar


def _course(
    objective: Objective, events: Iterable[ClockEvent]
) -> tuple[datetime, datetime | None, Sequence[ClockEvent]] | None:
    """Return the start, the target, and what stands after the start in the order of events."""
    listed = list(events)
    first = next((i for i, e in enumerate(listed) if e.activity in objective.start), None)
    if first is None:
        return None
    started_at = listed[first].occurred_at
    targets = (e.occurred_at for e in listed if e.activity in objective.to)
    target_at = next((at for at in targets if at >= started_at), None)
    return started_at, target_at, listed[first + 1 :]


def _active(
    objective: Objective,
    started_at: datetime,
    target_at: datetime | None,
    later: Sequence[ClockEvent],
) -> list[Span]:
    """Return the spans in which time is used; the last is open unless the clock is paused."""
    spans: list[Span] = []
    begin: datetime | None = started_at
    for event in later:
        if target_at is not None and event.occurred_at >= target_at:
            break
        if begin is not None and event.activity in objective.pause:
            spans.append((begin, event.occurred_at))
            begin = None
        elif begin is None and event.activity in objective.resume:
            begin = event.occurred_at
    begin = begin or target_at  # a target that comes during a pause ends it
    return spans if begin is None else [*spans, (begin, None)]


def _unpaused(spans: list[Span]) -> list[Span]:
    return [*spans[:-1], (spans[-1][0], None)]


def _when_used(spans: list[Span], amount: timedelta, time: WorkingTime) -> datetime | None:
    for begin, end in spans:
        if end is None:
            return time.due(begin, amount)
        used = time.elapsed(begin, end)
        if amount <= used:
            return time.due(begin, amount)
        amount -= used
    return None


def _used(spans: list[Span], time: WorkingTime) -> timedelta:
    return sum((time.elapsed(begin, end) for begin, end in spans if end), timedelta())


def _cancelled(
    objective: Objective, later: Sequence[ClockEvent], deadline: datetime | None
) -> datetime | None:
    """
    Return the cancellation that no later start has undone; a paused clock has no *deadline*.

    Work that was once cancelled in time, taken up again and cancelled again stays cancelled,
    however late the second time.
    """
    cancelled: datetime | None = None
    in_time = False
    for event in later:
        if event.activity in objective.start:
            cancelled = None
        elif event.activity in objective.cancel:
            in_time = in_time or deadline is None or event.occurred_at <= deadline
            cancelled = cancelled or (event.occurred_at if in_time else None)
    return cancelled


def _end(clock: Clock, at: datetime) -> datetime:
    return min(end for end in (at, clock.target_at, clock.cancelled_at) if end is not None)
