"""How long a difference may be on its way, and when a reconciliation is due again."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from observability.objective import Objective, Target
from observability.reconciliation.document import Reconciliation
from rules.calendar import BusinessCalendar

Calendars = Mapping[str, BusinessCalendar]
_NONE = timedelta()


def later(
    target: Target | None, calendar: BusinessCalendar | None
) -> Callable[[datetime], datetime]:
    """Return what *target* adds to a moment, on *calendar*; nothing where there is none."""
    if target is None:
        return lambda since: since
    days = target.business_days
    if calendar is not None and days is not None:
        return lambda since: calendar.due_days(since, days)
    if calendar is not None and target.business_hours is not None:
        return lambda since: calendar.due(since, target.duration)
    return lambda since: since + (timedelta(days=days) if days else target.duration)


def grace_of(
    document: Reconciliation, objectives: Mapping[str, Objective], calendars: Calendars
) -> Callable[[datetime], datetime]:
    """Return the grace of *document*: its own, or the target of the promise that it names."""
    if document.grace_sla is not None:
        promise = objectives.get(document.grace_sla)
        if promise is None:
            return lambda since: since
        return later(promise.target, calendars.get(promise.calendar or ""))
    return later(document.grace, calendars.get(document.calendar or ""))


def due_again(document: Reconciliation, last: datetime, calendars: Calendars) -> datetime | None:
    """Return when *document* is to run next after it ran at *last*; None where nobody said."""
    if document.every is None:
        return None
    return later(document.every, calendars.get(document.calendar or ""))(last)
