"""
The handling SLA is the promise to work an exception; it is not the promise of the process.

Critical: acknowledged within 1 hour, resolved within 8, around the clock. Every other
severity: acknowledged within 1 business day, resolved within 3.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

BusinessDays = Callable[[datetime, int], datetime]
"""(start, days) → the close of that many business days after the start's own day."""

_CRITICAL = (timedelta(hours=1), timedelta(hours=8))
_NORMAL_DAYS = (1, 3)


class HandlingDue(msgspec.Struct, frozen=True, kw_only=True):
    acknowledge_by: datetime
    resolve_by: datetime


def elapsed_days(start: datetime, days: int) -> datetime:
    """Count calendar days, where a process names no business calendar."""
    return start + timedelta(days=days)


def handling_due(
    severity: str, *, at: datetime, business_days: BusinessDays = elapsed_days
) -> HandlingDue:
    """Return by when an exception that opens *at* must be acknowledged and resolved."""
    if severity == "critical":
        acknowledge, resolve = _CRITICAL
        return HandlingDue(acknowledge_by=at + acknowledge, resolve_by=at + resolve)
    acknowledge_days, resolve_days = _NORMAL_DAYS
    return HandlingDue(
        acknowledge_by=business_days(at, acknowledge_days),
        resolve_by=business_days(at, resolve_days),
    )
