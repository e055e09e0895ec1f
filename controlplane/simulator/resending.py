"""What the network does: reports come again, days late, or once more under another id."""

from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from controlplane.simulator.delivering import APPROVAL_DAYS, SLA_APPROVED
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import (
    APPROVED_AGAIN,
    DELIVERED_LATE,
    DUPLICATE_EVENTS,
    EVENTS_REPLAYED,
    SPANS_TWICE,
)
from controlplane.simulator.report import BUSINESS_SPAN, CLOUD_EVENT, Report
from controlplane.simulator.tracing import event_id
from controlplane.simulator.truth import ONCE, ORDERED, Finding

_LATER = (timedelta(), timedelta(hours=3), timedelta(days=1))
_OUTAGE = timedelta(days=2)
_APPROVED = "ps.timesheet.approved"
_SUBMITTED = "ps.timesheet.submitted"


def resend(diary: Diary) -> None:
    """Add what the engagement's fault lets come again or late."""
    told = {
        DUPLICATE_EVENTS: _twice,
        EVENTS_REPLAYED: _replayed,
        SPANS_TWICE: _exported_twice,
        DELIVERED_LATE: _days_late,
        APPROVED_AGAIN: _approved_again,
    }.get(diary.engagement.fault or "")
    if told is not None:
        told(diary)


def counted_once(report: Report) -> Finding:
    """Return that *report*, which was sent again, stands once in its case."""
    return Finding(
        kind=ONCE,
        name="counted-once",
        visible_at=report.arrives_at,
        source=report.event_source,
        event=event_id(report),
    )


def _again(diary: Diary, reports: Iterable[Report]) -> None:
    again = list(reports)
    diary.reports.extend(again)
    if again:
        diary.injects(again[0].at, [counted_once(one) for one in again])


def _twice(diary: Diary) -> None:
    sent = [one for one in diary.reports if one.wire == CLOUD_EVENT and one.system == "time"]
    pairs = zip(sent, _LATER, strict=False)
    _again(diary, [replace(one, delivered_at=one.at + wait) for one, wait in pairs])


def _replayed(diary: Diary) -> None:
    """Let the time tool send its first month again, in one go, when it is over."""
    sent = [one for one in diary.reports if one.wire == CLOUD_EVENT and one.system == "time"]
    until = min((one.at for one in sent), default=diary.engagement.closed_at) + timedelta(days=30)
    _again(diary, [replace(one, delivered_at=until) for one in sent if one.at < until])


def _exported_twice(diary: Diary) -> None:
    """Let an exporter that heard no answer send its spans again."""
    sent = [one for one in diary.reports if one.wire == BUSINESS_SPAN and one.system == "psa"]
    _again(diary, [replace(one, delivered_at=one.at + _LATER[1]) for one in sent[:5]])


def _days_late(diary: Diary) -> None:
    """Let an approval that was in time be heard of after its promise has passed."""
    approved = next((one for one in diary.reports if one.type == _APPROVED), None)
    if approved is None:
        return
    key = approved.data["timesheet_id"]
    [submitted] = (
        one for one in diary.reports if one.type == _SUBMITTED and one.data["timesheet_id"] == key
    )
    due = diary.working.close_of(submitted.at, APPROVAL_DAYS)
    heard = replace(approved, delivered_at=max(due, approved.at) + _OUTAGE)
    diary.reports = [heard if one is approved else one for one in diary.reports]
    arrives = heard.arrives_at
    rule, occurrence = "submitted-time-not-approved", f"{SLA_APPROVED}:{key}"
    ordered = Finding(
        kind=ORDERED,
        name="order-of-occurrence",
        visible_at=arrives,
        source=submitted.source,
        event=submitted.id,
        object=approved.id,
    )
    found = [ordered, diary.cleared(rule, occurrence, arrives)]
    meanwhile = diary.exception(rule, occurrence, due)
    diary.injects(due, found, [meanwhile], note="the line of the time tool was down")


def _approved_again(diary: Diary) -> None:
    """Let the time tool say the same approval again as if it were another."""
    approved = next((one for one in diary.reports if one.type == _APPROVED), None)
    if approved is None:
        return
    at = approved.at + timedelta(minutes=5)
    diary.reports.append(replace(approved, id=f"{approved.id}-again", at=at))
    key = approved.data["timesheet_id"]
    found = diary.left("time-to-bill", "repeated", "timesheet-approved", at, case=key)
    diary.injects(at, [found], note="approved by mail and in the tool")
