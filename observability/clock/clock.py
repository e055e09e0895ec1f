"""
A clock is one objective running on one case, or on one object of it.

It is a pure function of the events, so any order of arrival gives the same clock. It runs the
course of its promise on its terms. A cancelling event counts at or before the deadline; a start
or a target that follows restores the original clock. While paused no time is used, and the
deadline moves on.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from observability.clock.deadline import allowed_time, fixed_deadline, working_time
from observability.objective import Objective
from observability.objective.course import ClockEvent, Course, Span, active, cancelled, courses
from observability.objective.recurring import Period
from observability.objective.terms import Terms
from observability.system.hearing import without
from rules.calendar import BusinessCalendar, WorkingTime
from rules.decision import fingerprint

__all__ = ["BREACHED", "Clock", "ClockEvent", "State", "next_at", "run_clock", "state"]

State = Literal["running", "paused", "met", "late", "absent", "cancelled"]

BREACHED: tuple[State, ...] = ("late", "absent")
_MOMENT = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_ID_LENGTH = 32


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """
    `warnings` are the instants at which the objective's `warn` shares are used, in its order.

    Past `absent_at` a target that has not come is believed to be missing: the deadline and the
    grace of who would tell; None while that system is silent. `promised` is the target as a
    person says it, `calendar` the one on which time is counted
    ("" where every minute counts), `period` the last day of the period that it is about ("" where
    it is about none). While paused, `due_at` is the deadline as it stood when the
    pause began, `remaining_seconds` the allowed time left (rounded down), and warnings not yet
    reached are left out.
    """

    id: str
    instance: str
    sla: str
    version: str
    object_type: str
    object_key: str
    period: str = ""
    started_at: datetime
    due_at: datetime
    absent_at: datetime | None
    promised: str = ""
    calendar: str = ""
    target_at: datetime | None = None
    cancelled_at: datetime | None = None
    paused_at: datetime | None = None
    remaining_seconds: int | None = None
    warnings: tuple[datetime, ...] = ()


def clock_id(
    instance: str, sla: str, object_type: str = "", object_key: str = "", period: str = ""
) -> str:
    parts = (instance, sla, object_type, object_key, *([period] if period else []))
    return fingerprint(*parts)[:_ID_LENGTH]


def run_clock(  # noqa: PLR0913 - three names say whose clock it is
    objective: Objective,
    terms: Terms,
    events: Iterable[ClockEvent],
    *,
    instance: str,
    object_type: str = "",
    object_key: str = "",
) -> Clock | None:
    """
    Return the clock of *objective* over *events*; None when it has not started, or counts from
    a date that is none.

    *events* are the case's, or those that touched the object, in their one order. Raises
    `ValueError` when business time is counted and *terms* have no calendar.
    """
    clock: Clock | None = None
    for course, whole in courses(objective, events):
        run = _Run(objective, terms, course)
        clock = run.clock(instance, object_type, object_key)
        if clock is None:
            return None
        if course is not whole and _broken(clock):
            return _Run(objective, terms, whole).clock(instance, object_type, object_key)
    return clock


class _Run:
    """One course of a promise, measured on its terms."""

    def __init__(self, objective: Objective, terms: Terms, course: Course) -> None:
        self.objective, self.terms, self.course = objective, terms, course
        self.time = working_time(terms)
        if terms.target.fixed:
            self.deadline = fixed_deadline(terms, course.started_at)
            self.spans: list[Span] = [(course.started_at, None)]
            end = self.deadline or course.started_at
            self.allowed = self.time.elapsed(course.started_at, end)
        else:
            self.allowed = allowed_time(terms, course.started_at)
            self.spans = self._in_service(active(objective, course))
            self.deadline = _when_used(self.spans, self.allowed, self.time)

    def clock(self, instance: str, object_type: str, object_key: str) -> Clock | None:
        due_at = self.deadline or self._as_it_stood()
        if due_at is None:
            return None
        course = self.course
        return Clock(
            id=clock_id(instance, self.objective.sla, object_type, object_key),
            instance=instance,
            sla=self.objective.sla,
            version=self.objective.version,
            object_type=object_type,
            object_key=object_key,
            started_at=course.started_at,
            due_at=due_at,
            absent_at=due_at if self.terms.hearing is None else self._believed_from(due_at),
            promised=self.terms.target.label,
            calendar=self.terms.calendar_name,
            target_at=course.target_at,
            cancelled_at=None if course.target_at else self._cancelled(),
            paused_at=None if self.deadline else self.spans[-1][1],
            remaining_seconds=None if self.deadline else self._left() // _SECOND,
            warnings=tuple(self._warnings()),
        )

    def _believed_from(self, due_at: datetime) -> datetime | None:
        hearing = self.terms.hearing
        return due_at if hearing is None else hearing.believed_from(due_at)

    def _in_service(self, spans: list[Span]) -> list[Span]:
        """Return *spans* without the maintenance of the systems that would tell of the target."""
        hearing = self.terms.hearing
        if hearing is None or not any(one.maintenance for one in hearing.systems):
            return spans
        left: list[Span] = []
        for begin, end in spans:
            last = end or self.time.due(begin, self.allowed)
            while True:
                pieces: list[Span] = [*without(begin, last, hearing.resting(begin, last))]
                if end is not None:
                    left += pieces
                    break
                due = _when_used([*left, *pieces, (last, None)], self.allowed, self.time)
                if due is None or due <= last:
                    return [*left, *pieces, (last, None)]
                last = due
        return left or spans

    def _as_it_stood(self) -> datetime | None:
        """Return the deadline if the pause had not begun; None where a date was to set it."""
        if self.terms.target.fixed:
            return None
        unpaused: list[Span] = [*self.spans[:-1], (self.spans[-1][0], None)]
        return _when_used(unpaused, self.allowed, self.time) or self.course.started_at

    def _cancelled(self) -> datetime | None:
        return cancelled(self.objective, self.course, self.deadline)

    def _left(self) -> timedelta:
        closed = ((begin, end) for begin, end in self.spans if end)
        return self.allowed - sum((self.time.elapsed(*one) for one in closed), timedelta())

    def _warnings(self) -> Iterator[datetime]:
        if not self.allowed:
            return
        for percent in self.objective.warn:
            at = _when_used(self.spans, self.allowed * percent // 100, self.time)
            if at is not None:
                yield at


def period_clock(
    objective: Objective,
    terms: Terms,
    period: Period,
    came: datetime | None,
    whose: tuple[str, str, str],
) -> Clock | None:
    """Return the clock of one *period*: it begins with the period's end, and may be met by then."""
    target_at = None if came is None else max(came, period.opens_at)
    begun = Course(started_at=period.opens_at, target_at=target_at, later=())
    clock = _Run(objective, terms, begun).clock(*whose)
    if clock is None:
        return None
    last = period.last.isoformat()
    instance, object_type, object_key = whose
    id_ = clock_id(instance, objective.sla, object_type, object_key, last)
    return replace(clock, id=id_, period=last)


def _broken(clock: Clock) -> bool:
    """Whether the promise was broken before the work was taken up anew."""
    if clock.target_at is not None:
        return clock.target_at > clock.due_at
    return clock.cancelled_at is None


def state(clock: Clock, at: datetime) -> State:
    """
    Return what *clock* says as of *at*.

    It reads the deadline against *at* and hides no event: a target after *at* still counts. A
    clock is absent only once the deadline has passed, and the grace of who would tell of its
    target; at the deadline itself it runs.
    """
    if clock.target_at is not None:
        return "met" if clock.target_at <= clock.due_at else "late"
    if clock.cancelled_at is not None:
        return "cancelled"
    if clock.paused_at is not None:
        return "paused"
    believed = clock.absent_at is not None and clock.absent_at < at
    return "absent" if believed else "running"


def next_at(clock: Clock, *, after: datetime) -> datetime | None:
    """
    Return the next instant at which *clock* reads differently, if no event comes; None: never.

    That is a warning, or the first moment past the deadline.
    """
    if clock.target_at or clock.cancelled_at or clock.paused_at:
        return None
    absent = () if clock.absent_at is None else (clock.absent_at + _MOMENT,)
    moments = (*clock.warnings, *absent)
    return min((moment for moment in moments if moment > after), default=None)


def warned_percent(clock: Clock, objective: Objective, at: datetime) -> int:
    """Return the highest warning share reached by *at* or by the clock's end; 0 when none is."""
    end = _end(clock, at)
    reached = sum(1 for moment in clock.warnings if moment <= end)
    return objective.warn[: len(clock.warnings)][reached - 1] if reached else 0


def nominal_time(objective: Objective, calendar: BusinessCalendar | None) -> timedelta | None:
    """
    Return the promise in hours for a figure: a business day has the mean hours of the week's.

    None where a date sets the deadline: it has no usual length.
    """
    target = objective.target
    if target.fixed:
        return None
    if target.business_days is None:
        return target.duration
    return target.business_days * calendar.usual_day if calendar is not None else None


def _when_used(spans: list[Span], amount: timedelta, time: WorkingTime) -> datetime | None:
    for begin, end in spans:
        if end is None:
            return time.due(begin, amount)
        used = time.elapsed(begin, end)
        if amount <= used:
            return time.due(begin, amount)
        amount -= used
    return None


def _end(clock: Clock, at: datetime) -> datetime:
    return min(end for end in (at, clock.target_at, clock.cancelled_at) if end is not None)
