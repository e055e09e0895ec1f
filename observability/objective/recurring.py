"""
What is expected again and again: a timesheet of everybody who is assigned, each week.

Each cut-off closes a period: the seven days before its weekday, or the month before its day. A
promise made to something that stands in a period runs one clock on it; what keeps it names the
same thing and a date within the period. What does not come is absent, with no event to tell.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import msgspec

from observability.clock.deadline import cutoffs
from observability.objective.document import Cutoff, Expectation
from rules.calendar import BusinessCalendar

MOST = 520
"""Periods looked at for one object: ten years of weeks."""
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_EARLIEST, _LATEST = date(1990, 1, 1), date(2150, 1, 1)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """`opens_at` is the end of its `last` day, when its clock begins; `due_at` the cut-off."""

    first: date
    last: date
    opens_at: datetime
    due_at: datetime


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that came, when, and what is known of it."""

    occurred_at: datetime
    fields: Mapping[str, Any]


def periods(
    cutoff: Cutoff,
    calendar: BusinessCalendar,
    *,
    since: date,
    until: date | None,
    at: datetime,
) -> Iterator[Period]:
    """Yield the periods that touch *since* to *until*, up to the first that opens after *at*."""
    begin = since - (_WEEK if cutoff.weekday is not None else timedelta())
    for day, due_at in islice(cutoffs(cutoff, calendar, begin), MOST):
        first, last = _span(cutoff, day)
        if last < since:
            continue
        if until is not None and first > until:
            return
        opens_at = calendar.begins(last + _DAY)
        yield Period(first=first, last=last, opens_at=opens_at, due_at=due_at)
        if opens_at > at:
            return


def standing(
    expected: Expectation,
    item: Mapping[str, Any],
    begun: datetime,
    ended: datetime | None,
    calendar: BusinessCalendar,
) -> tuple[date, date | None]:
    """Return the first and the last day on which *item* stands; None: no end is known."""
    since = day_of(item.get(expected.since)) if expected.since else None
    until = day_of(item.get(expected.until)) if expected.until else None
    ends = [one for one in (until, calendar.date_of(ended) if ended else None) if one]
    return since or calendar.date_of(begun), min(ends, default=None)


def kept_at(
    expected: Expectation, item: Mapping[str, Any], period: Period, came: Iterable[Evidence]
) -> datetime | None:
    """Return when the first of what *came* for *item* and *period* did."""
    of = item.get(expected.by)
    return min(
        (
            one.occurred_at
            for one in came
            if of is not None
            and one.fields.get(expected.by) == of
            and (named := day_of(one.fields.get(expected.period))) is not None
            and period.first <= named <= period.last
        ),
        default=None,
    )


def day_of(value: object) -> date | None:
    """Return the date in a field; None when it has none."""
    if not isinstance(value, str):
        return None
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return None
    return day if _EARLIEST < day < _LATEST else None


def _span(cutoff: Cutoff, day: date) -> tuple[date, date]:
    """Return the first and last day that the cut-off named for *day* closes."""
    if cutoff.weekday is not None:
        return day - _WEEK, day - _DAY
    last = day.replace(day=1) - _DAY
    return last.replace(day=1), last
