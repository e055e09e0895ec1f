"""A retainer: billed in advance by the period, drawn down by hours, settled at its end."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from controlplane.simulator.delivering import Timesheet
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import OVERAGE_UNAPPROVED, ROLLOVER_ABOVE_CAP
from controlplane.simulator.firm import CENTS
from controlplane.simulator.invoicing import Invoice, issue
from controlplane.simulator.terms import rollover_cap

_WEEKS = 4
_SETTLED = timedelta(days=3)
_BEYOND = Decimal("1.12")
_TOO_MUCH = Decimal("1.5")
_NOUGHT = Decimal(0)


def bill_retainer(diary: Diary, sheets: list[Timesheet]) -> list[Invoice]:
    """Tell of each period of four weeks; return the invoices of their fees."""
    if not sheets:
        return []
    one = diary.engagement
    begun = sheets[0].monday
    mondays = [begun + timedelta(weeks=week) for week in range(0, one.weeks, _WEEKS)]
    fee = (one.value / len(mondays)).quantize(CENTS)
    balance = rollover_cap(one) * _TOO_MUCH if one.fault == ROLLOVER_ABOVE_CAP else _NOUGHT
    invoices = []
    for place, monday in enumerate(mondays, start=1):
        key = f"RP-{one.code}-{place}"
        invoices.append(_open(diary, key, monday, fee))
        ends = monday + timedelta(weeks=_WEEKS)
        used = sum(
            (s.hours * one.rate(s.worker.role) for s in sheets if monday <= s.monday < ends),
            _NOUGHT,
        )
        if place == 1 and one.fault == OVERAGE_UNAPPROVED:
            used = (fee * _BEYOND).quantize(CENTS)
        balance = _settle(diary, key, ends, fee, balance, used.quantize(CENTS))
    return invoices


def _open(diary: Diary, key: str, monday: date, fee: Decimal) -> Invoice:
    one, working = diary.engagement, diary.working
    opened = working.at(working.first_day(monday), 8)
    data = {
        "retainer_period_id": key,
        "engagement_id": one.engagement_id,
        "starts_on": monday.isoformat(),
        "ends_on": (monday + timedelta(weeks=_WEEKS, days=-1)).isoformat(),
        "amount": diary.money(fee),
    }
    diary.tell("contracts", "ps.retainer-period.opened", key, opened, data)
    return issue(
        diary,
        Invoice(
            invoice_id=f"INV-{key.removeprefix('RP-')}",
            kind="retainer",
            amount=fee,
            issued_at=working.within(diary.rng, opened, 2, 6),
            retainer_period_id=key,
        ),
    )


def _settle(  # noqa: PLR0913, PLR0917 - a statement is its period, what came in and what went out
    diary: Diary, key: str, ends: date, fee: Decimal, taken: Decimal, used: Decimal
) -> Decimal:
    """Tell of the statement; return what the next period takes over."""
    one, working = diary.engagement, diary.working
    at = working.at(working.first_day(ends + _SETTLED), 15)
    drawn = min(used, fee + taken)
    rest = fee + taken - drawn
    closing = min(rest, rollover_cap(one))
    data = {
        "retainer_period_id": key,
        "engagement_id": one.engagement_id,
        "opening": diary.money(_NOUGHT),
        "purchased": diary.money(fee),
        "rolled_over": diary.money(taken),
        "used": diary.money(drawn),
        "expired": diary.money(rest - closing),
        "closing": diary.money(closing),
        "overage": diary.money(used - drawn),
    }
    diary.tell("erp", "ps.retainer-period.closed", key, at, data)
    _amiss(diary, key, at, taken, used - drawn)
    return closing


def _amiss(diary: Diary, key: str, at: datetime, taken: Decimal, overage: Decimal) -> None:
    over = taken - rollover_cap(diary.engagement)
    if over > 0:
        found = diary.exception("retainer-rollover-above-cap", key, at, over)
        diary.injects(at, [found], note="the old balance was taken over whole")
    if overage > 0:
        found = diary.exception("retainer-overage-not-approved", key, at, overage)
        used = diary.exception("retainer-used", key, at)
        diary.injects(at, [found, used], note="nobody asked the client")
