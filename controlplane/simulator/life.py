"""The life of one engagement, from the deal to its last payment, told by the firm's systems."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec

from controlplane.simulator.billing import bill_instalments, bill_time
from controlplane.simulator.collecting import collect
from controlplane.simulator.delivering import Timesheet, change, spend, work
from controlplane.simulator.diary import Diary
from controlplane.simulator.engagement import MILESTONE, TIME, Engagement
from controlplane.simulator.faults import (
    APPROVED_TIME_NEVER_BILLED,
    CLIENT_ON_CREDIT_HOLD,
    MILESTONE_NEVER_BILLED,
    MISSING_TAX_PROFILE,
    RATE_MISSING,
)
from controlplane.simulator.milestones import bill_milestones
from controlplane.simulator.mishaps import mishap
from controlplane.simulator.mobilising import mobilise
from controlplane.simulator.report import Report
from controlplane.simulator.terms import METHODS
from controlplane.simulator.truth import Injected
from controlplane.simulator.working import Working

_UNSETTLED = frozenset(
    {
        APPROVED_TIME_NEVER_BILLED,
        CLIENT_ON_CREDIT_HOLD,
        MILESTONE_NEVER_BILLED,
        MISSING_TAX_PROFILE,
        RATE_MISSING,
    }
)
_STOPS_EARLY = frozenset({MISSING_TAX_PROFILE, RATE_MISSING, CLIENT_ON_CREDIT_HOLD})
_EARLY_WEEKS = 4


class Life(msgspec.Struct, frozen=True, kw_only=True):
    reports: tuple[Report, ...]
    injected: tuple[Injected, ...]


def live_through(engagement: Engagement, seed: int, working: Working) -> Life:
    """Return everything that happens to *engagement*; the same arguments give the same life."""
    rng = Random(f"life:{seed}:{engagement.number}")  # noqa: S311 - a story, not a secret
    diary = Diary(engagement, rng, working)
    assigned = mobilise(diary)
    if assigned is not None:
        _deliver(diary, assigned)
    mishap(diary)
    return Life(reports=tuple(diary.reports), injected=tuple(diary.injected))


def _deliver(diary: Diary, assigned: datetime) -> None:
    engagement = diary.engagement
    weeks = engagement.weeks
    if engagement.fault in _STOPS_EARLY:
        weeks = min(weeks, _EARLY_WEEKS)
    sheets = work(diary, assigned, weeks)
    spend(diary, sheets)
    change(diary, sheets)
    recognised = _recognise(diary, sheets)
    if engagement.billing_model == TIME:
        invoices = bill_time(diary, sheets)
    elif engagement.billing_model == MILESTONE:
        invoices = bill_milestones(diary, sheets)
    else:
        invoices = bill_instalments(diary, sheets)
    paid = collect(diary, invoices)
    if paid is not None and engagement.fault not in _UNSETTLED:
        _close(diary, max(paid, recognised or paid))


def _recognise(diary: Diary, sheets: list[Timesheet]) -> datetime | None:
    """Recognise revenue at each month's end as it was performed; return the last time."""
    one = diary.engagement
    months: dict[datetime, Decimal] = defaultdict(Decimal)
    for sheet in sheets:
        share = sheet.amount if sheet.amount is not None else one.value / len(sheets)
        months[_month_end(diary.working, sheet.approved_at)] += share
    for at, amount in sorted(months.items()):
        key = f"REV-{one.code}-{at:%Y%m}"
        data = {
            "revenue_id": key,
            "engagement_id": one.engagement_id,
            "amount": diary.money(amount),
            "period": f"{at:%Y-%m}",
            "method": METHODS[one.billing_model],
        }
        diary.span(
            "erp", "ps.revenue.recognised", key, at, data, operation="POST /revenue/recognitions"
        )
    return max(months, default=None)


def _month_end(working: Working, at: datetime) -> datetime:
    """Return the first closing of a month's books, four in the afternoon, after *at*."""
    day = working.day_of(at)
    while True:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        closing = working.at(working.last_day(following - timedelta(days=1)), 16)
        if closing > at:
            return closing
        day = date(following.year, following.month, 1)


def _close(diary: Diary, at: datetime) -> None:
    one = diary.engagement
    closed = diary.working.within(diary.rng, at, 4, 16)
    data = {
        "engagement_id": one.engagement_id,
        "closed_on": diary.working.day_of(closed).isoformat(),
    }
    diary.tell("contracts", "ps.engagement.closed", one.engagement_id, closed, data)
