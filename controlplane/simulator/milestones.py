"""Milestones: completed by the team, accepted by the client, then billed."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from controlplane.simulator.delivering import Timesheet
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import (
    BILLED_WITHOUT_TAX,
    MILESTONE_BILLED_BEFORE_ACCEPTANCE,
    MILESTONE_NEVER_BILLED,
    MILESTONE_OVERBILLED,
    MILESTONE_WITHOUT_TAX,
)
from controlplane.simulator.invoicing import Invoice, issue
from controlplane.simulator.strain import passed, waited
from controlplane.simulator.truth import Finding

INVOICE_DAYS = 2
SLA_INVOICED = "milestone-accepted-to-invoiced"


def bill_milestones(diary: Diary, sheets: list[Timesheet]) -> list[Invoice]:
    """Tell of each milestone in its week; return the invoices."""
    engagement = diary.engagement
    weeks = sorted({one.monday for one in sheets})
    invoices: list[Invoice] = []
    for place, (key, amount) in enumerate(engagement.milestones):
        if not weeks:
            break
        share = (place + 1) * len(weeks) // len(engagement.milestones)
        monday = weeks[max(share, 1) - 1]
        day = diary.working.last_day(monday + timedelta(days=4))
        completed = diary.working.at(day, diary.rng.uniform(10, 16))
        fault = engagement.fault if place == 0 else None
        invoice = _milestone(diary, key, amount, completed, fault)
        if invoice is not None:
            invoices.append(invoice)
    _above_price(diary, invoices)
    return invoices


def _above_price(diary: Diary, invoices: list[Invoice]) -> None:
    """Tell the truth of the bill with which the price is left behind."""
    one = diary.engagement
    billed = sum((invoice.amount for invoice in invoices), Decimal(0))
    if one.fault == MILESTONE_OVERBILLED and billed > one.value:
        at = invoices[-1].issued_at
        found = diary.exception("fee-overbilled", one.engagement_id, at, billed - one.value)
        balance = diary.follows("closed-with-contract-balance", at)
        diary.injects(at, [found], [balance], note="more than the whole price")


def _milestone(
    diary: Diary, key: str, amount: Decimal, completed: datetime, fault: str | None
) -> Invoice | None:
    working, rng = diary.working, diary.rng
    _tell(diary, key, amount, completed, "completed")
    if fault == MILESTONE_BILLED_BEFORE_ACCEPTANCE:
        issued = working.within(rng, completed, 2, 8)
        found = diary.exception("milestone-billed-before-acceptance", key, issued, amount)
        diary.injects(issued, [found], note="the client has not accepted it")
        return _bill(diary, key, amount, issued, disputed=True)
    accepted = working.within(rng, completed, 4, 20)
    _tell(diary, key, amount, accepted, "accepted")
    wait = waited(diary, SLA_INVOICED, key, accepted, rng.uniform(2, 8))
    issued = working.later(accepted, wait)
    passed(diary, SLA_INVOICED, key, working.close_of(accepted, INVOICE_DAYS), issued)
    if diary.engagement.fault == BILLED_WITHOUT_TAX:
        waits = diary.exception("accepted-milestone-without-tax-profile", key, accepted, amount)
        sent = diary.exception("invoice-without-tax-profile", _invoice_id(key), issued, amount)
        diary.injects(accepted, [sent], [waits], note="billed without its tax")
    if fault == MILESTONE_NEVER_BILLED:
        diary.injects(accepted, [_absent(diary, key, accepted, amount)], note="nobody told finance")
        return None
    if diary.engagement.fault == MILESTONE_WITHOUT_TAX:
        waits = diary.exception("accepted-milestone-without-tax-profile", key, accepted, amount)
        diary.injects(accepted, [waits, _absent(diary, key, accepted, amount)])
        return None
    if fault == MILESTONE_OVERBILLED:
        billed = (amount * Decimal("1.08")).quantize(Decimal(1))
        rule = "milestone-billed-for-another-amount"
        number = _invoice_id(key)
        found = diary.exception(rule, number, issued, billed - amount)
        balance = diary.follows("closed-with-contract-balance", issued)
        diary.injects(issued, [found], [balance], note="billed above the schedule")
        return _bill(diary, key, billed, issued)
    return _bill(diary, key, amount, issued)


def _absent(diary: Diary, key: str, accepted: datetime, amount: Decimal) -> Finding:
    due = diary.working.close_of(accepted, INVOICE_DAYS)
    return diary.exception("accepted-milestone-not-invoiced", f"{SLA_INVOICED}:{key}", due, amount)


def _tell(diary: Diary, key: str, amount: Decimal, at: datetime, status: str) -> None:
    data: dict[str, Any] = {
        "milestone_id": key,
        "project_id": diary.engagement.project_id,
        "amount": diary.money(amount),
        "status": status,
        f"{status}_on": diary.working.day_of(at).isoformat(),
    }
    diary.span(
        "psa", f"ps.milestone.{status}", key, at, data, operation=f"POST /milestones/{status}"
    )


def _bill(
    diary: Diary, key: str, amount: Decimal, at: datetime, *, disputed: bool = False
) -> Invoice:
    return issue(
        diary,
        Invoice(
            invoice_id=_invoice_id(key),
            kind="milestone",
            amount=amount,
            issued_at=at,
            milestone_ids=(key,),
            disputed=disputed,
        ),
    )


def _invoice_id(key: str) -> str:
    return f"INV-{key.removeprefix('M-')}"
