"""
Slips: one datum of what a system reports is left out, wrong, or never sent.

Each names the reports that it spoils and the rules that must find it; they are data, so that
a rule gets its fault in a line.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

Model = Literal["time-and-materials", "milestone", "fixed-fee", "retainer"]
Data = Mapping[str, Any]
Value = Any
"""What a field is from then on: None forgets it, a function makes it of the whole report."""

DEAL: Final = "ps.opportunity.closed-won"
TERMS: Final = "ps.engagement.recorded"
ACTIVE: Final = "ps.project.activated"
APPROVED: Final = "ps.project.approved"
ASSIGNED: Final = "ps.resource.assigned"
DEMAND: Final = "ps.staffing-demand.published"
SUBMITTED: Final = "ps.timesheet.submitted"
TIME_APPROVED: Final = "ps.timesheet.approved"
TIME_POSTED: Final = "ps.time.posted"
EXPENSE: Final = "ps.expense.approved"
INVOICE: Final = "ps.invoice.issued"
POSTED: Final = "ps.invoice.posted"
STATUS: Final = "ps.invoice.status-changed"
REVENUE: Final = "ps.revenue.recognised"
SETTLED: Final = "ps.retainer-period.closed"
CUSTOMER: Final = "ps.customer.changed"
HIRED: Final = "ps.worker.hired"
PROVISIONED: Final = "ps.worker.provisioned"
POSTED_EXPENSE: Final = "ps.expense.posted"
CHANGED: Final = "ps.change-request.approved"
AMENDED: Final = "ps.engagement.amended"
PAID: Final = "ps.payment.received"
CLOSED: Final = "ps.engagement.closed"
OPENED: Final = "ps.retainer-period.opened"


class Spoil(msgspec.Struct, frozen=True, kw_only=True):
    """
    The first report of a type, or `each` of them, with other `values`, or `lost`.

    With `worker`, only those about the first worker of the team count; `same` is the field in
    which it says what the first report that is spoiled says. `lists` is a field that is to list
    what that report is about, and the field that has it. `before` is the
    type of the report an hour before which it is told, and the field that is the same in both.
    """

    type: str
    values: Mapping[str, Value] = {}
    each: bool = False
    lost: bool = False
    worker: bool = False
    same: str | None = None
    lists: tuple[str, str] | None = None
    before: tuple[str, str] | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """
    *rule* finds it on the first report of the type `on`, or on `each`, not before `after`.

    `by` is the field that has the occurrence: of the report that was spoiled, where that has
    one; the case with none. `billed` is the field of an invoice that lists it: then it is seen
    with that invoice. `promise` is the SLA that passes: after so many business `days`, or
    `hours` of any kind.
    """

    rule: str
    by: str = "engagement_id"
    on: str
    after: str | None = None
    each: bool = False
    worker: bool = False
    billed: str | None = None
    promise: str | None = None
    days: int = 0
    hours: int = 0


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """Where a case of `process` leaves its model; `by` is the field that has the case's key."""

    process: str
    kind: str
    activity: str
    by: str


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """`follows` are rules that may have something to say because of it."""

    fault: str
    spoils: tuple[Spoil, ...]
    finds: tuple[Seen, ...]
    follows: tuple[str, ...] = ()
    leaves: tuple[Left, ...] = ()
    model: Model | None = None
    own_client: bool = False
    own_worker: bool = False
    london: bool = False  # billed by the ERP, not by its predecessor


def times(field: str, factor: str) -> Callable[[Data], dict[str, Any]]:
    def scaled(data: Data) -> dict[str, Any]:
        amount = Decimal(data[field]["amount"]) * Decimal(factor)
        return {**data[field], "amount": str(amount.quantize(Decimal("0.01")))}

    return scaled


def days(field: str, count: int) -> Callable[[Data], str]:
    return lambda data: (date.fromisoformat(data[field]) + timedelta(days=count)).isoformat()


def more(field: str, amount: str) -> Callable[[Data], dict[str, Any]]:
    def raised(data: Data) -> dict[str, Any]:
        return {**data[field], "amount": str(Decimal(data[field]["amount"]) + Decimal(amount))}

    return raised


def amount(field: str, value: str) -> Callable[[Data], dict[str, Any]]:
    """Return *value* in the currency of *field*."""
    return lambda data: {**data[field], "amount": value}


def other(field: str, *among: str) -> Callable[[Data], str]:
    """Return the first of *among* that the report does not say."""
    return lambda data: next(one for one in among if one != data.get(field))
