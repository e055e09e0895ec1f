"""Slips in expenses and in bills."""

from decimal import Decimal
from typing import Any

from controlplane.simulator.slip import (
    CLOSED,
    EXPENSE,
    INVOICE,
    OPENED,
    PAID,
    POSTED,
    POSTED_EXPENSE,
    REVENUE,
    SETTLED,
    STATUS,
    SUBMITTED,
    TERMS,
    TIME_APPROVED,
    Data,
    Left,
    Seen,
    Slip,
    Spoil,
    Value,
    amount,
    days,
    more,
    times,
)


def less_than_nothing(data: Data) -> dict[str, Any]:
    """Let as much expire as leaves one less than nothing."""
    expired, closing = (Decimal(data[one]["amount"]) for one in ("expired", "closing"))
    return {**data["expired"], "amount": str(expired + closing + 1)}


def _invoice(fault: str, rule: str, spoil: Spoil, **parts: Any) -> Slip:
    """What is amiss with the first invoice, found when that is told."""
    finds = (Seen(rule=rule, by="invoice_id", on=spoil.type),)
    return Slip(fault=fault, spoils=(spoil,), finds=finds, london=True, **parts)


def _period(fault: str, rule: str, *spoils: Spoil, **values: Value) -> Slip:
    """What is amiss with the statement of a retainer's first period."""
    return Slip(
        fault=fault,
        spoils=(*spoils, Spoil(type=SETTLED, values=values)),
        finds=(Seen(rule=rule, by="retainer_period_id", on=SETTLED),),
        follows=("retainer-used", "retainer-overdrawn"),
        model="retainer",
    )


_EXPENSES = (
    Slip(
        fault="expense-billed-unapproved",
        spoils=(
            Spoil(type=EXPENSE, lost=True),
            Spoil(type=INVOICE, lists=("expense_ids", "expense_id")),
        ),
        finds=(
            Seen(rule="expense-posted-without-approval", by="expense_id", on="ps.expense.posted"),
            Seen(
                rule="expense-billed-before-approval",
                by="expense_id",
                on="ps.expense.posted",
                after=INVOICE,
            ),
        ),
        follows=("submitted-expense-not-approved",),
        london=True,
    ),
    Slip(
        fault="expense-billed-not-rebillable",
        spoils=(
            Spoil(type=EXPENSE, values={"rebillable": False}),
            Spoil(type=INVOICE, lists=("expense_ids", "expense_id")),
        ),
        finds=(
            Seen(
                rule="expense-billed-that-is-not-rebillable",
                by="expense_id",
                on=EXPENSE,
                after=INVOICE,
            ),
        ),
        follows=("expense-billed-before-approval",),
        london=True,
    ),
    Slip(
        fault="expense-posted-before-approval",
        spoils=(Spoil(type=POSTED_EXPENSE, before=(EXPENSE, "expense_id")),),
        finds=(Seen(rule="expense-posted-before-approval", by="expense_id", on=POSTED_EXPENSE),),
        follows=("approved-expense-not-posted", "expense-posted-without-approval"),
        leaves=(
            Left(
                process="expense-to-post",
                kind="out-of-order",
                activity="expense-posted",
                by="expense_id",
            ),
        ),
    ),
    Slip(
        fault="receipt-missing",
        spoils=(Spoil(type=EXPENSE, values={"receipt_attached": False}),),
        finds=(Seen(rule="expense-without-receipt", by="expense_id", on=EXPENSE),),
    ),
    Slip(
        fault="expenses-above-cap",
        spoils=(Spoil(type=TERMS, values={"expense_cap": amount("value", "1.00")}),),
        finds=(Seen(rule="expenses-over-cap", on=EXPENSE),),
    ),
    Slip(
        fault="expense-not-approved",
        spoils=(Spoil(type=EXPENSE, lost=True),),
        finds=(
            Seen(rule="expense-posted-without-approval", by="expense_id", on="ps.expense.posted"),
            Seen(
                rule="submitted-expense-not-approved",
                by="expense_id",
                on="ps.expense.submitted",
                promise="expense-submitted-to-approved",
                days=5,
            ),
        ),
    ),
    Slip(
        fault="expense-not-posted",
        spoils=(Spoil(type="ps.expense.posted", lost=True),),
        finds=(
            Seen(
                rule="approved-expense-not-posted",
                by="expense_id",
                on=EXPENSE,
                promise="approved-expense-to-posted",
                days=2,
            ),
            Seen(rule="closed-with-unposted-expense", by="expense_id", on=EXPENSE, after=CLOSED),
        ),
    ),
)

_BILLING = (
    Slip(
        fault="invoice-in-dollars",
        spoils=(
            Spoil(
                type=INVOICE,
                values={"amount": lambda data: {**data["amount"], "currency": "USD"}},
            ),
        ),
        finds=(Seen(rule="invoice-in-another-currency", by="invoice_id", on=INVOICE),),
        follows=("decision-not-evaluated",),
        model="fixed-fee",
        london=True,
    ),
    Slip(
        fault="invoices-too-small",
        spoils=(Spoil(type=TERMS, values={"minimum_invoice": times("value", "2")}),),
        finds=(Seen(rule="invoice-below-threshold", by="invoice_id", on=INVOICE),),
        follows=("invoice-below-threshold",),
        london=True,
    ),
    Slip(
        fault="time-not-priced",
        spoils=(
            Spoil(type=SUBMITTED, values={"amount": None}),
            Spoil(type=TIME_APPROVED, values={"amount": None}, same="timesheet_id"),
        ),
        finds=(Seen(rule="billable-time-without-amount", by="timesheet_id", on=TIME_APPROVED),),
        follows=("time-recognised-above-work",),
        model="time-and-materials",
    ),
    _period(
        "retainer-overdrawn",
        "retainer-overdrawn",
        closing=amount("closing", "-1.00"),
        expired=less_than_nothing,
    ),
    _invoice(
        "books-closed",
        "invoice-posted-to-closed-period",
        Spoil(type=POSTED, values={"period_state": "closed"}),
    ),
    _invoice(
        "invoice-refused-by-network",
        "e-invoice-rejected",
        Spoil(
            type=STATUS,
            values={"delivery_status": "rejected", "delivery_reason": "buyer reference missing"},
        ),
    ),
    _invoice("called-paid", "paid-without-payment", Spoil(type=STATUS, values={"status": "paid"})),
    _invoice(
        "hours-on-a-fixed-fee",
        "invoice-not-of-the-billing-model",
        Spoil(type=INVOICE, values={"kind": "time"}),
        model="fixed-fee",
        follows=("invoice-above-its-time",),
    ),
    _invoice(
        "retainer-fee-too-low",
        "retainer-minimum-not-billed",
        Spoil(type=INVOICE, values={"amount": times("amount", "0.9")}),
        model="retainer",
        follows=("closed-with-contract-balance",),
    ),
    _invoice(
        "retainer-fee-too-high",
        "retainer-billed-for-another-amount",
        Spoil(type=INVOICE, values={"amount": times("amount", "1.1")}),
        model="retainer",
        follows=("closed-with-contract-balance", "closed-before-it-was-paid"),
    ),
    _invoice(
        "instalment-too-high",
        "instalment-billed-for-another-amount",
        Spoil(type=INVOICE, values={"amount": times("amount", "1.1")}),
        model="fixed-fee",
        follows=("closed-with-contract-balance", "closed-before-it-was-paid", "fee-overbilled"),
    ),
    Slip(
        fault="invoice-not-posted",
        spoils=(Spoil(type=POSTED, lost=True),),
        finds=(
            Seen(
                rule="invoice-not-posted",
                by="invoice_id",
                on=INVOICE,
                promise="invoice-issued-to-posted",
                hours=4,
            ),
            Seen(rule="closed-with-unposted-invoice", by="invoice_id", on=INVOICE, after=CLOSED),
        ),
        london=True,
    ),
    Slip(
        fault="status-not-returned",
        spoils=(Spoil(type=STATUS, lost=True),),
        finds=(
            Seen(
                rule="invoice-status-not-returned",
                by="invoice_id",
                on=POSTED,
                promise="invoice-posted-to-project-status",
                hours=4,
            ),
        ),
        london=True,
    ),
    Slip(
        fault="time-never-approved",
        spoils=(Spoil(type=TIME_APPROVED, lost=True),),
        finds=(
            Seen(
                rule="time-billed-before-approval",
                by="timesheet_id",
                on=SUBMITTED,
                billed="timesheet_ids",
            ),
            Seen(
                rule="submitted-time-not-approved",
                by="timesheet_id",
                on=SUBMITTED,
                promise="timesheet-submitted-to-approved",
                days=2,
            ),
        ),
        follows=("time-recognised-above-work",),
        model="time-and-materials",
        london=True,
    ),
    Slip(
        fault="time-not-billable",
        spoils=(Spoil(type=TIME_APPROVED, values={"billable": False}),),
        finds=(
            Seen(rule="non-billable-time-with-amount", by="timesheet_id", on=TIME_APPROVED),
            Seen(
                rule="non-billable-time-billed",
                by="timesheet_id",
                on=TIME_APPROVED,
                billed="timesheet_ids",
            ),
        ),
        model="time-and-materials",
        london=True,
    ),
    Slip(
        fault="retainer-in-arrears",
        spoils=(Spoil(type=INVOICE, values={"issued_on": days("issued_on", 14)}),),
        finds=(Seen(rule="retainer-billed-in-arrears", by="invoice_id", on=INVOICE),),
        model="retainer",
        london=True,
    ),
    _period(
        "retainer-statement-wrong",
        "retainer-statement-does-not-balance",
        closing=amount("closing", "-1.00"),
    ),
    _period(
        "retainer-rollover-lapsed",
        "retainer-rollover-lapsed",
        rolled_over=amount("used", "50.00"),
        expired=more("expired", "50.00"),
        rollover_expired_on="2000-01-01",
    ),
    _period(
        "retainer-overage-too-dear",
        "retainer-overage-off-rate",
        Spoil(type=TERMS, values={"overage_rate": amount("value", "100.00")}),
        overage=amount("used", "1000.00"),
        overage_hours=5.0,
        overage_approved_on="2026-01-01",
    ),
)


_SETTLING = (
    _invoice(
        "invoice-posted-before-issue",
        "invoice-posted-before-issue",
        Spoil(type=POSTED, before=(INVOICE, "invoice_id")),
        follows=("invoice-not-posted", "invoice-status-not-returned"),
    ),
    Slip(
        fault="closed-before-it-was-paid",
        spoils=(Spoil(type=PAID, lost=True),),
        finds=(
            Seen(rule="closed-before-it-was-paid", on=CLOSED),
            Seen(
                rule="invoice-not-paid",
                by="invoice_id",
                on=INVOICE,
                promise="invoice-issued-to-paid",
                hours=720,
            ),
        ),
        model="milestone",
        london=True,
    ),
    Slip(
        fault="revenue-too-low",
        spoils=(Spoil(type=REVENUE, values={"amount": times("amount", "0.5")}),),
        finds=(Seen(rule="closed-with-contract-balance", on=CLOSED),),
    ),
    Slip(
        fault="retainer-fee-forgotten",
        spoils=(
            Spoil(type=INVOICE, lost=True),
            Spoil(type=POSTED, lost=True, same="invoice_id"),
            Spoil(type=STATUS, lost=True, same="invoice_id"),
            Spoil(type=PAID, lost=True, same="invoice_id"),
        ),
        finds=(
            Seen(
                rule="retainer-fee-not-invoiced",
                by="retainer_period_id",
                on=OPENED,
                promise="retainer-opened-to-invoiced",
                days=2,
            ),
        ),
        follows=("closed-with-contract-balance", "retainer-minimum-not-billed"),
        model="retainer",
        london=True,
    ),
)

BILLING = (*_EXPENSES, *_BILLING, *_SETTLING)
