"""
The handling SLA is the promise to work an exception; it is not the promise of the process.

It runs on the calendar of the team that owns the exception, else on the process's own;
without either, business time is elapsed time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from governance.handling.policy import BUILT_IN, Allowed, Policy
from rules.calendar import BusinessCalendar


class HandlingDue(msgspec.Struct, frozen=True, kw_only=True):
    acknowledge_by: datetime
    resolve_by: datetime


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """How the exceptions of one process are worked; `calendars` are the teams' own, by team."""

    policy: Policy = BUILT_IN
    calendars: Mapping[str, BusinessCalendar] = {}
    otherwise: BusinessCalendar | None = None

    def due(self, severity: str, owner: str | None, *, at: datetime) -> HandlingDue:
        """Return by when what opens *at* must be acknowledged and resolved."""
        promise = self.policy.by_severity[severity]
        calendar = self.calendars.get(owner or "", self.otherwise)
        return HandlingDue(
            acknowledge_by=_end(promise.acknowledge, calendar, at),
            resolve_by=_end(promise.resolve, calendar, at),
        )


BY_DEFAULT = Handling()


def _end(allowed: Allowed, calendar: BusinessCalendar | None, at: datetime) -> datetime:
    if allowed.business_days is not None:
        days = allowed.business_days
        return calendar.due_days(at, days) if calendar else at + timedelta(days=days)
    if calendar is None or allowed.business_hours is None:
        return at + allowed.duration
    return calendar.due(at, allowed.duration)
