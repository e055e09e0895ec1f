"""Clients pay: within their terms, late, or never."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from controlplane.simulator.chasing import chase
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import INVOICE_NEVER_PAID, LATE_PAYMENT
from controlplane.simulator.invoicing import TERMS_DAYS, Invoice
from controlplane.simulator.strain import passed, waited

SLA_PAID = "invoice-issued-to-paid"
SLA_CASH = "invoice-issued-to-cash"
_CASH_DAYS = 45
_PROMPT = (8, 24)  # days
_SLOW = (32, 44)


def collect(diary: Diary, invoices: list[Invoice]) -> datetime | None:
    """Tell of the payments; return when the last came, None while one is still awaited."""
    last: datetime | None = None
    awaited = not invoices
    for place, invoice in enumerate(invoices):
        overdue = diary.exception(
            "invoice-not-paid",
            f"{SLA_PAID}:{invoice.invoice_id}",
            invoice.issued_at + timedelta(days=TERMS_DAYS),
            invoice.amount,
        )
        if diary.engagement.fault == INVOICE_NEVER_PAID and place == 0:
            cash = invoice.issued_at + timedelta(days=_CASH_DAYS)
            unpaid = diary.late(SLA_CASH, "", cash, process="invoice-to-cash")
            found = [overdue, replace(unpaid, case=invoice.invoice_id)]
            diary.injects(invoice.issued_at, found, note="the client never pays")
            chase(diary, invoice, None)
            awaited = True
        elif invoice.disputed:
            diary.injects(invoice.issued_at, [], [overdue], note="the client disputes the invoice")
            awaited = True
        else:
            late = diary.engagement.fault == LATE_PAYMENT and place == 0
            drawn = diary.rng.randint(*(_SLOW if late else _PROMPT))
            days = waited(diary, SLA_PAID, invoice.invoice_id, invoice.issued_at, drawn)
            paid = _pay(diary, invoice, int(days))
            if late:
                chase(diary, invoice, paid)
                clock = diary.late(SLA_PAID, invoice.invoice_id, paid)
                diary.injects(paid, [clock], [overdue], note="the client pays late")
            due = invoice.issued_at + timedelta(days=TERMS_DAYS)
            passed(diary, SLA_PAID, invoice.invoice_id, due, paid)
            if paid > due and not late:
                chase(diary, invoice, paid)
            last = paid if last is None else max(last, paid)
    return None if awaited else last


def _pay(diary: Diary, invoice: Invoice, days: int) -> datetime:
    working, rng = diary.working, diary.rng
    day = working.first_day(invoice.issued_at.date() + timedelta(days=days))
    at = working.at(day, rng.uniform(9.5, 15))
    key = f"PAY-{invoice.invoice_id.removeprefix('INV-')}"
    data = {
        "payment_id": key,
        "invoice_id": invoice.invoice_id,
        "engagement_id": diary.engagement.engagement_id,
        "amount": diary.money(invoice.amount),
        "received_on": day.isoformat(),
        "remittance": invoice.invoice_id,
    }
    diary.tell("bank", "ps.payment.received", key, at, data)
    return at
