"""
What other systems of the firm keep: lists of the same things as the events tell of, with breaks.

A list is made of what was reported, so that it agrees with the events whatever went wrong in the
firm; then one line of it is left out, one is another, and one stands twice. What was told
moments ago is not in it yet, and no break.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from controlplane.simulator.report import LEGACY_SPAN, Report
from controlplane.simulator.truth import BREAK, Finding, Injected
from controlplane.simulator.working import Working

Row = dict[str, Any]
PLANTED = "planted-break"
_GRACE_DAYS = 2
"""The longest of what may be on its way."""
_LEAST = 8
_LEGACY = {"invoice_id": "invoice.id"}


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """
    The list that `side` keeps for a reconciliation: of what the reports of `types` say, under
    `key`, the last word counting. `spoils` makes a line another one.
    """

    reconciliation: str
    side: str
    types: tuple[str, ...]
    key: tuple[str, ...]
    fields: tuple[str, ...]
    spoils: Callable[[Row], Row]
    fixed: Mapping[str, str] = {}


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a book, and the truth of the breaks in them."""

    book: Book
    rows: tuple[Row, ...]
    injected: tuple[Injected, ...]


def _dearer(field: str) -> Callable[[Row], Row]:
    return lambda row: {**row, field: str(Decimal(row[field]) * 2)}


def _called(field: str, name: str) -> Callable[[Row], Row]:
    return lambda row: {**row, field: name}


_MILESTONE = ("ps.milestone.accepted",)
_RATE = ("engagement_id", "role", "effective_from")
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
        spoils=_dearer("value"),
    ),
)


def keep(reports: Iterable[Report], *, seed: int, until: datetime, working: Working) -> list[Kept]:
    """Return what the other systems have of *reports* by *until*, with a seed's breaks in it."""
    told = [one for one in sorted(reports, key=lambda one: one.at) if one.at <= until]
    return [_kept(book, told, seed, until, working) for book in BOOKS]


def _kept(
    book: Book, reports: Iterable[Report], seed: int, until: datetime, working: Working
) -> Kept:
    rows, since = _rows(book, reports)
    rng = Random(f"books:{seed}:{book.reconciliation}:{book.side}")  # noqa: S311 - a story
    settled = [key for key in rows if working.close_of(since[key], _GRACE_DAYS) < until]
    rng.shuffle(settled)
    planted = dict(zip(("missing", "value", "duplicate"), settled, strict=False))
    if len(settled) < _LEAST:
        planted = {}
    found = []
    for key, row in rows.items():
        found += _lines(book, row, next((k for k, v in planted.items() if v == key), ""))
    return Kept(
        book=book,
        rows=tuple(found),
        injected=tuple(_truth(book, kind, key, until) for kind, key in planted.items()),
    )


def _rows(
    book: Book, reports: Iterable[Report]
) -> tuple[dict[tuple[str, ...], Row], dict[tuple[str, ...], datetime]]:
    """Return the rows by their keys, and since when each is as it is."""
    rows: dict[tuple[str, ...], Row] = {}
    since: dict[tuple[str, ...], datetime] = {}
    for report in reports:
        key = tuple(str(report.data.get(name, "")) for name in book.key)
        if report.type not in book.types or report.wire == LEGACY_SPAN or not all(key):
            continue
        if report.data.get("worker_status") == "terminated":
            rows.pop(key, None)
            continue
        said = dict(_said(report.data, (*book.key, *book.fields)))
        rows[key] = {**rows.get(key, {}), **said, **book.fixed}
        since[key] = report.at
    return rows, since


def _said(data: Mapping[str, Any], fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in fields:
        value = data.get(name)
        if isinstance(value, dict):
            yield name, value["amount"]
            yield "currency", value["currency"]
        elif value is not None:
            yield name, str(value)


def _lines(book: Book, row: Row, kind: str) -> list[Row]:
    if kind == "missing":
        return []
    if kind == "value":
        return [book.spoils(row)]
    return [row, row] if kind == "duplicate" else [row]


def _truth(book: Book, kind: str, key: tuple[str, ...], until: datetime) -> Injected:
    found = Finding(
        kind=BREAK,
        name=kind,
        object=" / ".join(key),
        visible_at=until,
        source=book.side,
        process=book.reconciliation,
    )
    return Injected(fault=PLANTED, keys=(" / ".join(key),), at=until, finds=(found,))
