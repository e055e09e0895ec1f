"""The life of one engagement, from the deal to its last payment, told by the firm's systems."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from random import Random

import msgspec

from controlplane.simulator.billing import bill_instalments, bill_time
from controlplane.simulator.changing import change, gone_on_with_the_old_budget
from controlplane.simulator.collecting import collect
from controlplane.simulator.costing import cost
from controlplane.simulator.delivering import Timesheet, work
from controlplane.simulator.diary import Diary
from controlplane.simulator.engagement import MILESTONE, RETAINER, TIME, Engagement
from controlplane.simulator.faults import (
    APPROVED_TIME_NEVER_BILLED,
    CLIENT_ON_CREDIT_HOLD,
    CLOSED_UNBILLED,
    CLOSED_UNCLEARED,
    MILESTONE_NEVER_BILLED,
    MISSING_SIGNATURE,
    MISSING_TAX_PROFILE,
    POSTING_OUTAGE,
    RATE_MISSING,
    REVENUE_METHOD_DIFFERS,
    TIME_BEYOND_CAP,
    TIME_UNDERPRICED,
)
from controlplane.simulator.firm import CENTS
from controlplane.simulator.invoicing import Invoice
from controlplane.simulator.lapses import early_time, lapse
from controlplane.simulator.milestones import bill_milestones
from controlplane.simulator.mishaps import mishap
from controlplane.simulator.mobilising import mobilise
from controlplane.simulator.posting import post_time
from controlplane.simulator.rebilling import billed_again, credit
from controlplane.simulator.report import Report
from controlplane.simulator.resending import resend
from controlplane.simulator.retaining import bill_retainer
from controlplane.simulator.slip import TIME_APPROVED, TIME_POSTED
from controlplane.simulator.slipping import slip
from controlplane.simulator.slips.contract import ORDER_EXPIRED
from controlplane.simulator.slips.people import ANOTHER_ROLE, ASSIGNED_TOO_LATE
from controlplane.simulator.spending import spend
from controlplane.simulator.terms import MEASURES, METHODS
from controlplane.simulator.truth import Injected
from controlplane.simulator.winding import wind_up
from controlplane.simulator.working import Working

_UNSETTLED = frozenset(
    {
        APPROVED_TIME_NEVER_BILLED,
        CLIENT_ON_CREDIT_HOLD,
        MILESTONE_NEVER_BILLED,
        MISSING_TAX_PROFILE,
        RATE_MISSING,
        TIME_BEYOND_CAP,
        TIME_UNDERPRICED,
        ANOTHER_ROLE,
        ASSIGNED_TOO_LATE,
        ORDER_EXPIRED,
    }
)
_STOPS_EARLY = frozenset(
    {MISSING_TAX_PROFILE, RATE_MISSING, CLIENT_ON_CREDIT_HOLD, ORDER_EXPIRED, ASSIGNED_TOO_LATE}
)
_EARLY_WEEKS = 4
_OTHER_METHOD = "as-used"
_UNFOUNDED = {
    MISSING_SIGNATURE: "revenue-before-signature",
    REVENUE_METHOD_DIFFERS: "revenue-by-another-method",
}


class Life(msgspec.Struct, frozen=True, kw_only=True):
    reports: tuple[Report, ...]
    injected: tuple[Injected, ...]


def live_through(
    engagement: Engagement,
    seed: int,
    working: Working,
    *,
    strained: bool = False,
    outages: bool = False,
) -> Life:
    """
    Return everything that happens to *engagement*; the same arguments give the same life.

    Of a *strained* firm work waits; with *outages* the ERP does not hear everything.
    """
    rng = Random(f"life:{seed}:{engagement.number}")  # noqa: S311 - a story, not a secret
    diary = Diary(engagement, rng, working, strained=strained, outages=outages)
    assigned = mobilise(diary)
    if assigned is not None:
        _deliver(diary, assigned)
    slip(diary)
    resend(diary)
    mishap(diary)
    cost(diary, seed)
    return Life(reports=tuple(diary.reports), injected=tuple(diary.injected))


def _deliver(diary: Diary, assigned: datetime) -> None:
    engagement = diary.engagement
    weeks = engagement.weeks
    if engagement.fault in _STOPS_EARLY:
        weeks = min(weeks, _EARLY_WEEKS)
    sheets = work(diary, assigned, weeks)
    post_time(diary, [*early_time(diary), *sheets])
    spend(diary, sheets)
    amended = change(diary, sheets)
    recognised = _recognise(diary, sheets)
    invoices = _bill(diary, sheets)
    gone_on_with_the_old_budget(diary, amended, invoices)
    if sheets:
        lapse(diary, sheets)
    paid = collect(diary, invoices)
    if paid is not None and engagement.fault not in _UNSETTLED:
        billed = {key for one in invoices for key in one.timesheet_ids}
        left = [one.timesheet_id for one in sheets if one.timesheet_id not in billed]
        _close(diary, max(paid, recognised or paid), left)


def _bill(diary: Diary, sheets: list[Timesheet]) -> list[Invoice]:
    bill = {TIME: bill_time, MILESTONE: bill_milestones, RETAINER: bill_retainer}
    invoices = bill.get(diary.engagement.billing_model, bill_instalments)(diary, sheets)
    invoices += billed_again(diary, invoices)
    credit(diary, invoices)
    return invoices


def _recognise(diary: Diary, sheets: list[Timesheet]) -> datetime | None:
    """Recognise revenue at each month's end as it was performed; return the last time."""
    one = diary.engagement
    months: dict[datetime, Decimal] = defaultdict(Decimal)
    for sheet in sheets:
        share = sheet.amount if sheet.amount is not None else one.value / len(sheets)
        months[_month_end(diary.working, sheet.approved_at)] += share
    differs = one.fault == REVENUE_METHOD_DIFFERS
    method = _OTHER_METHOD if differs else METHODS[one.billing_model]
    for at, amount in _rounded(months):
        key = f"REV-{one.code}-{at:%Y%m}"
        data = {
            "revenue_id": key,
            "engagement_id": one.engagement_id,
            "amount": diary.money(amount),
            "period": f"{at:%Y-%m}",
            "method": method,
            "obligation_id": f"O-{one.code}",
            "contract_version": "1",
            "measure": MEASURES[method],
        }
        _unfounded(diary, key, at, amount)
        diary.span(
            "erp", "ps.revenue.recognised", key, at, data, operation="POST /revenue/recognitions"
        )
    return max(months, default=None)


def _rounded(months: dict[datetime, Decimal]) -> Iterator[tuple[datetime, Decimal]]:
    """Return each month's amount in cents, such that what is told by then is never too much."""
    earned = told = Decimal(0)
    for at, amount in sorted(months.items()):
        earned += amount
        cents = (earned - told).quantize(CENTS, rounding=ROUND_DOWN)
        told += cents
        yield at, cents


def _unfounded(diary: Diary, key: str, at: datetime, amount: Decimal) -> None:
    rule = _UNFOUNDED.get(diary.engagement.fault or "")
    if rule is not None:
        diary.injects(at, [diary.exception(rule, key, at, amount)])


def _month_end(working: Working, at: datetime) -> datetime:
    """Return the first closing of a month's books, four in the afternoon, after *at*."""
    day = working.day_of(at)
    while True:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        closing = working.at(working.last_day(following - timedelta(days=1)), 16)
        if closing > at:
            return closing
        day = date(following.year, following.month, 1)


def _close(diary: Diary, at: datetime, unbilled: list[str]) -> None:
    one = diary.engagement
    closed = diary.working.within(diary.rng, at, 4, 16)
    cleared = one.fault not in {CLOSED_UNBILLED, CLOSED_UNCLEARED}
    wind_up(diary, at, cleared=cleared)
    data = {
        "engagement_id": one.engagement_id,
        "closed_on": diary.working.day_of(closed).isoformat(),
    }
    diary.tell("contracts", "ps.engagement.closed", one.engagement_id, closed, data)
    if not cleared:
        left = diary.left("project-close", "skipped", "project-wip-cleared", closed)
        diary.injects(closed, [left], note="nobody looked")
    unposted = _unposted(diary)
    if unposted:
        kept = [diary.exception("closed-with-unposted-time", key, closed) for key in unposted]
        diary.injects(closed, kept, note="nobody missed it", fault=one.fault or POSTING_OUTAGE)
    if one.fault == CLOSED_UNBILLED:
        found = [diary.exception("closed-with-unbilled-time", key, closed) for key in unbilled]
        balance = diary.follows("closed-with-contract-balance", closed)
        diary.injects(closed, found, [balance], note="closed in a hurry")


def _unposted(diary: Diary) -> list[str]:
    """Return the approved time that never reached the ERP."""
    posted = {
        key for one in diary.reports if one.type == TIME_POSTED for key in one.data["timesheet_ids"]
    }
    approved = (one.data["timesheet_id"] for one in diary.reports if one.type == TIME_APPROVED)
    return [key for key in approved if key not in posted]
