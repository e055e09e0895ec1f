"""The client contract: terms, rates and signature."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from controlplane.simulator.diary import Diary
from controlplane.simulator.engagement import (
    FIXED_FEE,
    MILESTONE,
    RETAINER,
    TIME,
    Engagement,
    unrated_role,
)
from controlplane.simulator.faults import (
    BILLED_WITHOUT_TAX,
    CLIENT_NOT_VALIDATED,
    DATES_REVERSED,
    INSTALMENT_BILLED_EARLY,
    MILESTONE_WITHOUT_TAX,
    MISSING_SIGNATURE,
    MISSING_TAX_PROFILE,
    ORDER_EXHAUSTED,
    RATE_ENDED,
    RATE_IN_DOLLARS,
    RATE_REVERSED,
    SCHEDULE_INCOMPLETE,
)

TERMS_DAYS = 30
METHODS = {
    TIME: "right-to-invoice",
    MILESTONE: "cost-to-completion",
    FIXED_FEE: "cost-to-completion",
    RETAINER: "straight-line",
}
"""How revenue is recognised, by billing model."""
MEASURES = {
    "right-to-invoice": "hours",
    "as-used": "hours",
    "cost-to-completion": "cost",
    "straight-line": "time-elapsed",
}
"""What progress is measured by, by the method."""
_AT_THE_GATE = {
    CLIENT_NOT_VALIDATED: "deal-client-not-in-erp",
    MISSING_TAX_PROFILE: "deal-without-tax-profile",
    MILESTONE_WITHOUT_TAX: "deal-without-tax-profile",
    BILLED_WITHOUT_TAX: "deal-without-tax-profile",
}
_AMISS: dict[str, tuple[str, int, int | None]] = {
    RATE_ENDED: ("rate-card-outdated", -400, -30),
    RATE_REVERSED: ("rate-dates-reversed", 60, 30),
    RATE_IN_DOLLARS: ("rate-in-another-currency", -10, None),
}
"""The rule that finds it, and from and until how many days after the deal."""
REGIONS = {"GBP": "uk", "EUR": "eu"}
"""Where a client's data is kept, by the currency of the entity that sells."""
_MINUTE = timedelta(minutes=1)


def agree_terms(diary: Diary) -> None:
    """Tell of the client contract: its terms, its rates, its signature."""
    one, working, rng = diary.engagement, diary.working, diary.rng
    recorded = working.within(rng, one.closed_at, 0.5, 2)
    diary.tell(
        "contracts", "ps.engagement.recorded", one.engagement_id, recorded, _terms(diary, recorded)
    )
    _at_the_gate(diary, recorded)
    _schedule(diary, recorded)
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
    _amiss(diary, recorded)
    if one.fault != MISSING_SIGNATURE:
        signed = working.within(rng, one.closed_at, 3, 8)
        data = {
            "engagement_id": one.engagement_id,
            "signed_on": working.day_of(signed).isoformat(),
            "signatory": rng.choice(("chief financial officer", "procurement director")),
        }
        diary.tell("contracts", "ps.engagement.signed", one.engagement_id, signed, data)


def _amiss(diary: Diary, recorded: datetime) -> None:
    """Tell of a rate, of a role that nobody has here, that ended, is reversed or is in dollars."""
    one = diary.engagement
    rule, begins, ends = _AMISS.get(one.fault or "", ("", 0, None))
    if not rule:
        return
    key, day = f"R-{one.code}-9", diary.working.day_of(one.closed_at)
    data = {
        "rate_id": key,
        "engagement_id": one.engagement_id,
        "role": "analyst",
        "hourly_rate": diary.money(Decimal(80)),
        "effective_from": (day + timedelta(days=begins)).isoformat(),
    }
    if one.fault == RATE_IN_DOLLARS:
        data["hourly_rate"] = {"amount": "80.00", "currency": "USD"}
    if ends is not None:
        data["effective_to"] = (day + timedelta(days=ends)).isoformat()
    at = recorded + 9 * _MINUTE
    diary.tell("contracts", "ps.rate.agreed", key, at, data)
    diary.injects(at, [diary.exception(rule, key, at)], note="an old line of the rate card")


def rated_roles(engagement: Engagement) -> list[str]:
    return sorted({worker.role for worker in engagement.team} - {unrated_role(engagement)})


def _at_the_gate(diary: Diary, recorded: datetime) -> None:
    """Tell the truth of a deal that was handed over though its gate says no."""
    one = diary.engagement
    if one.fault == DATES_REVERSED:
        found = diary.exception("engagement-dates-reversed", one.engagement_id, recorded)
        diary.injects(recorded, [found], note="the year was mistyped")
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
        "end_on": _end(one, start).isoformat(),
        "data_residency": REGIONS[one.currency],
        "target_margin_percent": 35,
        "approvals": ["legal", "finance", "delivery"],
        "office": "london" if one.currency == "GBP" else "amsterdam",
    }
    if one.billing_model == TIME:
        terms["time_policy"] = "weekly"
    if one.purchase_order is not None:
        terms["purchase_order"] = one.purchase_order
        terms["purchase_order_expires_on"] = (start + timedelta(days=365)).isoformat()
    if one.fault == ORDER_EXHAUSTED:
        terms |= {"purchase_order_required": True, "purchase_order": f"PO-{one.code}"}
        terms["purchase_order_value"] = diary.money(order_value(one))
    if one.cap is not None:
        terms["not_to_exceed"] = diary.money(one.cap)
    if one.billing_model in {MILESTONE, FIXED_FEE}:
        forgotten = one.value / 10 if one.fault == SCHEDULE_INCOMPLETE else Decimal(0)
        terms["scheduled_total"] = diary.money(one.value - forgotten)
    if one.billing_model == RETAINER:
        terms["rollover_cap"] = diary.money(rollover_cap(one))
    return terms


def _end(engagement: Engagement, start: date) -> date:
    weeks = -1 if engagement.fault == DATES_REVERSED else engagement.weeks + 3
    return start + timedelta(weeks=weeks)


def order_value(engagement: Engagement) -> Decimal:
    """What a client's order that is too small is good for."""
    return (engagement.value * Decimal("0.3")).quantize(Decimal(1))


def rollover_cap(engagement: Engagement) -> Decimal:
    return (engagement.value / 10).quantize(Decimal(1))


def instalments(engagement: Engagement) -> list[tuple[str, int, Decimal]]:
    """Return (id, week of the work, amount) of each part of a fixed fee."""
    weeks = list(range(2, engagement.weeks, 3)) or [engagement.weeks - 1]
    part = (engagement.value / len(weeks)).quantize(Decimal(1))
    parts = [part] * (len(weeks) - 1) + [engagement.value - part * (len(weeks) - 1)]
    return [
        (f"N-{engagement.code}-{place}", week, amount)
        for place, (week, amount) in enumerate(zip(weeks, parts, strict=True), start=1)
    ]


def _schedule(diary: Diary, recorded: datetime) -> None:
    """Tell of a fixed fee's rows; one that is billed early is due only after everything else."""
    one = diary.engagement
    if one.billing_model != FIXED_FEE:
        return
    for place, (key, week, amount) in enumerate(instalments(one), start=1):
        wait = 20 if one.fault == INSTALMENT_BILLED_EARLY and place == 1 else week
        data = {
            "instalment_id": key,
            "engagement_id": one.engagement_id,
            "amount": diary.money(amount),
            "due_on": (one.closed_at.date() + timedelta(weeks=wait)).isoformat(),
        }
        at = recorded + place * _MINUTE
        diary.tell("contracts", "ps.instalment.agreed", key, at, data)
