"""Weeks of work: time by worker, its approval, milestones, expenses, changes."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from controlplane.simulator.diary import Diary
from controlplane.simulator.engagement import TIME
from controlplane.simulator.faults import (
    LATE_APPROVAL,
    OUT_OF_ORDER,
    SELF_APPROVED_TIME,
    SUBMITTED_LATE,
    TIME_OFF_RATE_CARD,
    TIME_UNDERPRICED,
    WEEK_NOT_SPLIT,
)
from controlplane.simulator.firm import CENTS, Worker
from controlplane.simulator.strain import passed, waited
from controlplane.simulator.truth import ORDERED, Finding
from controlplane.simulator.working import first_monday

APPROVAL_DAYS = 2
SLA_APPROVED = "timesheet-submitted-to-approved"
SLA_AGAIN = "timesheet-approved-after-rejection"
SLA_HANDED_IN = "timesheet-by-monday-noon"
_FRIDAY = 4
_MOBILE = 0.2
_REJECTED = 0.04
_PRICED = {TIME_OFF_RATE_CARD: Decimal("1.1"), TIME_UNDERPRICED: Decimal("0.9")}


class Timesheet(msgspec.Struct, frozen=True, kw_only=True):
    timesheet_id: str
    worker: Worker
    monday: date
    hours: Decimal
    amount: Decimal | None
    submitted_at: datetime
    approved_at: datetime
    approver: Worker


def work(diary: Diary, assigned: datetime, weeks: int) -> list[Timesheet]:
    """Tell of *weeks* of time from the first Monday after *assigned*; return what was approved."""
    first = first_monday(diary.working, assigned)
    sheets: list[Timesheet] = []
    for week in range(weeks):
        monday = first + timedelta(weeks=week)
        if any(diary.working.works(monday + timedelta(days=day)) for day in range(5)):
            sheets += [
                _week(diary, monday, place, first=week + place == 0)
                for place in range(len(diary.engagement.team))
            ]
    _not_split(diary, sheets)
    return _late(diary, _out_of_order(diary, sheets))


def _not_split(diary: Diary, sheets: list[Timesheet]) -> None:
    """Tell the truth of weeks that cross a month's end and do not say where."""
    if diary.engagement.fault == WEEK_NOT_SPLIT:
        for sheet in sheets:
            if _days_after_month_end(sheet.monday):
                at = sheet.submitted_at
                found = diary.exception("week-across-month-end", sheet.timesheet_id, at)
                diary.injects(at, [found], note="the tool sums up the week")


def _week(diary: Diary, monday: date, place: int, *, first: bool) -> Timesheet:
    """Tell of one worker's week; a rejected one is corrected under a name of its own."""
    engagement, working, rng = diary.engagement, diary.working, diary.rng
    worker = engagement.team[place]
    hours = Decimal(rng.randint(60, 80)) / 2
    billable = engagement.billing_model == TIME
    amount = (hours * engagement.rate(worker.role)).quantize(CENTS) if billable else None
    if first and amount is not None:
        amount = (amount * _PRICED.get(engagement.fault or "", Decimal(1))).quantize(CENTS)
    submitted = _submission(diary, monday, first=first)
    key = f"TS-{engagement.code}-{monday:%y%m%d}-{place + 1}"
    wait = waited(diary, SLA_APPROVED, key, submitted, rng.uniform(1, 9))
    sheet = Timesheet(
        timesheet_id=key,
        worker=worker,
        monday=monday,
        hours=hours,
        amount=amount,
        submitted_at=submitted,
        approved_at=working.later(submitted, wait),
        approver=worker if first and engagement.fault == SELF_APPROVED_TIME else engagement.manager,
    )
    if first:
        _amiss(diary, sheet)
    if engagement.fault is None and rng.random() < _REJECTED:
        return _corrected(diary, sheet)
    tell_submitted(diary, sheet)
    tell_approved(diary, sheet)
    due = working.close_of(submitted, APPROVAL_DAYS)
    passed(diary, SLA_APPROVED, key, due, sheet.approved_at)
    return sheet


def _amiss(diary: Diary, sheet: Timesheet) -> None:
    """Tell the truth of a first week that is priced or approved as it may not be."""
    one = diary.engagement
    if one.fault == SUBMITTED_LATE:
        found = diary.exception("time-submitted-late", sheet.timesheet_id, sheet.submitted_at)
        finds = [found]
        if one.billing_model == TIME:
            finds.append(diary.late(SLA_HANDED_IN, f"A-{one.code}-1", sheet.submitted_at))
        diary.injects(sheet.submitted_at, finds, note="remembered on Tuesday")
    if sheet.amount is None:
        return
    if one.fault == SELF_APPROVED_TIME:
        rule, at_stake = "time-approved-by-its-worker", sheet.amount
    elif one.fault == TIME_OFF_RATE_CARD:
        rule = "time-priced-above-the-rate"
        at_stake = sheet.amount - sheet.hours * one.rate(sheet.worker.role)
    else:
        return
    found = diary.exception(rule, sheet.timesheet_id, sheet.approved_at, at_stake)
    diary.injects(sheet.approved_at, [found])


def _submission(diary: Diary, monday: date, *, first: bool) -> datetime:
    working, rng = diary.working, diary.rng
    if first and diary.engagement.fault == SUBMITTED_LATE:
        following = working.first_day(monday + timedelta(days=7))
        return working.at(working.first_day(following + timedelta(days=1)), rng.uniform(9.5, 12))
    if rng.random() < _MOBILE:  # at the weekend, from a phone
        return working.at(monday + timedelta(days=rng.choice((5, 6))), rng.uniform(10, 20))
    friday = working.last_day(monday + timedelta(days=_FRIDAY))
    return working.at(friday, rng.uniform(14.5, 17.2))


def _corrected(diary: Diary, sheet: Timesheet) -> Timesheet:
    working, rng = diary.working, diary.rng
    tell_submitted(diary, sheet)
    rejected = working.within(rng, sheet.submitted_at, 1, 5)
    data = {
        "timesheet_id": sheet.timesheet_id,
        "project_id": diary.engagement.project_id,
        "status": "rejected",
        "rejection": rng.choice(("wrong task", "hours on a day of leave", "note missing")),
    }
    diary.tell("time", "ps.timesheet.rejected", sheet.timesheet_id, rejected, data)
    again = working.within(rng, rejected, 1, 4)
    fresh = msgspec.structs.replace(
        sheet,
        timesheet_id=f"{sheet.timesheet_id}-r",
        submitted_at=again,
        approved_at=working.within(rng, again, 1, 6),
    )
    tell_submitted(diary, fresh, replaces=sheet.timesheet_id)
    tell_approved(diary, fresh)
    return fresh


def tell_submitted(diary: Diary, sheet: Timesheet, replaces: str | None = None) -> None:
    data = _sheet(diary, sheet, "submitted")
    if replaces is not None:
        data["replaces"] = replaces
    diary.tell("time", "ps.timesheet.submitted", sheet.timesheet_id, sheet.submitted_at, data)


def tell_approved(diary: Diary, sheet: Timesheet) -> None:
    data = _sheet(diary, sheet, "approved") | {"approved_by": "engagement manager"}
    diary.tell("time", "ps.timesheet.approved", sheet.timesheet_id, sheet.approved_at, data)


def _sheet(diary: Diary, sheet: Timesheet, status: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "timesheet_id": sheet.timesheet_id,
        "project_id": diary.engagement.project_id,
        "worker_id": sheet.worker.worker_id,
        "role": sheet.worker.role,
        "work_date": sheet.monday.isoformat(),
        "week_ending": (sheet.monday + timedelta(days=6)).isoformat(),
        "hours": float(sheet.hours),
        "billable": sheet.amount is not None,
        "status": status,
        "approver_id": sheet.approver.worker_id,
    }
    if sheet.amount is not None:
        data["amount"] = diary.money(sheet.amount)
    beyond = _days_after_month_end(sheet.monday)
    if beyond and diary.engagement.fault != WEEK_NOT_SPLIT:
        data["hours_after_month_end"] = float(sheet.hours * beyond / 5)
    return data


def _days_after_month_end(monday: date) -> int:
    days = (monday + timedelta(days=day) for day in range(5))
    return sum(1 for day in days if day.month != monday.month)


def _late(diary: Diary, sheets: list[Timesheet]) -> list[Timesheet]:
    """Let one timesheet wait for its approval until after its promise."""
    if diary.engagement.fault != LATE_APPROVAL or not sheets:
        return sheets
    working, rng = diary.working, diary.rng
    late = sheets[rng.randrange(min(len(sheets), 3))]
    due = working.close_of(late.submitted_at, APPROVAL_DAYS)
    approved = working.within(rng, due, 5, 20)
    moved = msgspec.structs.replace(late, approved_at=approved)
    diary.reports = [
        msgspec.structs.replace(one, at=approved)
        if one.type == "ps.timesheet.approved" and one.subject == late.timesheet_id
        else one
        for one in diary.reports
    ]
    again = diary.late(SLA_AGAIN, "", approved, process="time-to-bill")
    clocks = [
        diary.late(SLA_APPROVED, late.timesheet_id, approved),
        msgspec.structs.replace(again, case=late.timesheet_id),
    ]
    absent = diary.exception(
        "submitted-time-not-approved", f"{SLA_APPROVED}:{late.timesheet_id}", due, late.amount
    )
    diary.injects(due, clocks, [absent], note=f"due {due:%Y-%m-%dT%H:%M}Z")
    return [moved if one is late else one for one in sheets]


def _out_of_order(diary: Diary, sheets: list[Timesheet]) -> list[Timesheet]:
    """Let one submission arrive only after its approval did."""
    if diary.engagement.fault != OUT_OF_ORDER or not sheets:
        return sheets
    sheet = sheets[0]
    arrives = sheet.approved_at + timedelta(hours=diary.rng.uniform(2, 20))
    diary.reports = [
        msgspec.structs.replace(one, delivered_at=arrives)
        if one.type == "ps.timesheet.submitted" and one.subject == sheet.timesheet_id
        else one
        for one in diary.reports
    ]
    found = Finding(
        kind=ORDERED,
        name="order-of-occurrence",
        visible_at=arrives,
        source="/meridian/time",
        event=f"timesheet.submitted:{sheet.timesheet_id}",
        object=f"timesheet.approved:{sheet.timesheet_id}",
    )
    diary.injects(sheet.approved_at, [found])
    return sheets


def by_approval(sheets: list[Timesheet]) -> Iterator[Timesheet]:
    return iter(sorted(sheets, key=lambda one: one.approved_at))
