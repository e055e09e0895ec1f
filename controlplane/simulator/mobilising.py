"""From a deal that is won to people on an active project."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from controlplane.simulator.diary import Diary
from controlplane.simulator.engagement import starts, unrated_role
from controlplane.simulator.faults import (
    LATE_PROJECT,
    MISSING_PURCHASE_ORDER,
    MISSING_SIGNATURE,
    MISSING_TAX_PROFILE,
    OWN_CLIENT,
)
from controlplane.simulator.firm import client_data, tax_profile
from controlplane.simulator.truth import Finding

TERMS_DAYS = 30
ACTIVATION_HOURS = 24
SLA_ACTIVATED = "closed-won-to-project-activated"
_MINUTE = timedelta(minutes=1)
_RULES = {
    MISSING_SIGNATURE: "contract-not-signed",
    MISSING_PURCHASE_ORDER: "purchase-order-missing",
}


def mobilise(diary: Diary) -> datetime | None:
    """Tell of the deal, the client contract and the project; return when people are assigned."""
    engagement = diary.engagement
    _new_client(diary)
    deal = _closed_won(diary)
    _client_contract(diary)
    if not starts(engagement):
        note = "the project system never heard of it"
        diary.injects(engagement.closed_at, [_without_project(diary)], note=note)
        return None
    active = _project(diary, deal)
    _incomplete(diary, active)
    return _staff(diary, active)


def _new_client(diary: Diary) -> None:
    one = diary.engagement
    if one.fault not in OWN_CLIENT:
        return
    at = one.closed_at - timedelta(hours=2)
    diary.reports.extend(client_data(one.client, at))
    if one.fault != MISSING_TAX_PROFILE:
        diary.reports.append(tax_profile(one.client, at + _MINUTE))


def _closed_won(diary: Diary) -> str:
    """Return the trace of the handover, which the CRM begins."""
    one = diary.engagement
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
        },
    )
    diary.reports[-1] = msgspec.structs.replace(report, trace=trace)
    return trace


def _client_contract(diary: Diary) -> None:
    one, working, rng = diary.engagement, diary.working, diary.rng
    recorded = working.within(rng, one.closed_at, 0.5, 2)
    diary.tell(
        "contracts", "ps.engagement.recorded", one.engagement_id, recorded, _terms(diary, recorded)
    )
    roles = sorted({worker.role for worker in one.team} - {unrated_role(one)})
    for place, role in enumerate(roles, start=1):
        rate_id = f"R-{one.code}-{place}"
        data = {
            "rate_id": rate_id,
            "engagement_id": one.engagement_id,
            "role": role,
            "hourly_rate": diary.money(one.rate(role)),
            "effective_from": one.closed_at.date().isoformat(),
        }
        diary.tell("contracts", "ps.rate.agreed", rate_id, recorded + place * _MINUTE, data)
    if one.fault != MISSING_SIGNATURE:
        signed = working.within(rng, one.closed_at, 3, 8)
        data = {
            "engagement_id": one.engagement_id,
            "signed_on": working.day_of(signed).isoformat(),
            "signatory": rng.choice(("chief financial officer", "procurement director")),
        }
        diary.tell("contracts", "ps.engagement.signed", one.engagement_id, signed, data)


def _terms(diary: Diary, recorded: datetime) -> dict[str, Any]:
    one = diary.engagement
    start = diary.working.day_of(recorded)
    terms: dict[str, Any] = {
        "engagement_id": one.engagement_id,
        "opportunity_id": one.opportunity_id,
        "customer_id": one.client.customer_id,
        "client_name": one.client.name,
        "title": one.title,
        "service_line": one.service_line,
        "billing_model": one.billing_model,
        "value": diary.money(one.value),
        "legal_entity": one.client.legal_entity,
        "tax_profile_id": one.client.tax_profile_id,
        "purchase_order_required": one.purchase_order_required,
        "payment_terms_days": TERMS_DAYS,
        "start_on": start.isoformat(),
        "end_on": (start + timedelta(weeks=one.weeks + 3)).isoformat(),
        "office": "london" if one.currency == "GBP" else "amsterdam",
    }
    if one.purchase_order is not None:
        terms["purchase_order"] = one.purchase_order
        terms["purchase_order_expires_on"] = (start + timedelta(days=365)).isoformat()
    if one.cap is not None:
        terms["not_to_exceed"] = diary.money(one.cap)
    return terms


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
        {"project_id": one.project_id, "activated_on": working.day_of(active).isoformat()},
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
    rule = _RULES.get(one.fault or "")
    if rule is not None:
        found = diary.exception(rule, one.engagement_id, active, one.value)
        diary.injects(active, [found], note="the project was activated all the same")


def _staff(diary: Diary, active: datetime) -> datetime:
    one, working, rng = diary.engagement, diary.working, diary.rng
    last = active
    for place, worker in enumerate(one.team, start=1):
        asked = working.within(rng, active, 0.3, 2)
        assigned = working.within(rng, asked, 1, 10)
        hours = 40.0 * one.weeks
        _demand(diary, place, worker.role, hours, asked)
        _assignment(diary, place, worker.worker_id, worker.role, assigned)
        last = max(last, assigned)
    return last


def _demand(diary: Diary, place: int, role: str, hours: float, at: datetime) -> None:
    one = diary.engagement
    key = f"D-{one.code}-{place}"
    data = {"demand_id": key, "project_id": one.project_id, "role": role, "planned_hours": hours}
    diary.span(
        "psa", "ps.staffing-demand.published", key, at, data, operation="POST /projects/{id}/demand"
    )


def _assignment(diary: Diary, place: int, worker_id: str, role: str, at: datetime) -> None:
    one = diary.engagement
    key = f"A-{one.code}-{place}"
    data = {
        "assignment_id": key,
        "project_id": one.project_id,
        "worker_id": worker_id,
        "role": role,
        "start_on": diary.working.day_of(at).isoformat(),
    }
    diary.span(
        "psa",
        "ps.resource.assigned",
        key,
        at,
        data,
        operation="POST /projects/{project_id}/assignments",
    )
