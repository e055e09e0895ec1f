"""Invoices and cash: weekly for time, on acceptance for milestones, by instalment for a fee."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from controlplane.simulator.delivering import Timesheet, by_approval
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import (
    APPROVED_TIME_NEVER_BILLED,
    CAP_EXCEEDED,
    CLIENT_ON_CREDIT_HOLD,
    INVOICE_NEVER_PAID,
    LATE_INVOICE,
    LATE_PAYMENT,
    MISSING_TAX_PROFILE,
    RATE_MISSING,
)
from controlplane.simulator.report import legacy_span
from controlplane.simulator.truth import Finding

INVOICE_DAYS = 5
PAYMENT_DAYS = 30
SLA_INVOICED = "approved-time-to-invoiced"
SLA_PAID = "invoice-issued-to-paid"
THURSDAY = 3
_RUNS_AFTER = 5
_PROMPT = (8, 24)  # days
_SLOW = (32, 44)
_FORGOTTEN = timedelta(days=14)


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    invoice_id: str
    kind: str
    amount: Decimal
    issued_at: datetime
    timesheet_ids: tuple[str, ...] = ()
    milestone_ids: tuple[str, ...] = ()
    disputed: bool = False


def bill_time(diary: Diary, sheets: list[Timesheet]) -> list[Invoice]:
    """Run the weekly bill over approved time; return the invoices."""
    if not sheets:
        return []
    held = _held(diary, sheets)
    forgotten = sheets[0] if diary.engagement.fault == LATE_INVOICE else None
    unbilled = [one for one in by_approval(sheets) if one.timesheet_id not in held]
    invoices: list[Invoice] = []
    for day in _runs(diary, sheets):
        lines = [one for one in unbilled if _is_due(diary, one, day, late=one is forgotten)]
        if lines:
            unbilled = [one for one in unbilled if one not in lines]
            invoices.append(_time_invoice(diary, len(invoices) + 1, day, lines))
    _over_cap(diary, sheets)
    if forgotten is not None:
        _billed_late(diary, forgotten, invoices)
    return invoices


def _is_due(diary: Diary, sheet: Timesheet, day: date, *, late: bool) -> bool:
    """Bill what was approved before *day*; what is forgotten, two weeks after that."""
    cut_off = diary.working.at(day, 0)
    return sheet.approved_at + (_FORGOTTEN if late else timedelta()) < cut_off


def _billed_late(diary: Diary, sheet: Timesheet, invoices: list[Invoice]) -> None:
    issued = next(
        (one.issued_at for one in invoices if sheet.timesheet_id in one.timesheet_ids), None
    )
    if issued is not None:
        clock = diary.late(SLA_INVOICED, sheet.timesheet_id, issued)
        diary.injects(issued, [clock], [_not_invoiced(diary, sheet)], note="found two weeks later")


def _runs(diary: Diary, sheets: list[Timesheet]) -> list[date]:
    first = sheets[0].monday + timedelta(days=THURSDAY)
    last = max(one.approved_at for one in sheets).date() + timedelta(weeks=_RUNS_AFTER)
    weeks = (last - first).days // 7
    return [diary.working.first_day(first + timedelta(weeks=week)) for week in range(weeks)]


def _time_invoice(diary: Diary, number: int, day: date, lines: list[Timesheet]) -> Invoice:
    return issue(
        diary,
        Invoice(
            invoice_id=f"INV-{diary.engagement.code}-{number:02d}",
            kind="time",
            amount=sum((one.amount or Decimal(0) for one in lines), Decimal(0)),
            issued_at=diary.working.at(day, diary.rng.uniform(10, 15)),
            timesheet_ids=tuple(one.timesheet_id for one in lines),
        ),
    )


def _held(diary: Diary, sheets: list[Timesheet]) -> set[str]:
    """Return the time that the fault keeps from ever being billed, and tell the truth of it."""
    fault = diary.engagement.fault
    if fault == APPROVED_TIME_NEVER_BILLED:
        lost = sheets[diary.rng.randrange(min(len(sheets), 3))]
        diary.injects(lost.approved_at, [_not_invoiced(diary, lost)], note="lost in the export")
        return {lost.timesheet_id}
    if fault == RATE_MISSING:
        role = diary.engagement.team[0].role
        lines = [one for one in sheets if one.worker.role == role]
        return _blocked(diary, "approved-time-without-rate", lines)
    if fault == MISSING_TAX_PROFILE:
        return _blocked(diary, "approved-time-without-tax-profile", sheets)
    if fault == CLIENT_ON_CREDIT_HOLD:
        return _on_hold(diary, sheets)
    return set()


def _blocked(
    diary: Diary, rule: str, lines: list[Timesheet], since: datetime | None = None
) -> set[str]:
    found = [
        diary.exception(
            rule, one.timesheet_id, max(one.approved_at, since or one.approved_at), one.amount
        )
        for one in lines
    ]
    diary.injects(
        min(one.visible_at for one in found), found, [_not_invoiced(diary, one) for one in lines]
    )
    return {one.timesheet_id for one in lines}


def _on_hold(diary: Diary, sheets: list[Timesheet]) -> set[str]:
    """Put the client on hold on a Wednesday; what is not billed by then is never billed."""
    monday = sheets[len(sheets) // 2].monday
    day = diary.working.first_day(monday + timedelta(days=2))
    since = diary.working.at(day, diary.rng.uniform(10, 11))
    data = {
        "customer_id": diary.engagement.client.customer_id,
        "credit_hold": True,
        "hold_reason": "overdue balance",
        "hold_set_on": day.isoformat(),
    }
    diary.tell("erp", "ps.credit-hold.set", diary.engagement.client.customer_id, since, data)
    runs = [one for one in _runs(diary, sheets) if one < day]
    billed_until = diary.working.at(max(runs), 0) if runs else None
    waiting = [one for one in sheets if billed_until is None or one.approved_at >= billed_until]
    return _blocked(diary, "client-on-credit-hold", waiting, since)


def _not_invoiced(diary: Diary, sheet: Timesheet) -> Finding:
    due = diary.working.close_of(sheet.approved_at, INVOICE_DAYS)
    occurrence = f"{SLA_INVOICED}:{sheet.timesheet_id}"
    return diary.exception("approved-time-not-invoiced", occurrence, due, sheet.amount)


def _over_cap(diary: Diary, sheets: list[Timesheet]) -> None:
    one = diary.engagement
    if one.fault != CAP_EXCEEDED or one.cap is None:
        return
    worked = Decimal(0)
    for sheet in by_approval(sheets):
        worked += sheet.amount or Decimal(0)
        if worked > one.cap:
            found = diary.exception("approved-time-over-cap", one.engagement_id, sheet.approved_at)
            diary.injects(sheet.approved_at, [found], note=f"cap {one.cap}")
            return


def bill_instalments(diary: Diary, sheets: list[Timesheet]) -> list[Invoice]:
    """Bill a fixed fee every third week, whatever the hours."""
    if not sheets:
        return []
    one, working = diary.engagement, diary.working
    weeks = list(range(2, one.weeks, 3)) or [one.weeks - 1]
    part = (one.value / len(weeks)).quantize(Decimal(1))
    parts = [part] * (len(weeks) - 1) + [one.value - part * (len(weeks) - 1)]
    return [
        issue(
            diary,
            Invoice(
                invoice_id=f"INV-{one.code}-{number:02d}",
                kind="instalment",
                amount=amount,
                issued_at=working.at(
                    working.first_day(sheets[0].monday + timedelta(weeks=week)),
                    diary.rng.uniform(10, 15),
                ),
            ),
        )
        for number, (week, amount) in enumerate(zip(weeks, parts, strict=True), start=1)
    ]


def issue(diary: Diary, invoice: Invoice) -> Invoice:
    """Tell of an invoice from the ERP, or from the legacy system of the Dutch entity."""
    if diary.engagement.client.legal_entity == "meridian-nl":
        _issue_legacy(diary, invoice)
    else:
        _issue(diary, invoice)
    return invoice


def _issue(diary: Diary, invoice: Invoice) -> None:
    one, rng = diary.engagement, diary.rng
    data = {
        "invoice_id": invoice.invoice_id,
        "engagement_id": one.engagement_id,
        "kind": invoice.kind,
        "amount": diary.money(invoice.amount),
        "issued_on": invoice.issued_at.date().isoformat(),
        "due_on": _due_on(invoice),
        "status": "issued",
        "timesheet_ids": list(invoice.timesheet_ids),
        "milestone_ids": list(invoice.milestone_ids),
    }
    diary.span(
        "erp",
        "ps.invoice.issued",
        invoice.invoice_id,
        invoice.issued_at,
        {name: value for name, value in data.items() if value != []},
        operation="POST /invoices",
    )
    posted = invoice.issued_at + timedelta(minutes=rng.uniform(4, 45))
    diary.span(
        "erp",
        "ps.invoice.posted",
        invoice.invoice_id,
        posted,
        {
            "invoice_id": invoice.invoice_id,
            "engagement_id": one.engagement_id,
            "status": "posted",
            "posted_on": posted.date().isoformat(),
            "posting_reference": f"GL-{invoice.invoice_id}",
        },
        operation="POST /invoices/{invoice_id}/posting",
    )
    _status(diary, invoice, posted + timedelta(minutes=rng.uniform(1, 20)))


def _issue_legacy(diary: Diary, invoice: Invoice) -> None:
    one, rng = diary.engagement, diary.rng
    answered = {"http.response.status_code": 201, "engagement.id": one.engagement_id}
    lines = {
        "invoice.timesheets": list(invoice.timesheet_ids),
        "invoice.milestones": list(invoice.milestone_ids),
    }
    attributes = answered | {
        "invoice.id": invoice.invoice_id,
        "invoice.kind": invoice.kind,
        "invoice.total": str(invoice.amount),
        "invoice.currency": one.currency,
        "invoice.date": invoice.issued_at.date().isoformat(),
        "invoice.due_date": _due_on(invoice),
        "invoice.status": "issued",
        **{name: value for name, value in lines.items() if value},
    }
    diary.reports.append(
        legacy_span(
            "ps.invoice.issued",
            invoice.invoice_id,
            invoice.issued_at,
            attributes,
            case=one.engagement_id,
            operation="POST /invoices",
        )
    )
    posted = invoice.issued_at + timedelta(minutes=rng.uniform(10, 60))
    attributes = answered | {
        "invoice.id": invoice.invoice_id,
        "invoice.status": "posted",
        "posting.reference": f"NL-{invoice.invoice_id}",
        "posting.date": posted.date().isoformat(),
    }
    diary.reports.append(
        legacy_span(
            "ps.invoice.posted",
            invoice.invoice_id,
            posted,
            attributes,
            case=one.engagement_id,
            operation="POST /ledger/postings",
        )
    )
    _status(diary, invoice, posted + timedelta(minutes=rng.uniform(1, 20)))


def _status(diary: Diary, invoice: Invoice, at: datetime) -> None:
    posted = next(one for one in reversed(diary.reports) if one.type == "ps.invoice.posted")
    data = {
        "invoice_id": invoice.invoice_id,
        "project_id": diary.engagement.project_id,
        "status": "disputed" if invoice.disputed else "sent",
    }
    diary.span(
        "psa",
        "ps.invoice.status-changed",
        invoice.invoice_id,
        at,
        data,
        operation="PUT /invoices/{invoice_id}/status",
        parent=posted,
    )


def _due_on(invoice: Invoice) -> str:
    return (invoice.issued_at.date() + timedelta(days=PAYMENT_DAYS)).isoformat()


def collect(diary: Diary, invoices: list[Invoice]) -> datetime | None:
    """Tell of the payments; return when the last came, None while one is still awaited."""
    last: datetime | None = None
    awaited = not invoices
    for place, invoice in enumerate(invoices):
        overdue = diary.exception(
            "invoice-not-paid",
            f"{SLA_PAID}:{invoice.invoice_id}",
            invoice.issued_at + timedelta(days=PAYMENT_DAYS),
            invoice.amount,
        )
        if diary.engagement.fault == INVOICE_NEVER_PAID and place == 0:
            diary.injects(invoice.issued_at, [overdue], note="the client never pays")
            awaited = True
        elif invoice.disputed:
            diary.injects(invoice.issued_at, [], [overdue], note="the client disputes the invoice")
            awaited = True
        else:
            late = diary.engagement.fault == LATE_PAYMENT and place == 0
            paid = _pay(diary, invoice, diary.rng.randint(*(_SLOW if late else _PROMPT)))
            if late:
                clock = diary.late(SLA_PAID, invoice.invoice_id, paid)
                diary.injects(paid, [clock], [overdue], note="the client pays late")
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
