"""How long a difference may be on its way, and when a reconciliation is due again."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from observability.objective import Objective
from observability.reconciliation.document import Reconciliation
from observability.reconciliation.length import Length
from rules.calendar import BusinessCalendar

Calendars = Mapping[str, BusinessCalendar]
_NONE = timedelta()


def later(
    length: Length | None, calendar: BusinessCalendar | None
) -> Callable[[datetime], datetime]:
    """Return what *length* adds to a moment, on *calendar*; nothing where there is none."""
    if length is None:
        return lambda since: since
    days = length.business_days
    if calendar is not None and days is not None:
        return lambda since: calendar.due_days(since, days)
    if calendar is not None and length.business_hours is not None:
        return lambda since: calendar.due(since, length.duration)
    return lambda since: since + (timedelta(days=days) if days else length.duration)


def grace_of(
    document: Reconciliation, objectives: Mapping[str, Objective], calendars: Calendars
) -> Callable[[datetime], datetime]:
    """Return the grace of *document*: its own, or the target of the promise that it names."""
    if document.grace_sla is not None:
        promise = objectives.get(document.grace_sla)
        if promise is None:
            return lambda since: since
        return later(length_of(promise), calendars.get(promise.calendar or ""))
    return later(document.grace, calendars.get(document.calendar or ""))


def length_of(promise: Objective) -> Length | None:
    """Return how long *promise* takes; None where a date sets its deadline."""
    target = promise.target
    if target.fixed:
        return None
    return Length(
        business_hours=target.business_hours,
        business_days=target.business_days,
        hours=target.hours,
        minutes=target.minutes,
    )


def due_again(document: Reconciliation, last: datetime, calendars: Calendars) -> datetime | None:
    """Return when *document* is to run next after it ran at *last*; None where nobody said."""
    if document.every is None:
        return None
    return later(document.every, calendars.get(document.calendar or ""))(last)
