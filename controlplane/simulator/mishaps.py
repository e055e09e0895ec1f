"""Mishaps of the wire: reports sent twice, broken, or of a case that nobody knows."""

from datetime import datetime, timedelta

import msgspec

from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import CONTRACT_VIOLATION, DUPLICATE_EVENTS, UNKNOWN_CASE
from controlplane.simulator.report import CLOUD_EVENT, Report
from controlplane.simulator.truth import ONCE, QUARANTINE, UNCORRELATED, Finding, Kind

_LATER = (timedelta(), timedelta(hours=3), timedelta(days=1))


def mishap(diary: Diary) -> None:
    """Add what the engagement's fault does to the wire."""
    told = {
        DUPLICATE_EVENTS: _twice,
        CONTRACT_VIOLATION: _broken,
        UNKNOWN_CASE: _unknown,
    }.get(diary.engagement.fault or "")
    if told is not None:
        told(diary)


def _twice(diary: Diary) -> None:
    sent = [one for one in diary.reports if one.wire == CLOUD_EVENT and one.system == "time"]
    again = [
        msgspec.structs.replace(one, delivered_at=one.at + wait)
        for one, wait in zip(sent, _LATER, strict=False)
    ]
    diary.reports.extend(again)
    found = [
        Finding(
            kind=ONCE,
            name="counted-once",
            visible_at=one.arrives_at,
            source=one.source,
            event=one.id,
        )
        for one in again
    ]
    if found:
        diary.injects(again[0].at, found)


def _broken(diary: Diary) -> None:
    """Send an expense whose amount is a number, time without hours, or a type nobody published."""
    one, rng = diary.engagement, diary.rng
    at = diary.working.within(rng, _early(diary), 1, 12)
    key = f"BROKEN-{one.code}"
    expense = {"expense_id": key, "project_id": one.project_id, "status": "submitted"}
    sheet = {"timesheet_id": key, "project_id": one.project_id, "status": "submitted"}
    type_, data, reason = (
        ("ps.expense.submitted", {**expense, "amount": 12.5}, "schema-violation"),
        ("ps.timesheet.submitted", sheet, "schema-violation"),
        ("ps.timesheet.aproved", sheet, "unknown-contract"),
    )[one.number % 3]
    report = diary.tell("time", type_, key, at, data)
    found = _refused(report, QUARANTINE, reason)
    diary.injects(at, [found])


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


def _early(diary: Diary) -> datetime:
    """Return a time at which the work is under way."""
    under_way = (one.at for one in diary.reports if one.type == "ps.timesheet.submitted")
    return next(under_way, diary.engagement.closed_at)


def _refused(report: Report, kind: Kind, reason: str) -> Finding:
    return Finding(
        kind=kind,
        name=reason,
        visible_at=report.arrives_at,
        source=report.source,
        event=report.id,
    )
