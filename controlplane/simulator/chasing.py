"""An invoice that is overdue is chased until it is paid."""

from datetime import datetime, timedelta
from typing import Any

from controlplane.simulator.diary import Diary
from controlplane.simulator.invoicing import TERMS_DAYS, Invoice

_DAY = timedelta(days=1)
_REMINDED = (1, 8, 15)  # days after it was opened
_LONG = timedelta(days=22)


def chase(diary: Diary, invoice: Invoice, paid: datetime | None) -> None:
    """Tell of the reminders until *paid*; a client that never pays hears three."""
    working = diary.working
    due = invoice.issued_at.date() + timedelta(days=TERMS_DAYS)
    opened = working.at(working.first_day(due + _DAY), 10)
    if paid is not None and paid <= opened + _DAY:
        return
    key = f"COL-{invoice.invoice_id.removeprefix('INV-')}"
    one = diary.engagement
    about = {
        "invoice_id": invoice.invoice_id,
        "engagement_id": one.engagement_id,
        "customer_id": one.client.customer_id,
        "amount": diary.money(invoice.amount),
        "opened_on": opened.date().isoformat(),
    }
    _tell(diary, "opened", key, opened, about)
    until = paid or opened + _LONG
    for level, days in enumerate(_REMINDED, start=1):
        at = working.at(working.first_day(opened.date() + days * _DAY), 10)
        if at < until:
            _tell(diary, "reminded", key, at, {"level": level, "reminded_on": f"{at:%Y-%m-%d}"})
    if paid is not None:
        settled = {"settlement": "paid", "settled_on": f"{paid:%Y-%m-%d}"}
        _tell(diary, "settled", key, paid + timedelta(hours=2), settled)


def _tell(diary: Diary, what: str, key: str, at: datetime, data: dict[str, Any]) -> None:
    level = f"-{data['level']}" if "level" in data else ""
    told = {"collection_id": key, **data}
    diary.tell("erp", f"ps.collection.{what}", f"{key}{level}", at, told)
