"""Lapses of people: what goes around the order, the approval or the owning system."""

from datetime import datetime, timedelta
from decimal import Decimal

from controlplane.simulator.delivering import Timesheet, tell_approved, tell_submitted
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import (
    BILLING_CHANGE_UNAPPROVED,
    CHANGED_BY_ONE_PERSON,
    WORK_BEFORE_ACTIVATION,
    WRONG_SYSTEM,
)

_OFTEN = 0.05
_BYPASS = {
    BILLING_CHANGE_UNAPPROVED: "billing-change-without-approval",
    CHANGED_BY_ONE_PERSON: "billing-change-approved-by-its-maker",
}
_RECORDS = (
    ("engagement", "value", "contracts", "engagement-changed-outside-contracts"),
    ("customer", "name", "crm", "customer-changed-outside-crm"),
    ("project", "budget", "psa", "project-changed-outside-psa"),
    ("rate", "hourly_rate", "contracts", "rate-changed-outside-contracts"),
    ("worker", "cost_rate", "hcm", "worker-changed-outside-hcm"),
    ("invoice", "amount", "erp", "invoice-changed-outside-erp"),
    ("timesheet", "hours", "time", "timesheet-changed-outside-time"),
)
"""Entity, attribute, the system that is its record, and the rule that watches."""


def early_time(diary: Diary) -> list[Timesheet]:
    """Let somebody hand in half a day before the project is active."""
    one, working = diary.engagement, diary.working
    if one.fault != WORK_BEFORE_ACTIVATION:
        return []
    active = next(told.at for told in diary.reports if told.type == "ps.project.activated")
    day = working.day_of(active)
    sheet = Timesheet(
        timesheet_id=f"TS-{one.code}-early",
        worker=one.team[0],
        monday=day - timedelta(days=day.weekday()),
        hours=Decimal(4),
        amount=None,
        submitted_at=active - timedelta(hours=2),
        approved_at=working.within(diary.rng, active, 2, 4),
        approver=one.manager,
    )
    tell_submitted(diary, sheet)
    tell_approved(diary, sheet)
    found = diary.exception("time-before-activation", sheet.timesheet_id, active)
    diary.injects(active, [found], note="somebody could not wait")
    return [sheet]


def lapse(diary: Diary, sheets: list[Timesheet]) -> None:
    """Tell of changes that somebody made by hand, rightly or not."""
    fault = diary.engagement.fault
    by_hand = {BILLING_CHANGE_UNAPPROVED, CHANGED_BY_ONE_PERSON}
    at = diary.working.within(diary.rng, sheets[0].approved_at, 1, 12)
    if fault == WRONG_SYSTEM or (fault is None and diary.rng.random() < _OFTEN):
        _written(diary, at)
    if fault in by_hand or (fault is None and diary.rng.random() < _OFTEN):
        _rebilled(diary, at)


def _written(diary: Diary, at: datetime) -> None:
    """Let a system change what is its own; a fault lets one that exports for all do it."""
    one = diary.engagement
    entity, attribute, record, rule = _RECORDS[one.number % len(_RECORDS)]
    key = f"CH-{one.code}"
    data = {
        "change_id": key,
        "engagement_id": one.engagement_id,
        "entity": entity,
        "attribute": attribute,
        "system": "spreadsheet" if one.fault == WRONG_SYSTEM else record,
        "amount": diary.money(one.value),
    }
    diary.tell("integration", "ps.attribute.changed", key, at, data)
    if one.fault is not None:
        found = diary.exception(rule, key, at, one.value)
        diary.injects(at, [found], note="a copy was changed, not the record")


def _rebilled(diary: Diary, at: datetime) -> None:
    one = diary.engagement
    key, amount = f"BC-{one.code}", (one.value / 50).quantize(Decimal(1))
    data = {
        "billing_change_id": key,
        "engagement_id": one.engagement_id,
        "amount": diary.money(amount),
        "requested_by": one.team[0].worker_id,
        "urgent": True,
    }
    if one.fault != BILLING_CHANGE_UNAPPROVED:
        approver = one.team[0] if one.fault == CHANGED_BY_ONE_PERSON else one.manager
        data["approved_by"] = approver.worker_id
    diary.tell("erp", "ps.billing-change.made", key, at, data)
    rule = _BYPASS.get(one.fault or "")
    if rule is not None:
        found = diary.exception(rule, key, at, amount)
        diary.injects(at, [found], note="month end was near")
