"""
Days sales outstanding by count-back: for how many days of invoices clients owe.

What is owed is held against the invoices of the calendar month that runs, then of those before
it, until it is used up. A month whose invoices are all owed counts with all its days (the one that
runs, with those gone by); the last, with the share of its invoices that is still owed. Unlike plain
DSO it does not fall because a quiet month follows a busy one.
"""

from datetime import timedelta
from decimal import Decimal

from observability.kpi.reckoning import Reckoning
from observability.kpi.series import Series, Span
from rules.instant import EPOCH


def count_back(
    invoiced: Series, owed: Decimal, last: int, reckoning: Reckoning, without: frozenset[str]
) -> Decimal | None:
    """Return the days that *owed* goes back from the day *last*; None where no invoices made it."""
    first = min((row.day for row in invoiced.rows), default=last + 1)
    days = Decimal()
    while owed > 0:
        if last < first:
            return None
        begun = _first_of_month(last)
        month = Span(begun, last)
        sold = invoiced.read("sum", month, reckoning, without) or Decimal()
        share = owed / sold if sold > owed else Decimal(1)
        days += share * (last - begun + 1)
        owed -= sold
        last = begun - 1
    return days


def _first_of_month(day: int) -> int:
    at = EPOCH.date() + timedelta(days=day)
    return day - at.day + 1
