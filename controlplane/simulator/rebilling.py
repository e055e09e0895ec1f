"""Bills beyond what is owed: over the cap, of work that was billed, or instead of another bill."""

from datetime import timedelta
from decimal import Decimal

import msgspec

from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import (
    CAP_EXCEEDED,
    CREDIT_OF_NOTHING,
    CREDIT_TOO_HIGH,
    INSTALMENT_BILLED_TWICE,
    MILESTONE_BILLED_TWICE,
    REISSUED_WITHOUT_CREDIT,
    TIME_BILLED_TWICE,
)
from controlplane.simulator.invoicing import Invoice, issue
from controlplane.simulator.truth import Finding

_LATER = timedelta(days=2)
_AGAIN = {
    REISSUED_WITHOUT_CREDIT: "time-billed-twice",
    TIME_BILLED_TWICE: "time-billed-twice",
    MILESTONE_BILLED_TWICE: "milestone-billed-twice",
    INSTALMENT_BILLED_TWICE: "instalment-billed-twice",
}
_CREDITED = {CREDIT_TOO_HIGH: Decimal("1.2"), CREDIT_OF_NOTHING: Decimal("0.2")}


def over_cap(diary: Diary, invoices: list[Invoice]) -> list[Invoice]:
    """Tell the truth of the bill that crosses the cap; return *invoices* as they are."""
    one = diary.engagement
    billed = Decimal(0)
    for invoice in invoices:
        billed += invoice.amount
        if one.fault == CAP_EXCEEDED and one.cap is not None and billed > one.cap:
            found = diary.exception("invoiced-over-cap", one.engagement_id, invoice.issued_at)
            diary.injects(invoice.issued_at, [found], note=f"cap {one.cap}")
            break
    return invoices


def billed_again(diary: Diary, invoices: list[Invoice]) -> list[Invoice]:
    """Bill the work of the first invoice again; return the bill, which the client disputes."""
    fault = diary.engagement.fault
    if fault not in _AGAIN or not invoices:
        return []
    first, working = invoices[0], diary.working
    day = working.first_day(first.issued_at.date() + _LATER)
    second = issue(
        diary,
        msgspec.structs.replace(
            first,
            invoice_id=f"{first.invoice_id}-B",
            issued_at=working.at(day, diary.rng.uniform(10, 15)),
            replaces_invoice_id=first.invoice_id if fault == REISSUED_WITHOUT_CREDIT else None,
            disputed=True,
        ),
    )
    diary.injects(second.issued_at, _doubled(diary, second), _follows(diary, second))
    return [second]


def _doubled(diary: Diary, second: Invoice) -> list[Finding]:
    at = second.issued_at
    lines = (*second.timesheet_ids, *second.milestone_ids, *second.instalment_ids)
    rule = _AGAIN[diary.engagement.fault or ""]
    found = [diary.exception(rule, key, at) for key in lines]
    if second.replaces_invoice_id is not None:
        rule = "invoice-reissued-without-credit"
        found.append(diary.exception(rule, second.invoice_id, at, second.amount))
    return found


def _follows(diary: Diary, second: Invoice) -> list[Finding]:
    """Billed twice, a short engagement may look as if it had left its cap behind."""
    key = diary.engagement.engagement_id
    rules = ("invoiced-over-cap", "fee-overbilled")
    return [diary.exception(rule, key, second.issued_at) for rule in rules]


def credit(diary: Diary, invoices: list[Invoice]) -> None:
    """Let finance credit more than the first invoice, or an invoice that it does not name."""
    fault = diary.engagement.fault or ""
    if fault not in _CREDITED or not invoices:
        return
    first, working = invoices[0], diary.working
    at = working.within(diary.rng, first.issued_at, 4, 9)
    key = f"CN-{diary.engagement.code}"
    data = {
        "credit_note_id": key,
        "engagement_id": diary.engagement.engagement_id,
        "amount": diary.money(first.amount * _CREDITED[fault]),
        "issued_on": working.day_of(at).isoformat(),
    }
    rule = "credit-note-without-invoice"
    if fault == CREDIT_TOO_HIGH:
        rule, data["invoice_id"] = "credit-note-above-invoice", first.invoice_id
    diary.tell("erp", "ps.credit-note.issued", key, at, data)
    diary.injects(at, [diary.exception(rule, key, at)], note="typed by hand")
