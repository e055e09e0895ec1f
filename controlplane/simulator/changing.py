"""Changes of scope: approved by delivery, taken over by the client contract and the budget."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from controlplane.simulator.delivering import Timesheet
from controlplane.simulator.diary import Diary
from controlplane.simulator.engagement import RETAINER, TIME
from controlplane.simulator.faults import (
    BUDGET_NOT_REVISED,
    CHANGE_LATE,
    CHANGE_NOT_PROPAGATED,
)
from controlplane.simulator.invoicing import Invoice
from controlplane.simulator.slip import REVENUE
from controlplane.simulator.slips.contract import AMENDED_BEFORE_APPROVAL, AMENDED_WITHOUT_REQUEST
from controlplane.simulator.truth import PARTIAL, Finding

CHANGE_DAYS = 2
SLA_AMENDED = "change-request-to-amended"
SLA_BUDGET = "change-request-to-budget"
SLA_CARRIED = "change-request-to-all-systems"
_OFTEN = 0.15
_ASKED_BEFORE = timedelta(minutes=40)
_LEAST = 3
_WANTED = frozenset(
    {
        AMENDED_BEFORE_APPROVAL,
        AMENDED_WITHOUT_REQUEST,
        BUDGET_NOT_REVISED,
        CHANGE_LATE,
        CHANGE_NOT_PROPAGATED,
    }
)


def change(diary: Diary, sheets: Sequence[Timesheet]) -> datetime | None:
    """Tell of a change request and of what followed; return when the contract was amended."""
    one, working, rng = diary.engagement, diary.working, diary.rng
    wanted = one.fault in _WANTED or (one.fault is None and rng.random() < _OFTEN)
    if not wanted or len(sheets) < _LEAST or one.billing_model == RETAINER:
        return None
    approved = working.within(rng, sheets[1].approved_at, 1, 8)
    extra = (one.value / 10).quantize(Decimal(1))
    _raise(diary, approved - _ASKED_BEFORE, extra)
    data = {
        "change_request_id": _key(diary),
        "project_id": one.project_id,
        "approved_on": working.day_of(approved).isoformat(),
        "value_change": diary.money(extra),
        "title": "Additional scope",
    }
    diary.tell("psa", "ps.change-request.approved", _key(diary), approved, data)
    _unfinished(diary, approved, extra)
    if one.fault != BUDGET_NOT_REVISED:
        _revise(diary, working.within(rng, approved, 1, 6), one.value + extra)
    if one.fault == CHANGE_NOT_PROPAGATED:
        return None
    late = one.fault == CHANGE_LATE
    amended = working.within(rng, approved, *((28, 38) if late else (2, 8)))
    _amend(diary, amended, extra)
    if late:
        _late(diary, approved, amended, extra)
    return amended


def gone_on_with_the_old_budget(
    diary: Diary, amended: datetime | None, invoices: Sequence[Invoice]
) -> None:
    """Tell the truth of what is billed and recognised first though nobody revised the budget."""
    if diary.engagement.fault != BUDGET_NOT_REVISED or amended is None:
        return
    extra = (diary.engagement.value / 10).quantize(Decimal(1))
    earned = [one.at for one in diary.reports if one.type == REVENUE]
    for rule, times in (
        ("billed-before-budget-revision", [one.issued_at for one in invoices]),
        ("recognised-before-budget-revision", earned),
    ):
        first = min((at for at in times if at > amended), default=None)
        if first is not None:
            found = diary.exception(rule, _key(diary), first, extra)
            diary.injects(first, [found], note="on the old budget")


def _key(diary: Diary) -> str:
    return f"CR-{diary.engagement.code}"


def _unfinished(diary: Diary, approved: datetime, extra: Decimal) -> None:
    due = diary.working.close_of(approved, CHANGE_DAYS)
    rule, sla = {
        CHANGE_NOT_PROPAGATED: ("change-request-not-propagated", SLA_AMENDED),
        BUDGET_NOT_REVISED: ("budget-not-revised", SLA_BUDGET),
    }.get(diary.engagement.fault or "", ("", ""))
    if rule:
        absent = diary.exception(rule, f"{sla}:{_key(diary)}", due, extra)
        revenue = diary.follows("recognised-before-budget-revision", approved)
        partial = Finding(
            kind=PARTIAL,
            name="carried-over",
            visible_at=due,
            process="change-request",
            case=_key(diary),
        )
        found = [absent, partial]
        diary.injects(approved, found, [revenue], note="the change stayed where it was")


def _late(diary: Diary, approved: datetime, amended: datetime, extra: Decimal) -> None:
    """Tell the truth of a contract that is amended when everybody has long gone on."""
    late = [
        diary.late(SLA_AMENDED, _key(diary), amended),
        msgspec.structs.replace(
            diary.late(SLA_CARRIED, "", amended, process="change-request"), case=_key(diary)
        ),
    ]
    due = diary.working.close_of(approved, CHANGE_DAYS)
    rule, occurrence = "change-request-not-propagated", f"{SLA_AMENDED}:{_key(diary)}"
    absent = diary.exception(rule, occurrence, due, extra)
    diary.injects(due, late, [absent], note="legal was on leave")


def _raise(diary: Diary, at: datetime, extra: Decimal) -> None:
    data = {
        "change_request_id": _key(diary),
        "project_id": diary.engagement.project_id,
        "raised_on": diary.working.day_of(at).isoformat(),
        "value_change": diary.money(extra),
    }
    diary.tell("psa", "ps.change-request.raised", _key(diary), at, data)


def _revise(diary: Diary, at: datetime, budget: Decimal) -> None:
    data = {
        "project_id": diary.engagement.project_id,
        "change_request_id": _key(diary),
        "revised_on": diary.working.day_of(at).isoformat(),
        "budget": diary.money(budget),
    }
    diary.tell("psa", "ps.project.budget-revised", _key(diary), at, data)


def _amend(diary: Diary, at: datetime, extra: Decimal) -> None:
    one = diary.engagement
    terms = {
        "engagement_id": one.engagement_id,
        "change_request_id": _key(diary),
        "amended_on": diary.working.day_of(at).isoformat(),
        "value": diary.money(one.value + extra),
    }
    if one.cap is not None:
        terms["not_to_exceed"] = diary.money(one.cap + extra)
    if one.billing_model != TIME:
        terms["scheduled_total"] = terms["value"]
    diary.tell("contracts", "ps.engagement.amended", _key(diary), at, terms)
