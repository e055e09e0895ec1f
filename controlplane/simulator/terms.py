"""The client contract: terms, rates and signature."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from controlplane.simulator.diary import Diary
from controlplane.simulator.engagement import FIXED_FEE, MILESTONE, TIME, Engagement, unrated_role
from controlplane.simulator.faults import (
    CLIENT_NOT_VALIDATED,
    MISSING_SIGNATURE,
    MISSING_TAX_PROFILE,
    SCHEDULE_INCOMPLETE,
)

TERMS_DAYS = 30
METHODS = {
    TIME: "right-to-invoice",
    MILESTONE: "cost-to-completion",
    FIXED_FEE: "cost-to-completion",
}
"""How revenue is recognised, by billing model."""
_AT_THE_GATE = {
    CLIENT_NOT_VALIDATED: "deal-client-not-in-erp",
    MISSING_TAX_PROFILE: "deal-without-tax-profile",
}
_MINUTE = timedelta(minutes=1)


def agree_terms(diary: Diary) -> None:
    """Tell of the client contract: its terms, its rates, its signature."""
    one, working, rng = diary.engagement, diary.working, diary.rng
    recorded = working.within(rng, one.closed_at, 0.5, 2)
    diary.tell(
        "contracts", "ps.engagement.recorded", one.engagement_id, recorded, _terms(diary, recorded)
    )
    _at_the_gate(diary, recorded)
    for place, role in enumerate(rated_roles(one), start=1):
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


def rated_roles(engagement: Engagement) -> list[str]:
    return sorted({worker.role for worker in engagement.team} - {unrated_role(engagement)})


def _at_the_gate(diary: Diary, recorded: datetime) -> None:
    """Tell the truth of a deal that was handed over though its gate says no."""
    one = diary.engagement
    rule = _AT_THE_GATE.get(one.fault or "")
    if rule is not None:
        found = diary.exception(rule, one.opportunity_id, recorded, one.value)
        diary.injects(recorded, [found], note="handed over all the same")


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
        "revenue_method": METHODS[one.billing_model],
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
    if one.billing_model in {MILESTONE, FIXED_FEE}:
        forgotten = one.value / 10 if one.fault == SCHEDULE_INCOMPLETE else Decimal(0)
        terms["scheduled_total"] = diary.money(one.value - forgotten)
    return terms
