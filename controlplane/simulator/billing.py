"""What is billed when: weekly for time, by instalment for a fee, and what the faults hold up."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from controlplane.simulator.delivering import Timesheet, by_approval
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import (
    APPROVED_TIME_NEVER_BILLED,
    BILLED_ON_HOLD,
    CAP_EXCEEDED,
    CAP_NEARLY_REACHED,
    CLIENT_ON_CREDIT_HOLD,
    CLOSED_UNBILLED,
    INSTALMENT_BILLED_EARLY,
    LATE_INVOICE,
    MISSING_TAX_PROFILE,
    ORDER_EXHAUSTED,
    RATE_MISSING,
    TIME_BEYOND_CAP,
    TIME_OVERBILLED,
    TIME_UNDERPRICED,
)
from controlplane.simulator.firm import CENTS
from controlplane.simulator.invoicing import Invoice, issue
from controlplane.simulator.rebilling import over_cap
from controlplane.simulator.slip import TERMS
from controlplane.simulator.slips.contract import ORDER_EXPIRED
from controlplane.simulator.slips.people import ANOTHER_ROLE, ASSIGNED_TOO_LATE
from controlplane.simulator.terms import instalments, order_value
from controlplane.simulator.truth import Finding

INVOICE_DAYS = 5
SLA_INVOICED = "approved-time-to-invoiced"
THURSDAY = 3
_RUNS_AFTER = 5
_FORGOTTEN = timedelta(days=14)
_EXCESS = Decimal("0.08")
_ROUNDED = Decimal("0.999")
_ROOM, _NEAR = Decimal("1.03"), Decimal("0.95")


def _of_the_first(diary: Diary, sheet: Timesheet) -> bool:
    return sheet.worker == diary.engagement.team[0]


def _of_the_first_role(diary: Diary, sheet: Timesheet) -> bool:
    return sheet.worker.role == diary.engagement.team[0].role


def _too_cheap(diary: Diary, sheet: Timesheet) -> bool:
    agreed = sheet.hours * diary.engagement.rate(sheet.worker.role)
    return sheet.amount is not None and sheet.amount < agreed * _ROUNDED


_WAITING: dict[str, tuple[str, Callable[[Diary, Timesheet], bool]]] = {
    ANOTHER_ROLE: ("time-in-another-role", _of_the_first),
    ASSIGNED_TOO_LATE: ("time-outside-assignment", _of_the_first),
    ORDER_EXPIRED: ("purchase-order-expired", lambda _diary, _sheet: True),
    TIME_UNDERPRICED: ("time-priced-below-the-rate", _too_cheap),
    RATE_MISSING: ("approved-time-without-rate", _of_the_first_role),
    MISSING_TAX_PROFILE: ("approved-time-without-tax-profile", lambda _diary, _sheet: True),
}
"""The rule that holds time up, and whose time: what is held up is never billed."""


def bill_time(diary: Diary, sheets: list[Timesheet]) -> list[Invoice]:
    """Run the weekly bill over approved time; return the invoices."""
    if not sheets:
        return []
    held = _held(diary, sheets)
    forgotten = sheets[0] if diary.engagement.fault == LATE_INVOICE else None
    unbilled = [one for one in by_approval(sheets) if one.timesheet_id not in held]
    invoices: list[Invoice] = []
    for day in _runs(diary, sheets):
        lines = [one for one in unbilled if _is_due(diary, one, day, late=one is forgotten)]
        if lines:
            unbilled = [one for one in unbilled if one not in lines]
            invoices.append(_time_invoice(diary, len(invoices) + 1, day, lines))
    _over_cap(diary, sheets)
    _near_cap(diary, sheets)
    _over_order(diary, sheets)
    _left_behind(diary, sheets, held, invoices)
    if forgotten is not None:
        _billed_late(diary, forgotten, invoices)
        _left_behind(diary, sheets, {forgotten.timesheet_id}, invoices)
    return over_cap(diary, invoices)


def _is_due(diary: Diary, sheet: Timesheet, day: date, *, late: bool) -> bool:
    """Bill what was approved before *day*; what is forgotten, two weeks after that."""
    cut_off = diary.working.at(day, 0)
    return sheet.approved_at + (_FORGOTTEN if late else timedelta()) < cut_off


def _billed_late(diary: Diary, sheet: Timesheet, invoices: list[Invoice]) -> None:
    issued = next(
        (one.issued_at for one in invoices if sheet.timesheet_id in one.timesheet_ids), None
    )
    if issued is not None:
        clock = diary.late(SLA_INVOICED, sheet.timesheet_id, issued)
        diary.injects(issued, [clock], [_not_invoiced(diary, sheet)], note="found two weeks later")


def _runs(diary: Diary, sheets: list[Timesheet]) -> list[date]:
    first = sheets[0].monday + timedelta(days=THURSDAY)
    last = max(one.approved_at for one in sheets).date() + timedelta(weeks=_RUNS_AFTER)
    weeks = (last - first).days // 7
    return [diary.working.first_day(first + timedelta(weeks=week)) for week in range(weeks)]


def _time_invoice(diary: Diary, number: int, day: date, lines: list[Timesheet]) -> Invoice:
    owed = sum((one.amount or Decimal(0) for one in lines), Decimal(0))
    excess = Decimal(0)
    key = f"INV-{diary.engagement.code}-{number:02d}"
    at = diary.working.at(day, diary.rng.uniform(10, 15))
    if diary.engagement.fault == TIME_OVERBILLED and number == 1:
        excess = (owed * _EXCESS).quantize(CENTS)
        found = diary.exception("invoice-above-its-time", key, at, excess)
        balance = diary.follows("closed-with-contract-balance", at)
        diary.injects(at, [found], [balance], note="somebody typed the total")
    return issue(
        diary,
        Invoice(
            invoice_id=key,
            kind="time",
            amount=owed + excess,
            issued_at=at,
            timesheet_ids=tuple(one.timesheet_id for one in lines),
            cut_off_at=diary.working.at(day, 0),
        ),
    )


def _left_behind(
    diary: Diary, sheets: list[Timesheet], kept: set[str], invoices: list[Invoice]
) -> None:
    """
    Tell the truth of the first bill that leaves out what it was in time for.

    What is billed later after all may be over before anybody has looked.
    """
    for sheet in sheets:
        run = next((i for i in invoices if i.cut_off_at and i.cut_off_at > sheet.approved_at), None)
        if sheet.timesheet_id in kept and run and sheet.timesheet_id not in run.timesheet_ids:
            rule, at = "time-missed-the-cut-off", run.issued_at
            found = [diary.exception(rule, sheet.timesheet_id, at, sheet.amount)]
            late = diary.engagement.fault == LATE_INVOICE
            diary.injects(at, [] if late else found, found if late else [])


def _held(diary: Diary, sheets: list[Timesheet]) -> set[str]:
    """Return the time that the fault keeps from ever being billed, and tell the truth of it."""
    fault = diary.engagement.fault
    if fault in {APPROVED_TIME_NEVER_BILLED, CLOSED_UNBILLED}:
        lost = sheets[diary.rng.randrange(min(len(sheets), 3))]
        diary.injects(lost.approved_at, [_not_invoiced(diary, lost)], note="lost in the export")
        return {lost.timesheet_id}
    if fault == CLIENT_ON_CREDIT_HOLD:
        return _on_hold(diary, sheets)
    if fault == TIME_BEYOND_CAP:
        return _blocked(diary, "time-beyond-cap", _beyond(diary, sheets))
    if fault in _WAITING:
        rule, whose = _WAITING[fault]
        return _blocked(diary, rule, [one for one in sheets if whose(diary, one)])
    return set()


def _blocked(
    diary: Diary, rule: str, lines: list[Timesheet], since: datetime | None = None
) -> set[str]:
    found = [
        diary.exception(
            rule, one.timesheet_id, max(one.approved_at, since or one.approved_at), one.amount
        )
        for one in lines
    ]
    diary.injects(
        min(one.visible_at for one in found), found, [_not_invoiced(diary, one) for one in lines]
    )
    return {one.timesheet_id for one in lines}


def _on_hold(diary: Diary, sheets: list[Timesheet]) -> set[str]:
    """Put the client on hold on a Wednesday; what is not billed by then is never billed."""
    monday = sheets[len(sheets) // 2].monday
    day = diary.working.first_day(monday + timedelta(days=2))
    since = diary.working.at(day, diary.rng.uniform(10, 11))
    data = {
        "customer_id": diary.engagement.client.customer_id,
        "credit_hold": True,
        "hold_reason": "overdue balance",
        "hold_set_on": day.isoformat(),
    }
    diary.tell("erp", "ps.credit-hold.set", diary.engagement.client.customer_id, since, data)
    runs = [one for one in _runs(diary, sheets) if one < day]
    billed_until = diary.working.at(max(runs), 0) if runs else None
    waiting = [one for one in sheets if billed_until is None or one.approved_at >= billed_until]
    return _blocked(diary, "client-on-credit-hold", waiting, since)


def _not_invoiced(diary: Diary, sheet: Timesheet) -> Finding:
    due = diary.working.close_of(sheet.approved_at, INVOICE_DAYS)
    occurrence = f"{SLA_INVOICED}:{sheet.timesheet_id}"
    return diary.exception("approved-time-not-invoiced", occurrence, due, sheet.amount)


def _over_cap(diary: Diary, sheets: list[Timesheet]) -> None:
    one = diary.engagement
    beyond = _beyond(diary, sheets) if one.fault in {CAP_EXCEEDED, TIME_BEYOND_CAP} else []
    if beyond:
        at = min(each.approved_at for each in beyond)
        found = diary.exception("approved-time-over-cap", one.engagement_id, at)
        near = diary.exception("time-near-cap", one.engagement_id, at)
        waits = [diary.exception("time-beyond-cap", each.timesheet_id, at) for each in beyond]
        diary.injects(at, [found], [near, *waits], note=f"cap {one.cap}")


def _beyond(diary: Diary, sheets: list[Timesheet]) -> list[Timesheet]:
    """Return the time with which the cap is left behind, and what was approved after it."""
    worked, beyond = Decimal(0), []
    for sheet in by_approval(sheets):
        worked += sheet.amount or Decimal(0)
        if diary.engagement.cap is not None and worked > diary.engagement.cap:
            beyond.append(sheet)
    return beyond


def _near_cap(diary: Diary, sheets: list[Timesheet]) -> None:
    """Agree on a cap that is a little more than the work comes to, and tell when it is near."""
    if diary.engagement.fault != CAP_NEARLY_REACHED:
        return
    whole = sum((one.amount or Decimal(0) for one in sheets), Decimal(0))
    cap = (whole * _ROOM).quantize(CENTS)
    diary.reports = [
        replace(one, data={**one.data, "not_to_exceed": diary.money(cap)})
        if one.type == TERMS
        else one
        for one in diary.reports
    ]
    worked = Decimal(0)
    for sheet in by_approval(sheets):
        worked += sheet.amount or Decimal(0)
        if worked >= cap * _NEAR:
            key = diary.engagement.engagement_id
            found = diary.exception("time-near-cap", key, sheet.approved_at)
            diary.injects(sheet.approved_at, [found], note=f"cap {cap}")
            return


def _over_order(diary: Diary, sheets: list[Timesheet]) -> None:
    """Tell the truth of the week with which the client's order is left behind."""
    one = diary.engagement
    if one.fault != ORDER_EXHAUSTED:
        return
    worked = Decimal(0)
    for sheet in by_approval(sheets):
        worked += sheet.amount or Decimal(0)
        if worked > order_value(one):
            at = sheet.approved_at
            found = diary.exception("purchase-order-exhausted", one.engagement_id, at)
            diary.injects(at, [found], note=f"order {order_value(one)}")
            return


def _on_hold_since(diary: Diary, invoices: list[Invoice]) -> None:
    """Put the client on hold the day after the first invoice; billing goes on all the same."""
    first, working = invoices[0], diary.working
    day = working.first_day(working.day_of(first.issued_at) + timedelta(days=1))
    since = working.at(day, 9)
    client = diary.engagement.client.customer_id
    data = {
        "customer_id": client,
        "credit_hold": True,
        "hold_reason": "overdue balance",
        "hold_set_on": day.isoformat(),
    }
    diary.tell("erp", "ps.credit-hold.set", client, since, data)
    found = [
        diary.exception("invoice-to-client-on-hold", one.invoice_id, one.issued_at, one.amount)
        for one in invoices
        if one.issued_at.date() > day
    ]
    if found:
        diary.injects(since, found, note="nobody looked")


def bill_instalments(diary: Diary, sheets: list[Timesheet]) -> list[Invoice]:
    """Bill a fixed fee by its schedule, whatever the hours."""
    if not sheets:
        return []
    invoices = [_instalment(diary, sheets[0].monday, *row) for row in instalments(diary.engagement)]
    if diary.engagement.fault == BILLED_ON_HOLD:
        _on_hold_since(diary, invoices)
    if diary.engagement.fault == INSTALMENT_BILLED_EARLY:
        early = invoices[0]
        (key,) = early.instalment_ids
        found = diary.exception("instalment-billed-before-due", key, early.issued_at, early.amount)
        diary.injects(early.issued_at, [found], note="billed long before its day")
    return invoices


def _instalment(diary: Diary, begun: date, key: str, week: int, amount: Decimal) -> Invoice:
    working = diary.working
    day = working.first_day(begun + timedelta(weeks=week))
    return issue(
        diary,
        Invoice(
            invoice_id=f"INV-{key.removeprefix('N-')}",
            kind="instalment",
            amount=amount,
            issued_at=working.at(day, diary.rng.uniform(10, 15)),
            instalment_ids=(key,),
        ),
    )
