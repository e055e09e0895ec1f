"""Expenses of some weeks, from submission to posting."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from controlplane.simulator.delivering import Timesheet
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import EXPENSE_OUTSIDE_POLICY
from controlplane.simulator.strain import passed, waited

APPROVAL_DAYS, POSTING_DAYS = 5, 2
SLA_APPROVED = "expense-submitted-to-approved"
SLA_POSTED = "approved-expense-to-posted"
_OFTEN = 0.25


def spend(diary: Diary, sheets: list[Timesheet]) -> None:
    """Tell of expenses; a fault puts the first of them outside the policy."""
    for place, sheet in enumerate(sheets):
        outside = place == 0 and diary.engagement.fault == EXPENSE_OUTSIDE_POLICY
        if diary.rng.random() < _OFTEN or outside:
            _claim(diary, sheet, outside=outside)


def _claim(diary: Diary, sheet: Timesheet, *, outside: bool) -> None:
    working, rng = diary.working, diary.rng
    submitted = working.at(working.first_day(sheet.monday), rng.uniform(9.5, 17))
    key = f"EX-{sheet.timesheet_id.removeprefix('TS-')}"
    wait = waited(diary, SLA_APPROVED, key, submitted, rng.uniform(3, 20))
    approved = working.later(submitted, wait)
    posted = working.later(approved, waited(diary, SLA_POSTED, key, approved, rng.uniform(1, 8)))
    passed(diary, SLA_APPROVED, key, working.close_of(submitted, APPROVAL_DAYS), approved)
    passed(diary, SLA_POSTED, key, working.close_of(approved, POSTING_DAYS), posted)
    cents = sum(key.encode()) * 37 % 48_000 + 1_500
    amount = Decimal(cents) / 100
    told: tuple[tuple[str, datetime, str], ...] = (
        ("submitted", submitted, "time"),
        ("approved", approved, "time"),
        ("posted", posted, "erp"),
    )
    for status, at, system in told:
        data = {"expense_id": key, "status": status, "amount": diary.money(amount)}
        if status == "posted":
            data["engagement_id"] = diary.engagement.engagement_id
        else:
            data |= _details(diary, sheet, cents, outside=outside)
        diary.tell(system, f"ps.expense.{status}", key, at, data)
    if outside:
        found = diary.exception("expense-outside-policy-posted", key, posted, amount)
        diary.injects(posted, [found], note="posted all the same")


def _details(diary: Diary, sheet: Timesheet, cents: int, *, outside: bool) -> dict[str, Any]:
    return {
        "project_id": diary.engagement.project_id,
        "worker_id": sheet.worker.worker_id,
        "category": ("travel", "lodging", "meals", "software")[cents % 4],
        "incurred_on": sheet.monday.isoformat(),
        "rebillable": True,
        "receipt_required": True,
        "receipt_attached": True,
        "policy_status": "outside" if outside else "within",
    }
