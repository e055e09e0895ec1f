"""
A deadline is what the terms make of a start: so much time later, or counted from a date.

A date from which is counted is a local date of the calendar. One business day before it ends
with the closing of the last business day before; none before it, with that of the day itself.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from observability.objective.document import Cutoff, Target
from observability.objective.terms import Terms
from rules.calendar import FIRST_YEAR, LAST_YEAR, AllTime, BusinessCalendar, WorkingTime
from rules.instant import InstantError, parse_instant

_ALL_TIME = AllTime()
_WEEK = 7
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_BACK = timedelta(days=14)  # a cut-off before the start may have moved behind it
_DAY = timedelta(days=1)
_MARGIN = 10  # years: no allowed time is longer


def working_time(terms: Terms) -> WorkingTime:
    """Return the time that the terms count; raise `ValueError` without a needed calendar."""
    return _needed(terms) if terms.target.on_calendar else _ALL_TIME


def allowed_time(terms: Terms, started_at: datetime) -> timedelta:
    """Return the time promised; business days are the business time up to their last closing."""
    days = terms.target.business_days
    if days is None:
        return terms.target.duration
    calendar = _needed(terms)
    return calendar.elapsed(started_at, calendar.due_days(started_at, days))


def fixed_deadline(terms: Terms, started_at: datetime) -> datetime | None:
    """Return the deadline that a date or a cut-off sets; None where the date is none."""
    target, calendar = terms.target, _needed(terms)
    if target.by is not None:
        return next_cutoff(target.by, calendar, started_at)
    named = read_anchor(terms.anchor, calendar)
    if named is None:
        return None
    return _before(target, calendar, *named) if target.before else _after(target, calendar, *named)


def read_anchor(
    text: str | None, calendar: BusinessCalendar
) -> tuple[date, datetime | None] | None:
    """Return the local date in *text*, and its instant when it says one; None for no date."""
    if not text:
        return None
    try:
        day, at = date.fromisoformat(text), None
    except ValueError:
        try:
            at = parse_instant(text)
        except InstantError:
            return None
        day = at.date()
    if not FIRST_YEAR + _MARGIN < day.year < LAST_YEAR - _MARGIN:
        return None
    return (calendar.date_of(at) if at else day), at


def next_cutoff(cutoff: Cutoff, calendar: BusinessCalendar, at: datetime) -> datetime:
    """Return the first cut-off at or after *at*."""
    begin = calendar.date_of(at) - _LOOK_BACK
    return next(due for _, due in cutoffs(cutoff, calendar, begin) if due >= at)


def cutoffs(
    cutoff: Cutoff, calendar: BusinessCalendar, begin: date
) -> Iterator[tuple[date, datetime]]:
    """
    Yield the days from *begin* on for which the cut-off is named, and the cut-offs, in order.

    One on a closed day moves to the next business day.
    """
    for day in _days(cutoff, calendar, begin):
        moved = calendar.day_from(day, 0)
        if cutoff.at is None:
            yield day, calendar.closing(moved)
        else:
            yield day, calendar.wall(moved, int(cutoff.at[:2]) * 60 + int(cutoff.at[3:]))


def _days(cutoff: Cutoff, calendar: BusinessCalendar, begin: date) -> Iterator[date]:
    if cutoff.weekday is not None:
        ahead = (_WEEKDAYS.index(cutoff.weekday) - begin.weekday()) % _WEEK
        day = begin + ahead * _DAY
        while True:
            yield day
            day += _WEEK * _DAY
    first = begin.replace(day=1)
    while True:
        following = (first + 31 * _DAY).replace(day=1)
        last = following - _DAY
        if cutoff.month_day is not None:
            day = first.replace(day=min(cutoff.month_day, last.day))
        elif (cutoff.business_day or 1) > 0:
            day = calendar.day_from(first, (cutoff.business_day or 1) - 1)
        else:
            day = calendar.day_upto(last, -(cutoff.business_day or -1) - 1)
        if day >= begin:
            yield day
        first = following


def _before(target: Target, calendar: BusinessCalendar, day: date, at: datetime | None) -> datetime:
    days = target.business_days
    if days is not None:
        last = calendar.day_upto(day - _DAY, days - 1) if days else calendar.day_upto(day, 0)
        return calendar.closing(last)
    end = at or calendar.begins(day)
    if target.business_hours is not None:
        return calendar.begun(end, target.duration)
    return end - target.duration


def _after(target: Target, calendar: BusinessCalendar, day: date, at: datetime | None) -> datetime:
    days = target.business_days
    if days is not None:
        last = calendar.day_after(day, days) if days else calendar.day_from(day, 0)
        return calendar.closing(last)
    begin = at or calendar.begins(day + _DAY)
    if target.business_hours is not None:
        return calendar.due(begin, target.duration)
    return begin + target.duration


def _needed(terms: Terms) -> BusinessCalendar:
    if terms.calendar is None:
        raise ValueError(f"a target of {terms.target.label} needs its calendar")
    return terms.calendar
