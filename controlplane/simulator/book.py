"""The lists that the firm's other systems keep, by the reconciliation that reads them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

Row = dict[str, Any]


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """
    The list that `side` keeps for a reconciliation: of what the reports of `types` say, under
    `key`, the last word counting; only lines of which all that it `needs` is known. With `signs`
    amounts are added up. `spoils` makes a line another one.

    For so many `hours`, or until the next business day ends, it may lack what was told.

    Where the list is the book that others are held to, another value is seen `against` another
    side; a line too many, of which the others know nothing, is `unknown` to a side.

    What it is held to moves with reports of `moved_by` too, which name its line `through` a key
    of something else: of what they say the list may not have heard yet.
    """

    reconciliation: str
    side: str
    types: tuple[str, ...] = ()
    key: tuple[str, ...]
    fields: tuple[str, ...] = ()
    spoils: Callable[[Row], Row] = dict
    fixed: Mapping[str, str] = {}
    needs: tuple[str, ...] = ()
    signs: Mapping[str, int] = {}
    part: str = ""
    hours: int = 0
    moved_by: tuple[str, ...] = ()
    through: str = ""
    against: str = ""
    unknown: str = ""


def _dearer(field: str) -> Callable[[Row], Row]:
    return lambda row: {**row, field: str(Decimal(row[field]) * 2)}


def _called(field: str, name: str) -> Callable[[Row], Row]:
    return lambda row: {**row, field: name}


_MILESTONE = ("ps.milestone.accepted",)
_RATE = ("engagement_id", "role", "effective_from")
_INVOICE = ("ps.invoice.issued", "ps.invoice.posted")
_EARNED = {"ps.invoice.issued": 1, "ps.revenue.recognised": -1, "ps.credit-note.issued": -1}
BOOKS = (
    Book(
        reconciliation="customer-master",
        side="erp",
        types=("ps.customer.changed",),
        key=("customer_id",),
        fields=("name", "country", "customer_status"),
        spoils=_called("name", "Nobody & Sons"),
    ),
    Book(
        reconciliation="payments-to-invoices",
        side="receivables",
        types=("ps.payment.received",),
        key=("invoice_id",),
        fields=("remittance", "amount"),
        spoils=_dearer("amount"),
    ),
    Book(
        reconciliation="milestones-to-billing",
        side="erp",
        types=_MILESTONE,
        key=("milestone_id",),
        fields=("project_id", "amount", "accepted_on"),
        spoils=_dearer("amount"),
    ),
    Book(
        reconciliation="workers",
        side="psa",
        types=("ps.worker.hired", "ps.worker.terminated"),
        key=("worker_id",),
        fields=("role", "cost_rate"),
        spoils=_called("role", "apprentice"),
    ),
    Book(
        reconciliation="workers",
        side="erp",
        types=("ps.worker.hired", "ps.worker.terminated"),
        key=("worker_id",),
        fields=("role", "cost_rate"),
        spoils=_dearer("cost_rate"),
    ),
    Book(
        reconciliation="rate-cards",
        side="psa",
        types=("ps.rate.agreed",),
        key=_RATE,
        fields=("hourly_rate",),
        spoils=_dearer("hourly_rate"),
    ),
    Book(
        reconciliation="rate-cards",
        side="erp",
        types=("ps.rate.agreed",),
        key=_RATE,
        fields=("hourly_rate",),
        spoils=_dearer("hourly_rate"),
    ),
    Book(
        reconciliation="contract-value",
        side="erp",
        types=("ps.engagement.recorded", "ps.engagement.amended"),
        key=("engagement_id",),
        fields=("value",),
        moved_by=("ps.change-request.approved",),
        through="project_id",
        spoils=_dearer("value"),
    ),
    Book(
        reconciliation="e-invoices",
        side="network",
        types=_INVOICE,
        key=("invoice_id",),
        fields=("amount",),
        needs=("amount", "posted_on"),
        spoils=_dearer("amount"),
    ),
    Book(
        reconciliation="invoices-to-projects",
        side="crm",
        types=_INVOICE,
        key=("invoice_id",),
        fields=("amount",),
        needs=("amount", "posted_on"),
        fixed={"status": "billed"},
        hours=4,
        spoils=_dearer("amount"),
    ),
    Book(
        reconciliation="revenue-to-billing",
        side="ledger",
        types=tuple(_EARNED),
        key=("engagement_id",),
        fields=("amount",),
        signs=_EARNED,
        spoils=_dearer("amount"),
        against="subledger",
    ),
)
WRITTEN_OFF = Book(
    reconciliation="approved-hours-to-billed",
    side="erp",
    key=("timesheet_id",),
    part="written-off",
    unknown="psa",
)
COUNTS = Book(
    reconciliation="event-counts",
    side="emitted",
    key=("source", "window"),
    spoils=_dearer("count"),
    against="received",
)
