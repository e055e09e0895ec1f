"""
A clock as the store has it now, and what was known of it at an instant.

All instants are microseconds. What happened at the instant itself or later was not known.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import nextafter

import msgspec

from observability.forecast.history import History, Walked
from observability.forecast.survival import Lasted
from rules.calendar import BusinessCalendar
from rules.instant import from_micros
from rules.money import Money

MOST = 2_000
"""The latest clocks of an objective that count."""
Calendars = Mapping[str, BusinessCalendar]
_PASSED = nextafter(1.0, 2.0)
"""Used by who ended in the evening of the day at whose close it was due: all, and yet too late."""


class SeenClock(msgspec.Struct, frozen=True, kw_only=True):
    """
    `stopped_at` is when it was cancelled or paused; `steps` are what happened to its case or
    object, in order, each with the share of the allowed time that was used by then.
    """

    id: str
    sla: str
    instance: str
    object_type: str
    object_key: str
    owner: str | None
    started_at: int
    due_at: int
    promised: str
    calendar: str
    target_at: int | None
    stopped_at: int | None
    amount: Money | None
    steps: tuple[tuple[int, float, str], ...] = ()

    @property
    def kind(self) -> str:
        return f"{self.promised}|{self.calendar}"

    def runs(self, at: int) -> bool:
        """Whether it ran at *at*, its promise not broken."""
        ended = [one for one in (self.target_at, self.stopped_at) if one is not None]
        return self.started_at < at < self.due_at and all(at < one for one in ended)

    def broke(self, as_of: int) -> bool | None:
        """Whether its promise was broken; None where that is not decided at *as_of*."""
        if self.target_at is not None and self.target_at <= as_of:
            return self.target_at > self.due_at
        return True if self.stopped_at is None and self.due_at < as_of else None

    def step(self, at: int) -> str:
        """Return the last thing that had happened before *at*."""
        return next((name for when, _, name in reversed(self.steps) if when < at), "")


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """
    A clock that runs; of `allowed` time `elapsed` is used, both in microseconds that count. It
    began on `weekday` (0 is Monday).
    """

    clock: SeenClock
    weekday: int
    allowed: int
    elapsed: int
    step: str

    @property
    def used(self) -> float:
        return self.elapsed / self.allowed


def history(
    seen: Iterable[SeenClock],
    *,
    at: int,
    calendars: Calendars,
    settled: dict[str, Walked] | None = None,
) -> History:
    """
    Return the latest of *seen* as they were known at *at*.

    What nothing changes any more is kept in *settled*, and taken from it at a later instant.
    """
    before = (one for one in seen if one.started_at < at)
    begun = sorted(before, key=lambda one: (-one.started_at, one.id))
    kept = {} if settled is None else settled
    ends = [(one, _end(one, at)) for one in begun[:MOST] if one.id not in kept]
    told: dict[str, Walked] = {}
    for (one, end), share in zip(ends, used(ends, calendars), strict=True):
        if share is None:
            continue
        whole = end < at and one.due_at < at and (one.target_at is None or one.target_at < at)
        passed = _PASSED if end > one.due_at else 0.0
        (kept if whole else told)[one.id] = Walked(
            lasted=Lasted(
                used=max(share, passed), kept=_known(one.target_at, at), due=one.due_at < at
            ),
            kind=one.kind,
            weekday=_weekday(one, calendars),
            path=tuple((used, name) for when, used, name in one.steps if when < end),
        )
    found = (kept.get(one.id) or told.get(one.id) for one in begun[:MOST])
    return History(walked=tuple(one for one in found if one is not None))


def running(seen: Iterable[SeenClock], *, at: int, calendars: Calendars) -> list[Running]:
    """Return those of *seen* that ran at *at*, without those whose time cannot be counted."""
    those = [one for one in seen if one.runs(at)]
    allowed = spent([(one, one.due_at) for one in those], calendars)
    elapsed = spent([(one, at) for one in those], calendars)
    return [
        Running(
            clock=one,
            weekday=_weekday(one, calendars),
            allowed=whole,
            elapsed=part or 0,
            step=one.step(at),
        )
        for one, whole, part in zip(those, allowed, elapsed, strict=True)
        if whole
    ]


def used(ends: Sequence[tuple[SeenClock, int]], calendars: Calendars) -> list[float | None]:
    """Return the share of each clock's allowed time that was used at an instant."""
    allowed = spent([(one, one.due_at) for one, _ in ends], calendars)
    parts = spent(ends, calendars)
    return [
        part / whole if whole and part is not None else None
        for part, whole in zip(parts, allowed, strict=True)
    ]


def spent(ends: Sequence[tuple[SeenClock, int]], calendars: Calendars) -> list[int | None]:
    """Return the time that counts of each clock up to an instant; None without its calendar."""
    by_calendar: dict[str, list[int]] = {}
    for place, (one, _) in enumerate(ends):
        by_calendar.setdefault(one.calendar, []).append(place)
    found: list[int | None] = [None] * len(ends)
    for name, places in by_calendar.items():
        spans = [(ends[place][0].started_at, ends[place][1]) for place in places]
        if not name:
            counted = [max(end - begin, 0) for begin, end in spans]
        elif name in calendars:
            counted = calendars[name].spent(spans)
        else:
            continue
        for place, value in zip(places, counted, strict=True):
            found[place] = value
    return found


def _weekday(one: SeenClock, calendars: Calendars) -> int:
    """Return the day of the week on which it began, where its calendar is; in UTC without one."""
    began, calendar = from_micros(one.started_at), calendars.get(one.calendar)
    return (began if calendar is None else calendar.date_of(began)).weekday()


def _end(one: SeenClock, at: int) -> int:
    """Return its end as known at *at*: met, stopped, or still running until now."""
    if one.target_at is not None and _known(one.target_at, at):
        return one.target_at
    return at if one.stopped_at is None else min(at, one.stopped_at)


def _known(instant: int | None, at: int) -> bool:
    return instant is not None and instant < at
