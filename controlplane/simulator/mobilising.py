"""From a deal that is won to people on an active project."""

from datetime import date, datetime, timedelta

import msgspec

from controlplane.simulator.diary import Diary
from controlplane.simulator.engagement import starts
from controlplane.simulator.faults import (
    AWAY,
    BILLED_WITHOUT_TAX,
    CLIENT_NOT_VALIDATED,
    COST_RATE_LATE,
    DEAL_ON_HOLD,
    LATE_PROJECT,
    MILESTONE_WITHOUT_TAX,
    MISSING_PURCHASE_ORDER,
    MISSING_SIGNATURE,
    MISSING_TAX_PROFILE,
    ORDER_EXHAUSTED,
    OWN_CLIENT,
    SCHEDULE_INCOMPLETE,
    UNCERTIFIED_ASSIGNMENT,
)
from controlplane.simulator.firm import Worker, client_data, tax_profile
from controlplane.simulator.people import come_and_go
from controlplane.simulator.setup import set_up_billing
from controlplane.simulator.terms import REGIONS, agree_terms, rated_roles
from controlplane.simulator.truth import Finding
from controlplane.simulator.working import first_monday

ACTIVATION_HOURS = 24
SLA_ACTIVATED = "closed-won-to-project-activated"
_MINUTE = timedelta(minutes=1)
_UNFIT = {
    UNCERTIFIED_ASSIGNMENT: "assignment-without-certification",
    COST_RATE_LATE: "assignment-before-cost-rate",
    AWAY: "assignment-while-unavailable",
}
_RULES = {
    MISSING_SIGNATURE: "contract-not-signed",
    ORDER_EXHAUSTED: "purchase-order-too-small",
    MISSING_PURCHASE_ORDER: "purchase-order-missing",
    SCHEDULE_INCOMPLETE: "schedule-differs-from-value",
}


def mobilise(diary: Diary) -> datetime | None:
    """Tell of the deal, the client contract and the project; return when people are assigned."""
    engagement = diary.engagement
    _new_client(diary)
    come_and_go(diary)
    _held(diary)
    deal = _closed_won(diary)
    agree_terms(diary)
    if not starts(engagement):
        note = "the project system never heard of it"
        diary.injects(engagement.closed_at, [_without_project(diary)], note=note)
        return None
    active = _project(diary, deal)
    _incomplete(diary, active)
    set_up_billing(diary, active)
    return _staff(diary, active)


def _new_client(diary: Diary) -> None:
    one = diary.engagement
    if one.fault not in OWN_CLIENT:
        return
    at = one.closed_at - timedelta(hours=2)
    diary.reports.extend(client_data(one.client, at, validated=one.fault != CLIENT_NOT_VALIDATED))
    if one.fault not in {MISSING_TAX_PROFILE, MILESTONE_WITHOUT_TAX, BILLED_WITHOUT_TAX}:
        diary.reports.append(tax_profile(one.client, at + _MINUTE))


def _held(diary: Diary) -> None:
    """Put the client on hold an hour before the deal is won."""
    one = diary.engagement
    if one.fault != DEAL_ON_HOLD:
        return
    key, day = one.client.customer_id, diary.working.day_of(one.closed_at).isoformat()
    held: dict[str, object] = {"customer_id": key, "credit_hold": True, "hold_set_on": day}
    diary.tell("erp", "ps.credit-hold.set", key, one.closed_at - timedelta(hours=1), held)
    found = diary.exception("deal-of-client-on-hold", one.opportunity_id, one.closed_at, one.value)
    billed = diary.follows("invoice-to-client-on-hold", one.closed_at)
    diary.injects(one.closed_at, [found], [billed], note="sold and billed all the same")


def _closed_won(diary: Diary) -> str:
    """Return the trace of the handover, which the CRM begins."""
    one = diary.engagement
    _quoted(diary)
    trace = f"handover:{one.code}"
    report = diary.tell(
        "crm",
        "ps.opportunity.closed-won",
        one.opportunity_id,
        one.closed_at,
        {
            "opportunity_id": one.opportunity_id,
            "customer_id": one.client.customer_id,
            "client_name": one.client.name,
            "value": diary.money(one.value),
            "closed_on": one.closed_at.date().isoformat(),
            "service_line": one.service_line,
            "legal_entity": one.client.legal_entity,
            "billing_model": one.billing_model,
            "ready_for_handoff": True,
        },
    )
    diary.reports[-1] = msgspec.structs.replace(report, trace=trace)
    return trace


def _quoted(diary: Diary) -> None:
    one = diary.engagement
    at = one.closed_at - timedelta(minutes=90)
    data = {
        "quote_id": f"Q-{one.code}",
        "opportunity_id": one.opportunity_id,
        "value": diary.money(one.value),
        "approved_on": at.date().isoformat(),
    }
    diary.tell("crm", "ps.quote.approved", f"Q-{one.code}", at, data)


def _project(diary: Diary, trace: str) -> datetime:
    """Return when the project was activated: after the signature, within its promise."""
    one, working, rng = diary.engagement, diary.working, diary.rng
    deal = diary.reports[_index_of(diary, "ps.opportunity.closed-won")]
    late = one.fault == LATE_PROJECT
    approved = working.within(rng, one.closed_at, *((26, 28) if late else (9, 12)))
    first = diary.span(
        "psa",
        "ps.project.approved",
        one.project_id,
        approved,
        {
            "project_id": one.project_id,
            "opportunity_id": one.opportunity_id,
            "approved_on": working.day_of(approved).isoformat(),
            "title": f"{one.client.name}: {one.title}",
            "cost_centre": f"CC-{one.service_line}",
        },
        operation="POST /projects",
        trace=trace,
        parent=deal,
    )
    active = working.within(rng, one.closed_at, *((30, 45) if late else (13, 20)))
    diary.span(
        "psa",
        "ps.project.activated",
        one.project_id,
        active,
        {
            "project_id": one.project_id,
            "activated_on": working.day_of(active).isoformat(),
            "data_region": REGIONS[one.currency],
        },
        operation="POST /projects/{project_id}/activation",
        parent=first,
    )
    if late:
        diary.injects(active, [diary.late(SLA_ACTIVATED, "", active)], [_without_project(diary)])
    return active


def _without_project(diary: Diary) -> Finding:
    one = diary.engagement
    due = diary.working.later(one.closed_at, ACTIVATION_HOURS)
    return diary.exception("closed-won-without-project", SLA_ACTIVATED, due, one.value)


def _index_of(diary: Diary, type_: str) -> int:
    return next(place for place, one in enumerate(diary.reports) if one.type == type_)


def _incomplete(diary: Diary, active: datetime) -> None:
    one = diary.engagement
    if one.fault == CLIENT_NOT_VALIDATED:
        early = diary.exception(
            "delivery-before-client-validated", one.project_id, active, one.value
        )
        diary.injects(active, [early], note="the ERP does not know the client")
    rule = "rate-card-missing" if not rated_roles(one) else _RULES.get(one.fault or "")
    if rule is not None:
        found = diary.exception(rule, one.engagement_id, active, one.value)
        diary.injects(active, [found], note="the project was activated all the same")


def _staff(diary: Diary, active: datetime) -> datetime:
    one, working, rng = diary.engagement, diary.working, diary.rng
    times = []
    for _ in one.team:
        asked = working.within(rng, active, 0.3, 2)
        times.append((asked, working.within(rng, asked, 1, 10)))
    last = max(assigned for _, assigned in times)
    for place, (worker, (asked, assigned)) in enumerate(zip(one.team, times, strict=True), start=1):
        _demand(diary, place, worker.role, 40.0 * one.weeks, asked)
        _assignment(diary, place, worker, assigned, first_monday(working, last))
    return last


def _demand(diary: Diary, place: int, role: str, hours: float, at: datetime) -> None:
    one = diary.engagement
    key = f"D-{one.code}-{place}"
    data = {"demand_id": key, "project_id": one.project_id, "role": role, "planned_hours": hours}
    diary.span(
        "psa", "ps.staffing-demand.published", key, at, data, operation="POST /projects/{id}/demand"
    )


def _assignment(diary: Diary, place: int, worker: Worker, at: datetime, begins: date) -> None:
    """Assign *worker* for the weeks that are handed in."""
    one = diary.engagement
    key = f"A-{one.code}-{place}"
    data = {
        "assignment_id": key,
        "demand_id": f"D-{one.code}-{place}",
        "project_id": one.project_id,
        "worker_id": worker.worker_id,
        "role": worker.role,
        "start_on": begins.isoformat(),
        "end_on": (begins + timedelta(weeks=one.weeks, days=-1)).isoformat(),
    }
    rule = _UNFIT.get(one.fault or "")
    if rule is not None and place == 1:
        diary.injects(at, [diary.exception(rule, key, at)], note="assigned all the same")
        if one.fault == UNCERTIFIED_ASSIGNMENT:
            data["certification"] = "prince2"
    diary.span(
        "psa",
        "ps.resource.assigned",
        key,
        at,
        data,
        operation="POST /projects/{project_id}/assignments",
    )
