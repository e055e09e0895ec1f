"""Mishaps of the wire: reports that are refused, or are of a case that nobody knows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from controlplane.simulator.delivering import APPROVAL_DAYS, SLA_APPROVED
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import (
    APPROVAL_REFUSED,
    CLOCK_WRONG,
    CONTRACT_VIOLATION,
    SPAN_BROKEN,
    UNKNOWN_CASE,
)
from controlplane.simulator.report import Report
from controlplane.simulator.slip import INVOICE, TIME_APPROVED
from controlplane.simulator.tracing import event_id
from controlplane.simulator.truth import AFFECTED, QUARANTINE, UNCORRELATED, Finding, Kind

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_FAR_OFF = datetime(2199, 1, 1, tzinfo=UTC)


def mishap(diary: Diary) -> None:
    """Add what the engagement's fault does to the wire."""
    told = {
        CONTRACT_VIOLATION: _broken,
        UNKNOWN_CASE: _unknown,
        CLOCK_WRONG: _out_of_time,
        SPAN_BROKEN: _without_data,
        APPROVAL_REFUSED: _approval_refused,
    }.get(diary.engagement.fault or "")
    if told is not None:
        told(diary)


def _broken(diary: Diary) -> None:
    """Send an expense whose amount is a number, time without hours, or a type nobody published."""
    one = diary.engagement
    expense = _expense(diary)
    sheet = {
        "timesheet_id": expense["expense_id"],
        "project_id": one.project_id,
        "status": "submitted",
    }
    type_, data, reason = (
        ("ps.expense.submitted", {**expense, "amount": 12.5}, "schema-violation"),
        ("ps.timesheet.submitted", sheet, "schema-violation"),
        ("ps.timesheet.aproved", sheet, "unknown-contract"),
    )[one.number % 3]
    at = diary.working.within(diary.rng, _early(diary), 1, 12)
    report = diary.tell("time", type_, str(expense["expense_id"]), at, data)
    diary.injects(at, [_refused(report, QUARANTINE, reason)])


def _unknown(diary: Diary) -> None:
    """Let a client pay with a remittance that names neither invoice nor engagement."""
    one, rng = diary.engagement, diary.rng
    at = diary.working.within(rng, _early(diary), 1, 12)
    key = f"PAY-{one.code}-X"
    data = {
        "payment_id": key,
        "amount": diary.money(one.value / 100),
        "received_on": diary.working.day_of(at).isoformat(),
        "remittance": "as agreed by phone",
    }
    report = diary.tell("bank", "ps.payment.received", key, at, data)
    diary.injects(at, [_refused(report, UNCORRELATED, "unknown-case")])


def _out_of_time(diary: Diary) -> None:
    """Let a telephone whose clock was never set, or is far ahead, send an expense."""
    arrives = diary.working.within(diary.rng, _early(diary), 1, 12)
    early = diary.engagement.number % 2 == 0
    data = {**_expense(diary), "amount": diary.money(diary.engagement.value / 1000)}
    at = _LONG_AGO if early else _FAR_OFF
    report = diary.tell("time", "ps.expense.submitted", str(data["expense_id"]), at, data)
    report = replace(report, delivered_at=arrives)
    diary.reports[-1] = report
    reason = "time-too-early" if early else "time-too-late"
    diary.injects(arrives, [_refused(report, QUARANTINE, reason)])


def _without_data(diary: Diary) -> None:
    """Let the project system export a milestone's span without what the milestone is worth."""
    one = diary.engagement
    at = diary.working.within(diary.rng, _early(diary), 1, 12)
    key = f"BROKEN-{one.code}"
    worth = {"amount": "lots", "currency": one.currency}
    data = {"milestone_id": key, "project_id": one.project_id, "amount": worth}
    report = diary.span(
        "psa", "ps.milestone.completed", key, at, data, operation="POST /milestones/completed"
    )
    diary.injects(at, [_refused(report, QUARANTINE, "schema-violation")])


def _approval_refused(diary: Diary) -> None:
    """Let the first approval come without its hours; its time is billed all the same."""
    approved = next((one for one in diary.reports if one.type == TIME_APPROVED), None)
    if approved is None:
        return
    key = str(approved.data["timesheet_id"])
    data = {name: value for name, value in approved.data.items() if name != "hours"}
    refused = replace(approved, data=data)
    diary.reports = [refused if one is approved else one for one in diary.reports]
    found = [_refused(refused, QUARANTINE, "schema-violation")]
    submitted = next(one.at for one in diary.reports if one.data.get("timesheet_id") == key)
    due = diary.working.close_of(submitted, APPROVAL_DAYS)
    found.append(diary.exception("submitted-time-not-approved", f"{SLA_APPROVED}:{key}", due))
    billed = [one for one in diary.reports if one.type == INVOICE and key in _lines(one)]
    for invoice in billed[:1]:
        early = diary.exception("time-billed-before-approval", key, invoice.at)
        affects = tuple(str(one.data["invoice_id"]) for one in billed)
        found += [early, replace(early, kind=AFFECTED, affects=affects)]
    above = diary.follows("time-recognised-above-work", approved.at)
    diary.injects(approved.at, found, [above], note="the approval was refused")


def _lines(invoice: Report) -> Sequence[str]:
    lines: Sequence[str] = invoice.data.get("timesheet_ids", ())
    return lines


def _expense(diary: Diary) -> dict[str, Any]:
    one = diary.engagement
    key = f"BROKEN-{one.code}"
    return {"expense_id": key, "project_id": one.project_id, "status": "submitted"}


def _early(diary: Diary) -> datetime:
    """Return a time at which the work is under way."""
    under_way = (one.at for one in diary.reports if one.type == "ps.timesheet.submitted")
    return next(under_way, diary.engagement.closed_at)


def _refused(report: Report, kind: Kind, reason: str) -> Finding:
    return Finding(
        kind=kind,
        name=reason,
        visible_at=report.arrives_at,
        source=report.event_source,
        event=event_id(report),
    )
