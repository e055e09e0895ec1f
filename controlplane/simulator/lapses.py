"""Lapses of people: what goes around the order, the approval or the owning system."""

from datetime import datetime, timedelta
from decimal import Decimal

from controlplane.simulator.delivering import Timesheet, tell_approved, tell_submitted
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import (
    BILLING_CHANGE_UNAPPROVED,
    WORK_BEFORE_ACTIVATION,
    WRONG_SYSTEM,
)

_OFTEN = 0.05


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
    at = diary.working.within(diary.rng, sheets[0].approved_at, 1, 12)
    if fault == WRONG_SYSTEM or (fault is None and diary.rng.random() < _OFTEN):
        _written(diary, at, "erp" if fault == WRONG_SYSTEM else "contracts")
    if fault == BILLING_CHANGE_UNAPPROVED or (fault is None and diary.rng.random() < _OFTEN):
        _rebilled(diary, at, approved=fault is None)


def _written(diary: Diary, at: datetime, system: str) -> None:
    one = diary.engagement
    key = f"CH-{one.code}"
    data = {
        "change_id": key,
        "engagement_id": one.engagement_id,
        "entity": "engagement",
        "attribute": "value",
        "system": system,
        "amount": diary.money(one.value),
    }
    diary.tell("integration", "ps.attribute.changed", key, at, data)
    if one.fault is not None:
        found = diary.exception("engagement-changed-outside-contracts", key, at, one.value)
        diary.injects(at, [found], note="a copy was changed, not the record")


def _rebilled(diary: Diary, at: datetime, *, approved: bool) -> None:
    one = diary.engagement
    key, amount = f"BC-{one.code}", (one.value / 50).quantize(Decimal(1))
    data = {
        "billing_change_id": key,
        "engagement_id": one.engagement_id,
        "amount": diary.money(amount),
        "requested_by": one.team[0].worker_id,
        "urgent": True,
    }
    if approved:
        data["approved_by"] = one.manager.worker_id
    diary.tell("erp", "ps.billing-change.made", key, at, data)
    if not approved:
        found = diary.exception("billing-change-without-approval", key, at, amount)
        diary.injects(at, [found], note="month end was near")
