"""
What can be worked out of the values of one fact, by name: `least`, `month_end`, `business_days`…

None is "not known": two currencies compared, a day outside the calendar.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from rules.calendar import BusinessCalendar, CalendarError
from rules.decision import Value
from rules.fact import FieldType
from rules.money import Money

ORDERED: tuple[FieldType, ...] = ("integer", "decimal", "money", "date", "instant", "duration")
_NUMBERS = {"integer", "decimal"}
_MONTHS = 12
Kinds = Sequence[FieldType]


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """`work` takes the calendar where `by_calendar`, then the values."""

    usage: str
    result: Callable[[Kinds], FieldType | None]
    work: Callable[..., Value | None]
    by_calendar: bool = False
    unknowns: bool = False  # is asked even when a value is not known


def result(name: str, kinds: Kinds) -> FieldType:
    """Return what the function *name* gives of *kinds*; raise `TypeError` when they do not fit."""
    found = FUNCTIONS[name].result(kinds)
    if found is None:
        raise TypeError(FUNCTIONS[name].usage)
    return found


def work(
    name: str, calendar: BusinessCalendar | None, values: Sequence[Value | None]
) -> Value | None:
    """Return what the function *name* makes of *values*, None when that is not known."""
    function = FUNCTIONS[name]
    if not function.unknowns and any(one is None for one in values):
        return None
    if not function.by_calendar:
        return function.work(*values)
    if calendar is None:
        return None
    try:
        return function.work(calendar, *values)
    except (CalendarError, OverflowError):
        return None


def _same(kinds: Kinds) -> FieldType | None:
    if len(kinds) < 2 or not set(kinds) <= set(ORDERED):  # noqa: PLR2004 - least of one is itself
        return None
    if set(kinds) <= _NUMBERS:
        return "decimal" if "decimal" in kinds else "integer"
    return kinds[0] if len(set(kinds)) == 1 else None


def _otherwise(kinds: Kinds) -> FieldType | None:
    two = len(kinds) == 2 and kinds[0] == kinds[1]  # noqa: PLR2004 - a value and another
    return kinds[0] if two else None


def _of(*wanted: FieldType, gives: FieldType) -> Callable[[Kinds], FieldType | None]:
    return lambda kinds: gives if tuple(kinds) == wanted else None


def _days(kinds: Kinds) -> FieldType | None:
    return "integer" if tuple(kinds) in {("date", "date"), ("instant", "instant")} else None


def _after_days(kinds: Kinds) -> FieldType | None:
    fits = len(kinds) == 2 and kinds[0] in {"date", "instant"} and kinds[1] == "integer"  # noqa: PLR2004
    return kinds[0] if fits else None


def _pick(choose: Callable[..., Any]) -> Callable[..., Value | None]:
    def work(*values: Any) -> Value | None:
        if isinstance(values[0], Money):
            if len({one.currency for one in values}) > 1:
                return None
            return Money(amount=choose(one.amount for one in values), currency=values[0].currency)
        found: Value = choose(values)
        return found

    return work


def _add_days(day: date, count: int) -> date | None:
    try:
        return day + timedelta(days=count)
    except OverflowError:
        return None


def _add_months(day: date, count: int) -> date | None:
    """The same day of another month, or its last: a month after 31 January is 28 February."""
    months = day.year * _MONTHS + day.month - 1 + count
    year, month = divmod(months, _MONTHS)
    if not date.min.year <= year <= date.max.year:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _business_days(calendar: BusinessCalendar, start: date, end: date) -> int:
    if isinstance(start, datetime) and isinstance(end, datetime):
        start, end = calendar.date_of(start), calendar.date_of(end)
    return calendar.days_between(start, end)


def _after_business_days(calendar: BusinessCalendar, start: date, count: int) -> Value | None:
    if isinstance(start, datetime):
        return calendar.due_days(start, count) if count >= 0 else None
    return calendar.day_after(start, count) if count >= 0 else None


def _at_time(calendar: BusinessCalendar, day: date, since_midnight: timedelta) -> Value:
    """As the clock on the wall says: noon is noon on the day that the clocks change, too."""
    return (calendar.begins(day) + since_midnight).astimezone(UTC)


FUNCTIONS: dict[str, Function] = {
    "least": Function(
        usage="least() takes two or more values of one type, e.g. least(t.amount, e.cap)",
        result=_same,
        work=_pick(min),
    ),
    "greatest": Function(
        usage="greatest() takes two or more values of one type, e.g. greatest(t.amount, e.floor)",
        result=_same,
        work=_pick(max),
    ),
    "default": Function(
        usage="default() takes a value and one of its type for when it is not known, "
        "e.g. default(t.hours, 0.0)",
        result=_otherwise,
        work=lambda value, otherwise: otherwise if value is None else value,
        unknowns=True,
    ),
    "add_days": Function(
        usage="add_days() takes a date and a whole number, e.g. add_days(i.issued_on, e.terms)",
        result=_of("date", "integer", gives="date"),
        work=_add_days,
    ),
    "add_months": Function(
        usage="add_months() takes a date and a whole number, e.g. add_months(e.starts_on, 3)",
        result=_of("date", "integer", gives="date"),
        work=_add_months,
    ),
    "month_start": Function(
        usage="month_start() takes a date, e.g. month_start(t.work_date)",
        result=_of("date", gives="date"),
        work=lambda day: day.replace(day=1),
    ),
    "month_end": Function(
        usage="month_end() takes a date, e.g. month_end(t.work_date)",
        result=_of("date", gives="date"),
        work=_month_end,
    ),
    "weekday": Function(
        usage="weekday() takes a date and gives 1 (Monday) to 7, e.g. weekday(t.work_date)",
        result=_of("date", gives="integer"),
        work=lambda day: day.isoweekday(),
    ),
    "day": Function(
        usage="day() takes an instant and gives its date where the calendar is, "
        "e.g. day(t.approved_at)",
        result=_of("instant", gives="date"),
        work=lambda calendar, at: calendar.date_of(at),
        by_calendar=True,
    ),
    "at_time": Function(
        usage="at_time() takes a date and a duration since midnight and gives the instant where "
        "the calendar is, e.g. at_time(t.week_ending, hours(12))",
        result=_of("date", "duration", gives="instant"),
        work=_at_time,
        by_calendar=True,
    ),
    "business_days": Function(
        usage="business_days() takes two dates or two instants, "
        "e.g. business_days(t.submitted_at, t.approved_at)",
        result=_days,
        work=_business_days,
        by_calendar=True,
    ),
    "business_time": Function(
        usage="business_time() takes two instants, "
        "e.g. business_time(t.submitted_at, t.approved_at)",
        result=_of("instant", "instant", gives="duration"),
        work=lambda calendar, start, end: calendar.elapsed(start, end),
        by_calendar=True,
    ),
    "after_business_days": Function(
        usage="after_business_days() takes a date or an instant and a whole number, "
        "e.g. after_business_days(t.approved_at, 5)",
        result=_after_days,
        work=_after_business_days,
        by_calendar=True,
    ),
    "after_business_time": Function(
        usage="after_business_time() takes an instant and a duration, "
        "e.g. after_business_time(t.approved_at, hours(8))",
        result=_of("instant", "duration", gives="instant"),
        work=lambda calendar, start, duration: calendar.due(start, duration),
        by_calendar=True,
    ),
}
