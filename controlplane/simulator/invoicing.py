"""An invoice is issued, posted and shown in the project system, by the ERP or its predecessor."""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from controlplane.simulator.diary import Diary
from controlplane.simulator.report import legacy_span
from rules.instant import render_instant

TERMS_DAYS = 30


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    invoice_id: str
    kind: str
    amount: Decimal
    issued_at: datetime
    timesheet_ids: tuple[str, ...] = ()
    milestone_ids: tuple[str, ...] = ()
    instalment_ids: tuple[str, ...] = ()
    retainer_period_id: str | None = None
    replaces_invoice_id: str | None = None
    cut_off_at: datetime | None = None
    disputed: bool = False


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
        "instalment_ids": list(invoice.instalment_ids),
        "retainer_period_id": invoice.retainer_period_id,
        "replaces_invoice_id": invoice.replaces_invoice_id,
        "cut_off_at": _cut_off(invoice),
    }
    diary.span(
        "erp",
        "ps.invoice.issued",
        invoice.invoice_id,
        invoice.issued_at,
        {name: value for name, value in data.items() if value},
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
            "period": f"{posted:%Y-%m}",
            "period_state": "open",
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
        "invoice.instalments": list(invoice.instalment_ids),
        "invoice.retainer_period": invoice.retainer_period_id,
        "invoice.replaces": invoice.replaces_invoice_id,
        "invoice.cut_off": _cut_off(invoice),
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


def _cut_off(invoice: Invoice) -> str | None:
    return None if invoice.cut_off_at is None else render_instant(invoice.cut_off_at)


def _due_on(invoice: Invoice) -> str:
    return (invoice.issued_at.date() + timedelta(days=TERMS_DAYS)).isoformat()
